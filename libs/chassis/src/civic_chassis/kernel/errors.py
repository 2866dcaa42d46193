"""The one error that code raises on purpose, and the violations that it carries."""

import dataclasses
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Kind(StrEnum):
    """What sort of refusal it is; decides the gRPC code and the HTTP status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    CONFLICT = "conflict"
    PRECONDITION = "precondition"
    VERSION = "version"
    LIMIT = "limit"
    UNAVAILABLE = "unavailable"
    DEADLINE = "deadline"
    INTERNAL = "internal"


class ViolationReason(StrEnum):
    """Reasons of violations that the chassis raises; the interface has a sentence for each."""

    EMPTY = "EMPTY"
    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    CONTROL_CHARACTER = "CONTROL_CHARACTER"
    LINE_BREAK = "LINE_BREAK"
    COMBINING_MARKS = "COMBINING_MARKS"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    MALFORMED = "MALFORMED"


@dataclasses.dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of one field. `message` is for developers and repeats nothing that a person typed."""

    field: str
    reason: str
    message: str
    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)


class DomainError(Exception):
    """A refusal with a reason that clients may rely on.

    `reason` is a name of the ErrorReason enum of `domain`, without its prefix. `message` and `metadata` reach
    clients and logs, so they hold nothing personal.
    """

    def __init__(
        self,
        kind: Kind,
        reason: str,
        message: str,
        *,
        domain: str = "civic",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
    ) -> None:
        super().__init__(kind, reason, message)
        self.kind = kind
        self.reason = reason
        self.message = message
        self.domain = domain
        self.metadata: Mapping[str, str] = metadata or {}
        self.violations = tuple(violations)

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


def invalid(*violations: Violation) -> DomainError:
    """The error of a request that breaks the rules of its fields."""
    names = ", ".join(dict.fromkeys(violation.field for violation in violations))
    return DomainError(Kind.INVALID, "INVALID_ARGUMENT", f"invalid: {names}", violations=violations)
