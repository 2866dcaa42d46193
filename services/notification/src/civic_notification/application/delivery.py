"""Sending what is due: every letter once, as far as SMTP allows, and none lost while the mail server is away."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Protocol

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError, Kind

from civic_notification.domain.letters import Letter, LetterState, Told, pause_after
from civic_notification.domain.templates import Template
from civic_notification.store import guests, notices, recipients
from civic_notification.store import letters as store
from civic_notification.store import templates as template_store

_log = logging.getLogger(__name__)

# Letters that one connection is given at once.
_EACH = 8
_POLL_SECONDS = 1.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_SWEEP_SECONDS = 10.0
_TEMPLATE_SECONDS = 5.0
_KEPT = timedelta(days=60)
_UNWRITABLE = "unwritable"


class Verdict(StrEnum):
    """What the mail server said."""

    TAKEN = "taken"
    # The address takes no mail for good.
    NO_ADDRESS = "no address"
    # This mail is refused for good.
    REFUSED = "refused"
    # This mail is refused for now.
    LATER = "later"
    # The server is not there, or refuses whatever we send: nothing is known of the letter.
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is a code such as 550 or 5.1.1, never the server's words, which may repeat an address."""

    verdict: Verdict
    status: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A mail as it goes out."""

    return_path: str
    address: str
    content: bytes


class Transport(Protocol):
    """The way to the mail server; any number of `send` at the same time, each on a connection of its own."""

    connections: int

    async def send(self, mail: Mail) -> Answer: ...

    async def close(self) -> None: ...


Texts = Mapping[tuple[str, str], Template]
Compose = Callable[[Letter, Sequence[Told], Texts, datetime], Mail]


class Delivery:
    """The sender of one process; any number of processes share the work.

    A letter is claimed in a transaction that ends before it is sent, and finished in another one. The process that is
    killed between the mail server's "250" and that second commit sends the letter again when its claim has run out: the
    same mail under the same Message-ID, by which a mailbox recognises it.
    """

    def __init__(
        self, database: Database, transport: Transport, compose: Compose, *, drain_seconds: float = 5.0
    ) -> None:
        self._database = database
        self._transport = transport
        self._compose = compose
        self._drain_seconds = drain_seconds
        self._texts: dict[str, tuple[float, Texts]] = {}
        self._pause = 0.0
        self._swept = 0.0

    @property
    def waits(self) -> bool:
        """Whether the mail server was away when it was last tried."""
        return self._pause > 0

    async def run(self) -> None:
        """Until cancelled; what is under way then is finished first."""
        try:
            while True:
                try:
                    busy = await self.step()
                except DomainError as error:
                    if error.kind is not Kind.UNAVAILABLE:
                        raise
                    _log.warning("mail waits for the database")
                    busy = False
                if busy and not self._pause:
                    continue
                await asyncio.sleep(self._pause or _POLL_SECONDS)
        finally:
            await self._transport.close()

    async def step(self) -> bool:
        """Sends what is due now, at most a batch; whether there was anything. Memory holds no more than the batch."""
        async with self._database.unit_of_work(self._call()) as work:
            claimed = await store.claim(work, self._transport.connections * _EACH)
        if claimed:
            await self._send_all(claimed)
            return True
        if monotonic() - self._swept > _SWEEP_SECONDS:
            self._swept = monotonic()
            await self._sweep()
        return False

    async def _send_all(self, claimed: Sequence[Letter]) -> None:
        waiting = list(reversed(claimed))
        away = asyncio.Event()

        async def work_off() -> None:
            while waiting and not away.is_set():
                letter = waiting.pop()
                if await self._send(letter) is Verdict.AWAY:
                    waiting.append(letter)
                    away.set()

        workers = [asyncio.create_task(work_off()) for _ in range(min(self._transport.connections, len(claimed)))]
        await self._finish_all(workers, waiting)
        self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE) if away.is_set() else 0.0
        if waiting:
            until = self._database.clock.now() + timedelta(seconds=self._pause)
            async with self._database.unit_of_work(self._call()) as work:
                await store.release(work, [letter.id for letter in waiting], until=until)
        for worker in workers:
            worker.result()

    async def _finish_all(self, workers: list["asyncio.Task[None]"], waiting: list[Letter]) -> None:
        """Waits for the workers; when it is cancelled, for what they have begun."""
        ends: float | None = None
        while pending := [worker for worker in workers if not worker.done()]:
            try:
                left = None if ends is None else max(0.0, ends - monotonic())
                await asyncio.wait(pending, timeout=left)
            except asyncio.CancelledError:
                ends = ends or monotonic() + self._drain_seconds
                # What was not begun is sent by the next process, when the claim has run out or was given back.
                await self._give_back(waiting)
            if ends is not None and monotonic() >= ends:
                break
        if ends is not None:
            for worker in pending:
                worker.cancel()
            raise asyncio.CancelledError

    async def _give_back(self, waiting: list[Letter]) -> None:
        ids = [letter.id for letter in waiting]
        waiting.clear()
        if ids:
            async with self._database.unit_of_work(self._call()) as work:
                await store.release(work, ids, until=self._database.clock.now())

    async def _send(self, letter: Letter) -> Verdict:
        now = self._database.clock.now()
        wanted = letter.of_interest(now)
        if not wanted:
            await self._note(letter, Answer(Verdict.REFUSED, "expired"), LetterState.DROPPED)
            return Verdict.TAKEN
        answer = await self._try(letter, wanted, now)
        if answer.verdict is Verdict.AWAY:
            _log.warning("the mail server is away", extra={"status": answer.status})
            return answer.verdict
        state = LetterState.SENT if answer.verdict is Verdict.TAKEN else LetterState.REFUSED
        await self._note(letter, answer, state)
        return answer.verdict

    async def _try(self, letter: Letter, wanted: Sequence[Told], now: datetime) -> Answer:
        texts = await self._texts_of(letter.tenant)
        try:
            mail = self._compose(letter, wanted, texts, now)
        except (ValueError, LookupError) as error:
            # One letter that cannot be written must not hold up the others.
            _log.error("letter %s cannot be written", letter.id, exc_info=error)
            return Answer(Verdict.LATER, _UNWRITABLE)
        return await self._transport.send(mail)

    async def _note(self, letter: Letter, answer: Answer, state: LetterState) -> None:
        """Writes what became of the letter, however long the database is away: only then is it certain."""
        pause = 0.1
        while True:
            try:
                async with self._database.unit_of_work(self._call()) as work:
                    await self._write(work, letter, answer, state)
                break
            except DomainError as error:
                if error.kind is not Kind.UNAVAILABLE:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        _log.info("letter", extra={"letter": str(letter.id), "verdict": answer.verdict.value, "status": answer.status})

    async def _write(self, work: UnitOfWork, letter: Letter, answer: Answer, state: LetterState) -> None:
        if answer.verdict is Verdict.LATER:
            pause = pause_after(letter.attempts)
            if pause is not None:
                until = work.call.received_at + pause
                await store.put_off(work, letter.id, until=until, attempts=letter.attempts + 1, error=answer.status)
                return
            # A letter that we could not write says nothing of the address.
            if answer.status != _UNWRITABLE:
                await recipients.count_soft(work, letter.address, status=answer.status)
        if answer.verdict is Verdict.NO_ADDRESS:
            await recipients.suppress(work, letter.address, status=answer.status)
        await store.finish(work, letter, state, error="" if state is LetterState.SENT else answer.status)

    async def _texts_of(self, tenant: str) -> Texts:
        until, found = self._texts.get(tenant, (0.0, {}))
        if until < monotonic():
            call = Call(ANONYMOUS, tenant, self._database.clock.now(), "mail", None)
            async with self._database.read(call) as work:
                found = await template_store.current(work)
            if len(self._texts) > 1_000:
                self._texts.clear()
            self._texts[tenant] = (monotonic() + _TEMPLATE_SECONDS, found)
        return found

    async def _sweep(self) -> None:
        """What was told is kept no longer: words at once, letters for as long as mail may come back. Nor are addresses
        that never confirmed themselves."""
        async with self._database.unit_of_work(self._call()) as work:
            await notices.clear(work)
            await notices.forget(work, work.call.received_at - _KEPT)
            await guests.forget(work, work.call.received_at)

    def _call(self) -> Call:
        return Call(ANONYMOUS, None, self._database.clock.now(), "mail", None)
