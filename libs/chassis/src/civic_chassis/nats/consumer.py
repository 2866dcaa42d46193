"""Durable pull consumers: each event takes effect once, in the transaction of its inbox row."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from opentelemetry import trace

from civic_chassis.db import inbox
from civic_chassis.db.engine import Database
from civic_chassis.db.unit_of_work import UnitOfWork
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.nats.connection import AWAY, Connection
from civic_chassis.nats.envelope import Envelope, MalformedEvent
from civic_chassis.telemetry.propagation import start_remote_span, start_span_of_many

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("civic_chassis.nats")

# Writes to the database and stages events, nothing else: it is repeated until its transaction commits.
Handler = Callable[[UnitOfWork, Envelope], Awaitable[None]]

_BATCH = 100
_ACK_WAIT_SECONDS = 30.0
# A request for messages is lost with the server that held it; the next one goes out after this time.
_LINGER_SECONDS = 1.0
# Seconds between attempts; after the last one the event becomes a dead letter.
BACK_OFF = (0.5, 2.0, 10.0, 60.0)
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a service wants to hear. `durable` names its place in the stream and never changes.

    `together` events that wait, of one tenant and type, share a transaction: for handlers that write little, since one
    that fails makes all of them be handled again, each alone.
    """

    stream: str
    subjects: tuple[str, ...]
    durable: str
    handler: Handler
    together: int = 1


