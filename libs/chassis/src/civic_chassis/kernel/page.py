"""Page requests and their opaque tokens, which fit one list and filter only."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from civic_chassis.kernel.errors import DomainError, Kind, Violation, ViolationReason, invalid

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
_MAX_TOKEN = 2_000
_DIGEST_BYTES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Position = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A checked page request; `position` is where the page before ended, None on the first page."""

    size: int
    position: Position | None

    @classmethod
    def parse(
        cls, page_size: int, page_token: str, *, scope: str, shape: tuple[type[str | int], ...] | None = None
    ) -> Self:
        """Checks size and token.

        `scope` names the list with its filter and order; `shape`, where given, the types of the position.
        """
        if not 0 <= page_size <= MAX_PAGE_SIZE:
            raise invalid(
                Violation(
                    "page_size",
                    ViolationReason.OUT_OF_RANGE,
                    "must be between 0 and 100",
                    {"min": "0", "max": str(MAX_PAGE_SIZE)},
                )
            )
        position = _decode(scope, page_token) if page_token else None
        if position is not None and shape is not None and tuple(map(type, position)) != shape:
            raise refused()
        return cls(page_size or DEFAULT_PAGE_SIZE, position)


def encode_token(scope: str, position: Position) -> str:
    """The token of the page after `position`."""
    payload = _to_json(position).encode()
    return base64.urlsafe_b64encode(_digest(scope, payload) + payload).rstrip(b"=").decode()


def _decode(scope: str, token: str) -> Position:
    if len(token) > _MAX_TOKEN or not token.isascii():
        raise refused()
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise refused() from None
    digest, payload = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if digest != _digest(scope, payload):
        raise refused()
    # Whoever reads this file can write a digest, too.
    try:
        position = json.loads(payload)
    except ValueError:
        raise refused() from None
    if not isinstance(position, list):
        raise refused()
    return tuple(position)


def _digest(scope: str, payload: bytes) -> bytes:
    # Not a secret: it tells a damaged token, or one of another list, from a good one.
    size = len(scope).to_bytes(4, "big")
    return hashlib.blake2b(size + scope.encode() + payload, digest_size=_DIGEST_BYTES).digest()


def refused() -> DomainError:
    """The error of a token that is damaged or of another list; also where its position means nothing to the list."""
    violation = Violation("page_token", ViolationReason.MALFORMED, "not a token of this list")
    return DomainError(
        Kind.INVALID, "PAGE_TOKEN_INVALID", "the page token is not one of this list", violations=(violation,)
    )


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
