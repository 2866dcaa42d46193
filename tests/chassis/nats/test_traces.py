"""One trace from the call that writes to the consumer that handles the event."""

import pytest
from civic_chassis.db import Database, UnitOfWork
from civic_chassis.db.relay import Relay
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.nats import Connection, Consumer, Envelope, Subscription
from civic_chassis.nats.outbox import OutboxPublisher
from civic_chassis.telemetry.propagation import traceparent_of
from civic_chassis.testing.waiting import eventually
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.chassis.nats.support import running, write


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    made = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(made))
    for module in ("db.work", "nats.outbox", "nats.consumer"):
        monkeypatch.setattr(f"civic_chassis.{module}._tracer", provider.get_tracer("test"))
    return made


async def follow(database: Database, clock: FrozenClock, connection: Connection) -> list[str | None]:
    """Writes an event, lets it be handled, and returns the traceparents that the handler saw."""
    seen: list[str | None] = []

    async def look(work: UnitOfWork, envelope: Envelope) -> None:
        seen.append(envelope.traceparent)

    async def handled() -> bool:
        return bool(seen)

    subscription = Subscription(stream="PROBE", subjects=("civic.probe.>",), durable="traces", handler=look)
    publisher = OutboxPublisher(connection)
    async with running(Relay(database, publisher.publish).run(), Consumer(database, connection, subscription).run()):
        await write(database, clock, "a")
        await eventually(handled)
    return seen


async def test_the_trace_is_handed_on(
    database: Database, clock: FrozenClock, connection: Connection, exporter: InMemorySpanExporter
) -> None:
    provider = TracerProvider()
    with provider.get_tracer("test").start_as_current_span("call") as call:
        seen = await follow(database, clock, connection)
    root = call.get_span_context()
    spans = {span.name: span for span in exporter.get_finished_spans() if span.context.trace_id == root.trace_id}
    publish = spans["publish civic.probe.note.created.v1"]
    consume = spans["consume civic.probe.note.created.v1"]
    assert _parent(publish) == root.span_id
    assert _parent(consume) == publish.context.span_id
    assert seen == [traceparent_of(trace.NonRecordingSpan(publish.context))]
    transactions = [span for span in exporter.get_finished_spans() if span.name == "transaction"]
    assert {_parent(span) for span in transactions} >= {root.span_id, consume.context.span_id}


async def test_without_a_trace_nothing_is_begun_by_the_relay(
    database: Database, clock: FrozenClock, connection: Connection, exporter: InMemorySpanExporter
) -> None:
    assert await follow(database, clock, connection) == [None]
    assert not [span for span in exporter.get_finished_spans() if span.name.startswith("publish")]


async def test_events_handled_together_keep_the_traces_of_all_their_senders(
    database: Database, clock: FrozenClock, connection: Connection, exporter: InMemorySpanExporter
) -> None:
    tracer = TracerProvider().get_tracer("test")
    calls = [tracer.start_span("call") for _ in range(4)]
    handled: list[str] = []

    async def look(work: UnitOfWork, envelope: Envelope) -> None:
        handled.append(envelope.aggregate_id)

    async def done() -> bool:
        return len(handled) == 4

    async with running(Relay(database, OutboxPublisher(connection).publish).run()):
        for name, call in zip("abcd", calls, strict=True):
            with trace.use_span(call):
                await write(database, clock, name)
        await eventually(lambda: stored(connection, 4))
    subscription = Subscription(
        stream="PROBE", subjects=("civic.probe.>",), durable="traces", handler=look, together=20
    )
    async with running(Consumer(database, connection, subscription).run()):
        await eventually(done)
        await eventually(lambda: told(exporter, 4))
    assert heard(exporter) == [call.get_span_context().trace_id for call in calls]


def heard(exporter: InMemorySpanExporter) -> list[int]:
    """The traces that handling went on with or linked to, in the order of the events."""
    consumed = [span for span in exporter.get_finished_spans() if span.name.startswith("consume")]
    return [
        one for span in consumed for one in (span.context.trace_id, *(each.context.trace_id for each in span.links))
    ]


async def told(exporter: InMemorySpanExporter, count: int) -> bool:
    return len(heard(exporter)) == count


async def stored(connection: Connection, count: int) -> bool:
    return (await connection.jetstream.stream_info("PROBE")).state.messages >= count


def _parent(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent is not None else None
