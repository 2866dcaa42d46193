"""The relay: publishes the outbox in id order, one process per service at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db.engine import Database
from civic_chassis.db.errors import DRIVER_ERRORS

_log = logging.getLogger(__name__)

_LOCK = 0x636976696302  # "civic", 2. Advisory locks are per database, so services do not meet.
_COLUMNS = "id, event_id, subject, aggregate_id, occurred_at, traceparent, payload"
_BATCH = 500
_TAKE = f"SELECT {_COLUMNS} FROM outbox ORDER BY id LIMIT {_BATCH}"  # noqa: S608 - constants
# By id, never "up to id": a transaction that drew a lower id may commit later.
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
_AGE = "SELECT count(*), min(occurred_at) FROM outbox"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event that waits to be published."""

    id: int
    event_id: UUID
    subject: str
    aggregate_id: str
    occurred_at: datetime
    traceparent: str | None
    payload: bytes


# Publishes in the given order. Returns how many from the first on are acknowledged; the others are given again.
Publish = Callable[[Sequence[OutboxRow]], Awaitable[int]]
# Tells the process that holds the lock, wherever it runs, that the outbox has rows.
Nudge = Callable[[], None]


class Relay:
    """Waits for the advisory lock, then publishes until it is cancelled or loses its connection."""

    def __init__(
        self,
        database: Database,
        publish: Publish,
        *,
        nudge: Nudge | None = None,
        poll_seconds: float = 1.0,
        pause_seconds: float = 0.5,
        linger_seconds: float = 0.01,
    ) -> None:
        self._database = database
        self._publish = publish
        self._nudge = nudge
        self._poll_seconds = poll_seconds
        self._pause_seconds = pause_seconds
        self._linger_seconds = linger_seconds
        self._written = asyncio.Event()
        self._nudging = False
        self.leading = False

    def wake(self) -> None:
        """The outbox has rows: publishes now, or tells the process that does."""
        if self.leading:
            self._written.set()
        elif self._nudge is not None and not self._nudging:
            self._nudging = True
            # One nudge for all commits of the next moment.
            asyncio.get_running_loop().call_later(0.002, self._send_nudge, self._nudge)

    async def run(self) -> None:
        """Until cancelled. A database or broker that is away is waited for."""
        self._database.outbox_written.append(self.wake)
        try:
            while True:
                try:
                    await self._lead()
                except (*DRIVER_ERRORS, TimeoutError) as error:
                    _log.warning("relay waits for the database", exc_info=error)
                await asyncio.sleep(self._pause_seconds)
        finally:
            self._database.outbox_written.remove(self.wake)

    async def _lead(self) -> None:
        # A connection of its own: the lock lives as long as the session, and ends with the process.
        connection = await self._database.dedicated()
        try:
            # Waits until the process that holds the lock ends, and takes over at that moment.
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            # A delete that is lost with a crash only means that an event is published again.
            await connection.execute("SET synchronous_commit = off")
            self.leading = True
            while True:
                self._written.clear()
                await self._drain(connection)
                try:
                    async with asyncio.timeout(self._poll_seconds):
                        await self._written.wait()
                except TimeoutError:
                    continue
                # Commits come in groups: one round for all of them costs a fraction of one for each.
                await asyncio.sleep(self._linger_seconds)
        finally:
            self.leading = False
            connection.terminate()

    async def _drain(self, connection: Any) -> None:
        """Publishes until the outbox is empty."""
        while records := await connection.fetch(_TAKE):
            rows = [OutboxRow(*record) for record in records]
            published = await self._publish(rows)
            if published:
                await connection.execute(_DELETE, [row.id for row in rows[:published]])
            if published < len(rows):
                await asyncio.sleep(self._pause_seconds)
            elif published < _BATCH:
                return

    def _send_nudge(self, nudge: Nudge) -> None:
        self._nudging = False
        nudge()


async def backlog(database: Database) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest one does."""
    row = await database.pool.fetchrow(_AGE)
    return row[0], row[1]
