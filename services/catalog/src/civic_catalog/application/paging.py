"""Positions in lists as page tokens hold them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from civic_chassis.kernel.page import refused

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: object) -> datetime:
    """Raises PAGE_TOKEN_INVALID for what `to_micros` never gave."""
    try:
        return _EPOCH + timedelta(microseconds=int(str(micros)))
    except (ValueError, OverflowError):
        raise refused() from None


def from_text(text: object) -> UUID:
    """Raises PAGE_TOKEN_INVALID for what is no id."""
    try:
        return UUID(str(text))
    except ValueError:
        raise refused() from None
