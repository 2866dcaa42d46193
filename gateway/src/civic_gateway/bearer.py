"""Access tokens that clients of the JSON API bring themselves."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Final

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from civic_gateway.problems import API_PREFIX, Problems

TOKEN: Final = "civic.token"  # noqa: S105 - the name of a place
PERSON: Final = "civic.person"
_MAX_TOKEN: Final = 16_000


class BearerLayer:
    """ASGI layer: hands the token of `Authorization: Bearer` on as `scope["civic.token"]`.

    The services verify it. `scope["civic.person"]` is the subject that it names, unverified: good enough to count
    calls by, together with the address, since a forged one buys nothing but a refusal.
    """

    def __init__(self, app: ASGIApp, problems: Problems) -> None:
        self._app = app
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(API_PREFIX):
            header = next((value for name, value in scope["headers"] if name == b"authorization"), None)
            if header is not None:
                token, subject = _read(header)
                if subject is None:
                    error = DomainError(Kind.UNAUTHENTICATED, "TOKEN_INVALID", "not a bearer token")
                    response = await self._problems.respond(Request(scope, receive), error)
                    await response(scope, receive, send)
                    return
                scope[TOKEN] = token
                scope[PERSON] = subject
        await self._app(scope, receive, send)


# The same few tokens come again and again.
@lru_cache(maxsize=1024)
def _read(header: bytes) -> tuple[str, str | None]:
    """The token, and the subject that it names; None for what is no bearer token."""
    scheme, _, rest = header.decode("latin-1").strip().partition(" ")
    token = rest.strip()
    return token, _subject(token) if scheme.lower() == "bearer" else None


def _subject(token: str) -> str | None:
    """The subject that a JWT names; None for what is no JWT."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MAX_TOKEN or not token.isascii():
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject[:200] if isinstance(subject, str) else None