class Consumer:
    """Handles the events of one subscription, in this process; several processes share the work."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        subscription: Subscription,
        *,
        back_off: Sequence[float] = BACK_OFF,
    ) -> None:
        self._database = database
        self._connection = connection
        self._subscription = subscription
        self._back_off = tuple(back_off)

    async def run(self) -> None:
        """Until cancelled. Waits for NATS, for the stream and for the database."""
        pause = 0.25
        while True:
            try:
                await self._connection.ready()
                source = await self._bind()
                pause = 0.25
                await self._consume(source)
            except AWAY as error:
                _log.warning("consumer %s waits", self._subscription.durable, exc_info=error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _bind(self) -> JetStreamContext.PullSubscription:
        wanted = self._subscription
        jetstream = self._connection.jetstream
        await jetstream.add_consumer(
            wanted.stream,
            ConsumerConfig(
                durable_name=wanted.durable,
                filter_subjects=list(wanted.subjects),
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=_ACK_WAIT_SECONDS,
                # We count ourselves, since a database that is away says nothing about the event.
                max_deliver=-1,
                max_ack_pending=1_000,
            ),
        )
        return await jetstream.pull_subscribe_bind(wanted.durable, wanted.stream)

    async def _consume(self, source: JetStreamContext.PullSubscription) -> None:
        try:
            while True:
                # One at first, so that a single event is not kept waiting until a batch is full.
                for message in await _fetch(source, 1, seconds=_LINGER_SECONDS):
                    await self._handle_all([message])
                    while messages := await _fetch(source, _BATCH, seconds=0.02):
                        await self._handle_all(messages)
        finally:
            if self._connection.is_connected:
                await source.unsubscribe()

    async def _handle_all(self, messages: Sequence[Msg]) -> None:
        read = [(message, envelope) for message in messages if (envelope := await _read(message)) is not None]
        for _, alike in groupby(read, key=lambda each: (each[1].tenant, each[1].type)):
            waiting = list(alike)
            for begin in range(0, len(waiting), self._subscription.together):
                await self._handle_together(waiting[begin : begin + self._subscription.together])

    async def _handle_together(self, waiting: Sequence[tuple[Msg, Envelope]]) -> None:
        if len(waiting) == 1:
            await self._handle(*waiting[0])
            return
        messages = [message for message, _ in waiting]
        envelopes = [envelope for _, envelope in waiting]
        senders = [envelope.traceparent for envelope in envelopes]
        span = start_span_of_many(_tracer, f"consume {envelopes[0].type}", senders, kind=trace.SpanKind.CONSUMER)
        try:
            with trace.use_span(span, end_on_exit=True):
                await self._until_available(messages, lambda: self._apply(envelopes))
        except Exception as error:  # noqa: BLE001 - the loop of consumers
            _log.warning("consumer %s handles each event alone", self._subscription.durable, exc_info=error)
            for message, envelope in waiting:
                await self._handle(message, envelope)
            return
        for message in messages:
            await message.ack()

    async def _handle(self, message: Msg, envelope: Envelope) -> None:
        span = start_remote_span(
            _tracer, f"consume {envelope.type}", envelope.traceparent, kind=trace.SpanKind.CONSUMER
        )
        with trace.use_span(span, end_on_exit=True):
            await self._attempt(message, envelope)

    async def _attempt(self, message: Msg, envelope: Envelope) -> None:
        try:
            await self._take_effect(message, envelope)
        except Exception as error:  # noqa: BLE001 - the loop of consumers
            attempts = message.metadata.num_delivered or 1
            _log.error("consumer %s failed", self._subscription.durable, exc_info=error)
            if attempts <= len(self._back_off):
                await message.nak(delay=self._back_off[attempts - 1])
                return
            letter = self._letter(envelope, attempts, error)
            await self._until_available([message], lambda: inbox.bury(self._database, letter))
            _log.error("consumer %s gave up on event %s", letter.consumer, letter.event_id)
        await message.ack()

    async def _take_effect(self, message: Msg, envelope: Envelope) -> None:
        await self._until_available([message], lambda: self._apply([envelope]))

    async def _apply(self, envelopes: Sequence[Envelope]) -> None:
        """One transaction; all are of one tenant and type."""
        durable = self._subscription.durable
        async with self._database.unit_of_work(self._call(envelopes[0])) as work:
            for envelope in envelopes:
                if await inbox.claim(work, durable, envelope.event_id):
                    await self._subscription.handler(work, envelope)

    async def _until_available(self, messages: Sequence[Msg], step: Callable[[], Awaitable[None]]) -> None:
        """Repeats the step while the database is away, and keeps the messages meanwhile."""
        pause = 0.1
        while True:
            try:
                await step()
                return
            except DomainError as error:
                if error.kind is not Kind.UNAVAILABLE:
                    raise
                _log.warning("consumer %s waits for the database", self._subscription.durable)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            for message in messages:
                await message.in_progress()

    def _letter(self, envelope: Envelope, attempts: int, error: Exception) -> inbox.DeadLetter:
        return inbox.DeadLetter(
            consumer=self._subscription.durable,
            event_id=envelope.event_id,
            subject=envelope.subject,
            aggregate_id=envelope.aggregate_id,
            occurred_at=envelope.occurred_at,
            traceparent=envelope.traceparent,
            payload=envelope.payload,
            attempts=attempts,
            error=_name(error),
            died_at=self._database.clock.now(),
        )

    def _call(self, envelope: Envelope) -> Call:
        return Call(ANONYMOUS, envelope.tenant, self._database.clock.now(), f"event {envelope.type}", None)


async def replay(database: Database, subscriptions: Sequence[Subscription], letters: Sequence[inbox.DeadLetter]) -> int:
    """Handles dead letters again, each in a transaction that removes it. Returns how many took effect.

    A letter that fails again stays, and its error goes to the log.
    """
    handlers = {subscription.durable: subscription.handler for subscription in subscriptions}
    done = 0
    for letter in letters:
        handler = handlers.get(letter.consumer)
        if handler is None:
            _log.warning("no consumer %s in this service", letter.consumer)
            continue
        done += await _replay_one(database, handler, letter)
    return done


async def _replay_one(database: Database, handler: Handler, letter: inbox.DeadLetter) -> bool:
    envelope = Envelope.of(letter)
    call = Call(ANONYMOUS, envelope.tenant, database.clock.now(), f"event {envelope.type}", None)
    try:
        async with database.unit_of_work(call) as work:
            if not await inbox.take(work, letter):
                return False
            if await inbox.claim(work, letter.consumer, letter.event_id):
                await handler(work, envelope)
    except Exception as error:
        if isinstance(error, DomainError) and error.kind is Kind.UNAVAILABLE:
            raise
        _log.error("event %s failed again", letter.event_id, exc_info=error)
        return False
    return True


async def _read(message: Msg) -> Envelope | None:
    """None for what is no event; it is not delivered again."""
    try:
        return Envelope.read(message)
    except MalformedEvent as error:
        _log.error("a message on %s is no event", message.subject, exc_info=error)
        await message.term()
        return None


async def _fetch(source: JetStreamContext.PullSubscription, size: int, *, seconds: float) -> list[Msg]:
    try:
        return await source.fetch(size, timeout=seconds)
    except TimeoutError:
        return []


def _name(error: Exception) -> str:
    """What failed, without the values that a driver's message would repeat."""
    if isinstance(error, DomainError):
        return f"{error.kind}: {error.reason}"
    return type(error).__qualname__
