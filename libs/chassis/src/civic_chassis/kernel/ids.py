"""Identifiers: UUIDs of version 7, which sort by the time of their making."""

import secrets
import time
from threading import Lock
from uuid import UUID

from civic_chassis.kernel.errors import DomainError, Kind, Violation, ViolationReason

_lock = Lock()
_last = 0


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562, method 3: 12 bits below the millisecond), always greater than the last."""
    global _last
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    instant = milliseconds << 12 | nanoseconds * 4096 // 1_000_000
    with _lock:
        # A clock that stands still or is set back must not break the order.
        instant = _last = max(instant, _last + 1)
    high = (instant >> 12) << 16 | 0x7000 | (instant & 0xFFF)
    return UUID(int=high << 64 | 0b10 << 62 | secrets.randbits(62))


def parse_id(text: str, field: str) -> UUID:
    """The UUID in its canonical text form. Raises NOT_FOUND, since nothing is stored under any other text."""
    try:
        value = UUID(text)
    except ValueError:
        value = None
    # UUID() takes braces, "urn:uuid:" and missing hyphens too; one resource has one name only.
    if value is None or str(value) != text.lower():
        violation = Violation(field, ViolationReason.MALFORMED, "not a UUID in its canonical form")
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", f"{field} names nothing", violations=(violation,))
    return value
