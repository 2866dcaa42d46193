"""Whether a request that changes something really comes from a page of this portal."""

from __future__ import annotations

import hmac
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from python_multipart.exceptions import FormParserError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from civic_gateway.problems import gateway_error
from civic_gateway.session import CSRF_FIELD, CSRF_HEADER

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


def csrf_error() -> DomainError:
    """The refusal of a request that may come from elsewhere."""
    return gateway_error(Kind.FORBIDDEN, "CSRF_INVALID", "the request may come from another site")


def check_origin(headers: Headers, *, origin: str) -> None:
    """Raises CSRF_INVALID where the browser says that another site sent it; programs say nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        # `none` is the person's own doing: a bookmark, a reload.
        if site not in ("same-origin", "none"):
            raise csrf_error()
        return
    sent = headers.get("origin")
    if sent is not None and sent != origin:
        raise csrf_error()


async def check_token(scope: Scope, body: bytes, *, expected: str) -> None:
    """Raises CSRF_INVALID unless header or form carry the token of the session."""
    headers = Headers(scope=scope)
    given = headers.get(CSRF_HEADER)
    if given is None and headers.get("content-type", "").lower().startswith(_FORMS):
        given = await _field(scope, body)
    if given is None or not hmac.compare_digest(given.encode(), expected.encode()):
        raise csrf_error()


async def _field(scope: Scope, body: bytes) -> str | None:
    request = Request(dict(scope), replay(body))
    try:
        async with request.form() as form:
            value = form.get(CSRF_FIELD)
    except (HTTPException, MultiPartException, FormParserError):
        return None
    return value if isinstance(value, str) else None


async def read_body(receive: Receive) -> bytes:
    """The whole body, which a layer further out has already limited and read."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return b"".join(chunks)


def replay(body: bytes, receive: Receive | None = None) -> Receive:
    """`receive` that gives the body in one piece, then what the real one gives."""
    given = False

    async def again() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive() if receive is not None else {"type": "http.disconnect"}

    return again
