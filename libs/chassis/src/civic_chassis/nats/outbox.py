"""Publishing the outbox."""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from nats.js.api import PubAck
from opentelemetry import trace

from civic_chassis.db.relay import OutboxRow
from civic_chassis.nats.connection import AWAY, Connection
from civic_chassis.nats.envelope import TRACEPARENT, headers_of
from civic_chassis.telemetry.propagation import is_recorded, start_remote_span, traceparent_of

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("civic_chassis.nats")

_ACK_SECONDS = 5.0


class OutboxPublisher:
    """The relay's way out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._refused: UUID | None = None

    async def publish(self, rows: Sequence[OutboxRow]) -> int:
        """Sends all rows in order, then waits for their acks. Returns how many from the first on are stored.

        A row that was stored before, yet not deleted, is recognised by its Nats-Msg-Id.
        """
        if not self._connection.is_connected:
            return 0
        sent: list[asyncio.Future[PubAck]] = []
        spans: list[trace.Span] = []
        jetstream = self._connection.jetstream
        try:
            async with asyncio.timeout(_ACK_SECONDS):
                for row in rows:
                    headers = headers_of(row)
                    if is_recorded(row.traceparent):
                        spans.append(_span(row, headers))
                    sent.append(await jetstream.publish_async(row.subject, row.payload, headers=headers))
                await asyncio.wait(sent, return_when=asyncio.FIRST_EXCEPTION)
        except AWAY as error:
            _log.warning("events wait for nats", exc_info=error)
        finally:
            for span in spans:
                span.end()
        return self._count_stored(rows, sent)

    def _complain(self, row: OutboxRow, error: BaseException) -> None:
        # It holds up those behind it and is tried again twice a second: once in the log is enough.
        if row.event_id != self._refused:
            self._refused = row.event_id
            _log.error("event %s was refused", row.event_id, exc_info=error)

    def _count_stored(self, rows: Sequence[OutboxRow], sent: Sequence[asyncio.Future[PubAck]]) -> int:
        stored = 0
        for future in sent:
            if not future.done():
                # Frees its place among the publishes under way.
                future.cancel()
                break
            if (error := future.exception()) is not None:
                self._complain(rows[stored], error)
                break
            stored += 1
        for future in sent[stored + 1 :]:
            future.cancel()
        return stored


def _span(row: OutboxRow, headers: dict[str, str]) -> trace.Span:
    """The span of publishing, which goes on with the trace of the call that staged the event."""
    kind = trace.SpanKind.PRODUCER
    span = start_remote_span(_tracer, f"publish {row.subject.rpartition('.')[0]}", row.traceparent, kind=kind)
    headers[TRACEPARENT] = traceparent_of(span) or headers[TRACEPARENT]
    return span
