"""What a mail that came back says (RFC 3464)."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from enum import StrEnum
from uuid import UUID

from civic_notification.domain.tokens import read_return_token

RETURN_PREFIX = "bounce+"
# So many times a mail may come back for a while, within this many days, before the address is given up.
SOFT_MAX = 5
SOFT_DAYS = 30
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
# Mailbox full, mailbox disabled for a time, message too large, the system as a whole: the address may be good.
_PASSING = frozenset({(2, 2), (2, 3), (3, 1), (3, 2), (3, 4), (4, 4), (4, 7), (7, 1)})


class Outcome(StrEnum):
    """What became of a mail."""

    HARD = "hard"
    SOFT = "soft"
    # A delay, a relayed copy, an automatic answer: nothing is known of the address.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that came back; `status` as in 5.1.1, empty where there is none."""

    letter: UUID
    outcome: Outcome
    status: str


def letter_of(address: str, secret: bytes) -> UUID | None:
    """The letter that a return path names; None for any other address."""
    local = address.rpartition("@")[0].lower()
    if not local.startswith(RETURN_PREFIX):
        return None
    return read_return_token(local.removeprefix(RETURN_PREFIX), secret)


def read_bounce(letter: UUID, content: bytes) -> Bounce:
    """What a message to a return path says; NOTHING for whatever is no delivery report."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for block in _reports(message):
        action = str(block.get("Action", "")).strip().lower()
        found = _STATUS.search(str(block.get("Status", "")))
        if action != "failed" or found is None:
            continue
        return Bounce(letter, outcome_of(found[0]), found[0])
    return Bounce(letter, Outcome.NOTHING, "")


def outcome_of(status: str) -> Outcome:
    """What an enhanced status code (RFC 3463) says about the address."""
    found = _STATUS.fullmatch(status)
    if found is None or found[1] == "2":
        return Outcome.NOTHING
    if found[1] == "4" or (int(found[2]), int(found[3])) in _PASSING:
        return Outcome.SOFT
    return Outcome.HARD


def _reports(message: EmailMessage | Message) -> Iterator[Message]:
    """The blocks of a delivery report that speak of recipients."""
    if message.get_content_type() != "multipart/report":
        return
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (block for block in payload if isinstance(block, Message) and "Action" in block)
