"""Timers: what must happen at a time, exactly once, in the transaction that removes the timer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from civic_chassis.db.engine import Database
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.db.statement import Statement
from civic_chassis.db.unit_of_work import UnitOfWork
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError, Kind

_log = logging.getLogger(__name__)

# The next one that is due. Deleted by the claim itself: the handler may set a timer under the same name again.
_CLAIM = Statement(
    """
    DELETE FROM timer WHERE (tenant_id, kind, key) IN (
        SELECT tenant_id, kind, key FROM timer WHERE run_at <= $1 AND kind = ANY($2::text[])
        ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING tenant_id, kind, key, due_at, payload, attempts
    """,
    ("now", "kinds"),
)
_NEXT = "SELECT min(run_at) FROM timer WHERE kind = ANY($1::text[])"
_FAILED = """
UPDATE timer SET attempts = attempts + 1, error = $5, run_at = $6
WHERE tenant_id = $1 AND kind = $2 AND key = $3 AND due_at = $4
"""
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer as its handler sees it; `due_at` is the time that was asked for, however late it runs."""

    tenant: str | None
    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any]


# Writes to the database and stages events, nothing else: it is repeated until its transaction commits.
Handler = Callable[[UnitOfWork, Timer], Awaitable[None]]


class Timers:
    """Runs what is due, in this process; any number of processes may do so at the same time."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], *, poll_seconds: float = 5.0) -> None:
        self._database = database
        self._handlers = dict(handlers)
        self._kinds = list(handlers)
        self._poll_seconds = poll_seconds
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """A timer was set, here or elsewhere: it may be the next one."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled. What came due while nobody ran is done first."""
        self._database.timers_changed.append(self.wake)
        try:
            while True:
                self._changed.clear()
                try:
                    await self.run_due()
                    pause = await self._until_next()
                except (DomainError, *DRIVER_ERRORS) as error:
                    _log.warning("timers wait for the database", exc_info=error)
                    pause = self._poll_seconds
                try:
                    async with asyncio.timeout(pause):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            self._database.timers_changed.remove(self.wake)

    async def run_due(self) -> int:
        """Runs everything that is due now. Returns how many effects were committed."""
        done = 0
        while (ran := await self._run_one()) is not None:
            done += ran
        return done

    async def _run_one(self) -> bool | None:
        """Whether the next due timer took effect; None where nothing is due."""
        now = self._database.clock.now()
        call = Call(ANONYMOUS, None, now, "timer", None)
        timer = None
        try:
            async with self._database.unit_of_work(call) as work:
                row = await work.row(_CLAIM, {"now": now, "kinds": self._kinds})
                if row is None:
                    return None
                attempts = row["attempts"]
                timer = Timer(row["tenant_id"] or None, row["kind"], row["key"], row["due_at"], row["payload"])
                if timer.tenant is not None:
                    await work.enter(timer.tenant)
                await self._handlers[timer.kind](work, timer)
        except Exception as error:
            if timer is None or (isinstance(error, DomainError) and error.kind is Kind.UNAVAILABLE):
                raise
            _log.error("timer %s failed", timer.kind, exc_info=error)
            await self._postpone(timer, attempts, error)
            return False
        return True

    async def _postpone(self, timer: Timer, attempts: int, error: Exception) -> None:
        pause = min(_FIRST_PAUSE * 2 ** min(attempts, 10), _LONGEST_PAUSE)
        run_at = self._database.clock.now() + pause
        name = (timer.tenant or "", timer.kind, timer.key, timer.due_at)
        try:
            await self._database.pool.execute(_FAILED, *name, type(error).__name__, run_at)
        except DRIVER_ERRORS as failure:
            raise translate(failure) from failure

    async def _until_next(self) -> float:
        """Seconds until a timer is due; at most the poll interval, since nudges of other processes may be lost."""
        run_at = await self._database.pool.fetchval(_NEXT, self._kinds)
        if run_at is None:
            return self._poll_seconds
        left: timedelta = run_at - self._database.clock.now()
        return min(max(left.total_seconds(), 0.0), self._poll_seconds)
