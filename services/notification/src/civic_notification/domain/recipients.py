"""Where mail for a person goes."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address

from civic_chassis.kernel.text import Violations

LANGUAGES = ("de", "en")
# RFC 5321: 64 before the @, 255 after it, 254 in all.
ADDRESS_MAX = 254
_LOCAL_MAX = 64
_ADDRESS = re.compile(r"[^\s@<>,;:\\\"()\[\]\x00-\x1f\x7f-\x9f]+@[^\s@<>,;:\\\"()\[\]\x00-\x1f\x7f-\x9f]+\.[^\s@.]{2,}")


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """A person as a recipient; `suppressed` says that mail came back and nothing more is sent."""

    subject: str
    address: str
    language: str
    update_time: datetime
    suppressed: bool = False


def is_address(text: str) -> bool:
    """Whether the text is one plain address: no line break, no second recipient, no comment can hide in it."""
    if len(text) > ADDRESS_MAX or not _ADDRESS.fullmatch(text) or ".." in text:
        return False
    local, _, domain = text.rpartition("@")
    if len(local) > _LOCAL_MAX or local.startswith(".") or local.endswith("."):
        return False
    # Mail servers agree on other letters in the domain alone, where they have a form in ASCII.
    if not local.isascii():
        return False
    try:
        Address(username=local, domain=domain)
    except (ValueError, IndexError):
        return False
    return not domain.startswith((".", "-"))


def checked_language(language: str) -> str:
    """Empty keeps what is there. Raises INVALID_ARGUMENT."""
    found = Violations()
    if language and language not in LANGUAGES:
        found.add("language", "NOT_ALLOWED", "must be de or en", allowed=", ".join(LANGUAGES))
    found.check()
    return language
