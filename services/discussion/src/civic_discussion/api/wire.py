"""Messages to domain values and back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from civic_chassis.kernel.errors import DomainError, Violation, ViolationReason, invalid
from civic_chassis.kernel.ids import parse_id
from civic_participation.domain.attachments import file_missing, not_found
from google.protobuf.timestamp_pb2 import Timestamp

from civic_discussion.domain import errors
from civic_discussion.domain.phases import YEARS

Number = TypeVar("Number", bound=int)
Value = TypeVar("Value")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def topic_id(text: str) -> UUID:
    return _id(text, errors.topic_not_found)


def contribution_id(text: str) -> UUID:
    return _id(text, errors.contribution_not_found)


def parent_id(text: str) -> UUID | None:
    return _id(text, errors.comment_not_found) if text else None


def file_id(text: str) -> UUID:
    return _id(text, not_found)


def attachment_id(text: str) -> UUID:
    """A file that a text is to have: without it the text is wrong, not absent."""
    return _id(text, file_missing)


def moment(timestamp: Timestamp, field: str) -> datetime:
    """The instant to the microsecond. Raises INVALID_ARGUMENT for a time that no calendar knows."""
    try:
        return timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise invalid(Violation(field, "YEAR_OUT_OF_RANGE", "the year is out of range", YEARS)) from None


def _id(text: str, missing: Callable[[], DomainError]) -> UUID:
    # What is no id names nothing, like an id that nobody gave.
    try:
        return parse_id(text, "id")
    except DomainError:
        raise missing() from None


def known(values: Mapping[Number, Value], number: Number, field: str) -> Value:
    try:
        return values[number]
    except KeyError:
        raise invalid(Violation(field, ViolationReason.MALFORMED, "not a value of its enum")) from None


def timestamp(instant: datetime) -> Timestamp:
    micros = (instant - _EPOCH) // _MICROSECOND
    seconds, rest = divmod(micros, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)
