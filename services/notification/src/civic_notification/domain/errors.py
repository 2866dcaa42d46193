"""Refusals of the notification service; the reasons are those of its contract."""

from collections.abc import Mapping

from civic_chassis.kernel.errors import DomainError, Kind

DOMAIN = "notification.civic"


def following_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "FOLLOWING_NOT_FOUND", "the caller does not follow the object")


def too_many_followings(most: int) -> DomainError:
    return _error(Kind.PRECONDITION, "TOO_MANY_FOLLOWINGS", "the caller follows too much", {"max": str(most)})


def recipient_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "RECIPIENT_NOT_FOUND", "nothing is kept of the caller")


def address_missing() -> DomainError:
    return _error(Kind.PRECONDITION, "ADDRESS_MISSING", "the token names no verified mail address")


def template_not_found() -> DomainError:
    return _error(Kind.NOT_FOUND, "TEMPLATE_NOT_FOUND", "there is no mail text of this kind in this language")


def token_unknown() -> DomainError:
    return _error(Kind.NOT_FOUND, "TOKEN_UNKNOWN", "the token is none of ours")


def question_expired() -> DomainError:
    return _error(Kind.NOT_FOUND, "QUESTION_EXPIRED", "the question was answered too late")


def _error(kind: Kind, reason: str, message: str, metadata: Mapping[str, str] | None = None) -> DomainError:
    return DomainError(kind, reason, message, domain=DOMAIN, metadata=metadata)
