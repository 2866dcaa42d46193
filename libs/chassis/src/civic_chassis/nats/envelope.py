"""An event on the wire: its headers, and what a handler sees of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from nats.aio.msg import Msg

from civic_chassis.db.inbox import DeadLetter
from civic_chassis.db.relay import OutboxRow
from civic_chassis.kernel.call import is_tenant

ID = "Nats-Msg-Id"
TYPE = "civic-type"
AGGREGATE = "civic-aggregate"
OCCURRED_AT = "civic-occurred-at"
TRACEPARENT = "traceparent"


class MalformedEvent(ValueError):
    """A message that no relay of ours has sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event with what is known about it. `type` is the subject without the tenant."""

    event_id: UUID
    type: str
    tenant: str
    aggregate_id: str
    occurred_at: datetime
    traceparent: str | None
    payload: bytes

    @property
    def subject(self) -> str:
        return f"{self.type}.{self.tenant}"

    @classmethod
    def read(cls, message: Msg) -> Self:
        """Raises MalformedEvent."""
        headers = message.headers or {}
        type_, _, tenant = message.subject.rpartition(".")
        try:
            if not is_tenant(tenant):
                raise MalformedEvent("the subject names no tenant")
            return cls(
                event_id=UUID(headers[ID]),
                type=type_,
                tenant=tenant,
                aggregate_id=headers[AGGREGATE],
                occurred_at=datetime.fromisoformat(headers[OCCURRED_AT]),
                traceparent=headers.get(TRACEPARENT),
                payload=message.data,
            )
        except (KeyError, ValueError) as error:
            raise MalformedEvent(str(error)) from error

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        type_, _, tenant = letter.subject.rpartition(".")
        return cls(
            event_id=letter.event_id,
            type=type_,
            tenant=tenant,
            aggregate_id=letter.aggregate_id,
            occurred_at=letter.occurred_at,
            traceparent=letter.traceparent,
            payload=letter.payload,
        )


def headers_of(row: OutboxRow) -> dict[str, str]:
    headers = {
        ID: str(row.event_id),
        TYPE: row.subject.rpartition(".")[0],
        AGGREGATE: row.aggregate_id,
        OCCURRED_AT: row.occurred_at.isoformat(),
    }
    if row.traceparent is not None:
        headers[TRACEPARENT] = row.traceparent
    return headers
