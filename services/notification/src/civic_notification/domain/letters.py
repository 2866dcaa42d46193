"""Letters: what is to be sent to one person, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from civic_notification.domain.followings import Rhythm

# A digest names this many notices; the portal has the rest.
DIGEST_MAX = 100
# A letter that is refused for now is tried again after ever longer pauses, and given up after the last.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 960, 1_440, 1_440))


class LetterState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    # The address takes no mail, now or for good.
    REFUSED = "refused"
    # Nothing in it was of interest any more, or it was not wanted any more.
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice as its mail needs it."""

    id: UUID
    kind: str
    object_kind: str
    object_id: str
    path: str
    words: Mapping[str, str]
    translations: Mapping[str, Mapping[str, str]]
    times: Mapping[str, str]
    expire_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Letter:
    """A letter that was claimed for sending, with the address that it goes to.

    `part` counts how often it was sent and opened again; it belongs to the mail's Message-ID.
    """

    id: UUID
    tenant: str
    tenant_name: str
    subject: str
    recipient: UUID
    address: str
    language: str
    rhythm: Rhythm
    part: int
    attempts: int
    following: UUID | None
    guest: bool
    notices: Sequence[Told]
    # Ids of all that the letter tells; a digest shows the first of them.
    held: Sequence[UUID]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return len(self.held) - len(self.notices)

    def of_interest(self, at: datetime) -> "list[Told]":
        return [notice for notice in self.notices if notice.expire_time is None or notice.expire_time > at]


def pause_after(attempts: int) -> timedelta | None:
    """How long a letter waits that was refused for now so many times; None where it is given up."""
    return PAUSES[attempts] if attempts < len(PAUSES) else None
