"""Pages of lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from civic_chassis.kernel.page import refused

Item = TypeVar("Item")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page a caller asked for, unchecked."""

    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items and the token of the page after them, empty on the last one."""

    items: Sequence[Item]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class JsonPage:
    """The same with the items as one JSON array."""

    items_json: bytes
    next_page_token: str


def json_array(items: Sequence[str]) -> bytes:
    return ("[" + ",".join(items) + "]").encode()


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: object) -> datetime:
    """Of a token's position. Raises PAGE_TOKEN_INVALID for what `to_micros` never gave."""
    try:
        return _EPOCH + timedelta(microseconds=int(str(micros)))
    except (ValueError, OverflowError):
        raise refused() from None


def from_text(text: object) -> UUID:
    """The id in a token's position. Raises PAGE_TOKEN_INVALID."""
    try:
        return UUID(str(text))
    except ValueError:
        raise refused() from None
