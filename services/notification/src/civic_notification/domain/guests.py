"""Following without an account: an address is asked first, and known by nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from civic_chassis.kernel.text import Violations

from civic_notification.domain.followings import Following
from civic_notification.domain.recipients import ADDRESS_MAX, is_address

# How long a question can be answered, and how long it is kept so that a second answer is none too late.
ANSWERED_WITHIN = timedelta(days=3)
QUESTION_KEPT = timedelta(days=7)
# An address that follows nothing and is asked nothing is forgotten after this.
GUEST_KEPT = timedelta(days=7)
# More open questions a day are not sent: nobody is written to so often in another's name.
QUESTIONS_A_DAY = 3
_SUBJECT = "guest:"


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a guest wants to follow; `confirm_time` says when they wanted."""

    id: UUID
    subject: str
    following: Following
    create_time: datetime
    confirm_time: datetime | None

    def open_at(self, instant: datetime) -> bool:
        return self.confirm_time is not None or instant < self.create_time + ANSWERED_WITHIN


def guest_subject(recipient: UUID) -> str:
    """A subject that no account has."""
    return f"{_SUBJECT}{recipient}"


def checked_address(address: str) -> str:
    """Raises INVALID_ARGUMENT naming what is wrong."""
    found = Violations()
    trimmed = address.strip(" ")
    if not trimmed:
        found.add("address", "EMPTY", "must not be empty", min="1")
    elif len(trimmed) > ADDRESS_MAX:
        found.add("address", "TOO_LONG", "is too long", max=str(ADDRESS_MAX), actual=str(len(trimmed)))
    elif not is_address(trimmed):
        found.add("address", "NO_ADDRESS", "must be one mail address")
    found.check()
    return trimmed
