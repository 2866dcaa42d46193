"""Refusals of the discussion service; the reasons are those of its contract."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from civic_chassis.kernel.errors import DomainError, Kind

DOMAIN = "discussion.civic"


def topic_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "TOPIC_NOT_FOUND", "the topic is not found in this tenant")


def contribution_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "CONTRIBUTION_NOT_FOUND", "the contribution is not found in this tenant")


def comment_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "COMMENT_NOT_FOUND", "the comment is not found under this contribution")


def topic_not_started(start_time: datetime) -> DomainError:
    metadata = {"start_time": rfc3339(start_time)}
    return _error(Kind.PRECONDITION, "TOPIC_NOT_STARTED", "the topic has not begun", metadata)


def topic_ended(end_time: datetime) -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_ENDED", "the topic has ended", {"end_time": rfc3339(end_time)})


def topic_not_published() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_NOT_PUBLISHED", "the topic is still a draft")


def not_the_author() -> DomainError:
    return _error(Kind.FORBIDDEN, "NOT_THE_AUTHOR", "only the author may change a contribution")


def topic_dates_fixed() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_DATES_FIXED", "a published topic's dates move by extending or ending it")


def contribution_limit_reached(limit: int) -> DomainError:
    message = "the topic takes no more contributions from this person"
    return _error(Kind.PRECONDITION, "CONTRIBUTION_LIMIT_REACHED", message, {"max": str(limit)})


def contribution_fixed() -> DomainError:
    return _error(Kind.PRECONDITION, "CONTRIBUTION_FIXED", "the time for changes is over")


def contributions_by_staff() -> DomainError:
    return _error(Kind.FORBIDDEN, "CONTRIBUTIONS_BY_STAFF", "only staff adds contributions to this topic")


def contribution_not_public() -> DomainError:
    return _error(Kind.PRECONDITION, "CONTRIBUTION_NOT_PUBLIC", "the contribution is not public")


def topic_not_ended(end_time: datetime) -> DomainError:
    metadata = {"end_time": rfc3339(end_time)}
    return _error(Kind.PRECONDITION, "TOPIC_NOT_ENDED", "nothing has become of the topic yet", metadata)


def topic_outcome_missing() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_OUTCOME_MISSING", "nobody told what became of the topic")


def support_only() -> DomainError:
    return _error(Kind.PRECONDITION, "SUPPORT_ONLY", "an initiative is supported or not")


def topic_preset_fixed() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_PRESET_FIXED", "the topic was contributed to and keeps what it is for")


def topic_closed_fixed() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_CLOSED_FIXED", "a published topic stays closed, or open")


def topic_closed_differs() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_CLOSED_DIFFERS", "nothing moves into a closed topic, or out of one")


def topic_not_closed() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_NOT_CLOSED", "everybody finds the topic")


def invitation_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "INVITATION_NOT_FOUND", "there is no such invitation")


def invitation_limit_reached(most: int) -> DomainError:
    return _error(
        Kind.PRECONDITION, "INVITATION_LIMIT_REACHED", "the topic has as many as it may have", {"max": str(most)}
    )


def topic_preset_differs() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_PRESET_DIFFERS", "support for an initiative is no rating")


def topic_text_missing() -> DomainError:
    return _error(Kind.PRECONDITION, "TOPIC_TEXT_MISSING", "a topic on a text needs a structured text")


def object_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "OBJECT_NOT_FOUND", "the object is not found in this topic and version")


def object_in_use() -> DomainError:
    return _error(Kind.PRECONDITION, "OBJECT_IN_USE", "contributions are about the object")


def object_limit_reached(limit: int) -> DomainError:
    return _error(Kind.PRECONDITION, "OBJECT_LIMIT_REACHED", "the topic takes no more objects", {"max": str(limit)})


def object_versions_reached(limit: int) -> DomainError:
    return _error(Kind.PRECONDITION, "OBJECT_VERSIONS_REACHED", "no further version fits", {"max": str(limit)})


def objects_incomplete(keys: Sequence[str]) -> DomainError:
    metadata = {"objects": ", ".join(keys)}
    return _error(Kind.PRECONDITION, "OBJECTS_INCOMPLETE", "objects lack what they need in public", metadata)


def rfc3339(instant: datetime) -> str:
    """The instant in UTC with six digits, as everywhere in the JSON API."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _error(kind: Kind, reason: str, message: str, metadata: Mapping[str, str] | None = None) -> DomainError:
    return DomainError(kind, reason, message, domain=DOMAIN, metadata=metadata)
