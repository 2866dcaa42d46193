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
# civic.<area>.<resource>.<verb>.v1
_TYPE_WORDS = 5


class MalformedEvent(ValueError):
    """A message that no relay of ours has sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event with what is known about it. `type` is the subject without tenant and key; most events have no key."""

    event_id: UUID
    type: str
    tenant: str
    aggregate_id: str
    occurred_at: datetime
    traceparent: str | None
    payload: bytes
    key: str = ""

    @property
    def subject(self) -> str:
        return f"{self.type}.{self.key}.{self.tenant}" if self.key else f"{self.type}.{self.tenant}"

    @classmethod
    def read(cls, message: Msg) -> Self:
        """Raises MalformedEvent."""
        headers = message.headers or {}
        type_, key, tenant = _words(message.subject)
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
                key=key,
            )
        except (KeyError, ValueError) as error:
            raise MalformedEvent(str(error)) from error

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        type_, key, tenant = _words(letter.subject)
        return cls(
            event_id=letter.event_id,
            type=type_,
            tenant=tenant,
            aggregate_id=letter.aggregate_id,
            occurred_at=letter.occurred_at,
            traceparent=letter.traceparent,
            payload=letter.payload,
            key=key,
        )


def headers_of(row: OutboxRow) -> dict[str, str]:
    headers = {
        ID: str(row.event_id),
        TYPE: type_of(row.subject),
        AGGREGATE: row.aggregate_id,
        OCCURRED_AT: row.occurred_at.isoformat(),
    }
    if row.traceparent is not None:
        headers[TRACEPARENT] = row.traceparent
    return headers


def type_of(subject: str) -> str:
    """The type of the event that is published under the subject."""
    return _words(subject)[0]


def _words(subject: str) -> tuple[str, str, str]:
    words = subject.split(".")
    return ".".join(words[:-1][:_TYPE_WORDS]), ".".join(words[_TYPE_WORDS:-1]), words[-1]
