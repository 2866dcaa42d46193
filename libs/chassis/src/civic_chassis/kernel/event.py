"""An event as a service states it, before it has a tenant or an id."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to one aggregate. `payload` is the serialised event message.

    `key` stands in the subject, for streams that keep the last message of every aggregate.
    """

    area: str
    resource: str
    verb: str
    version: int = 1
    payload: bytes
    aggregate_id: UUID | str
    key: str = ""

    @property
    def type(self) -> str:
        return f"civic.{self.area}.{self.resource}.{self.verb}.v{self.version}"

    def subject(self, tenant: str) -> str:
        """The subject under which it is published: `civic.<area>.<resource>.<verb>.v1.[<key>.]<tenant>`."""
        return f"{self.type}.{self.key}.{tenant}" if self.key else f"{self.type}.{tenant}"
