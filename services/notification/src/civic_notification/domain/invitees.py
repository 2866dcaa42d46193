"""Addresses that staff invites to something closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from civic_chassis.kernel.text import Violations

from civic_notification.domain.followings import TITLE_MAX, is_path
from civic_notification.domain.recipients import is_address

INVITEES_MAX = 100
LISTED_MAX = 1_000
_SHOWN = 60


@dataclass(frozen=True, slots=True, repr=False)
class Invitee:
    """`unreachable` says that mail came back, or that the owner wants no invitations."""

    id: UUID
    address: str
    unreachable: bool


@dataclass(frozen=True, slots=True)
class InvitationMail:
    """An invitee and the path that opens their invitation."""

    invitee_id: UUID
    path: str


def checked_addresses(given: Sequence[str]) -> list[str]:
    """Each once, however it is written. Raises INVALID_ARGUMENT naming every line that is no address."""
    found = Violations()
    if not 1 <= len(given) <= INVITEES_MAX:
        found.add("addresses", "OUT_OF_RANGE", "not 1 to 100 addresses", min="1", max=str(INVITEES_MAX))
        found.check()
    kept = dict[str, str]()
    for address in (each.strip(" ") for each in given):
        if is_address(address):
            kept.setdefault(address.lower(), address)
        else:
            shown = " ".join(address.split())[:_SHOWN]
            found.add("addresses", "NO_ADDRESSES", "holds what is no mail address", line=shown)
    found.check()
    return list(kept.values())


def checked_mails(title: str, mails: Sequence[InvitationMail]) -> str:
    """The title. Raises INVALID_ARGUMENT."""
    found = Violations()
    title = found.line(title, "title", min=1, max=TITLE_MAX)
    if len(mails) > INVITEES_MAX:
        found.add("mails", "OUT_OF_RANGE", "too many", min="0", max=str(INVITEES_MAX))
    if not all(is_path(mail.path) for mail in mails):
        found.add("mails.path", "MALFORMED", "must be a path of the portal")
    found.check()
    return title
