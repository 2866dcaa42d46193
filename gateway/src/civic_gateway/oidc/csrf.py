"""Whether a request that changes something really comes from a page of this portal."""

from __future__ import annotations

import hmac
from contextlib import suppress
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
from civic_gateway.web.forms import read_form, typed_of

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = "application/x-www-form-urlencoded"
_UPLOAD: Final = "multipart/form-data"


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


def check_header(headers: Headers, *, expected: str) -> None:
    """Raises CSRF_INVALID unless the header carries the token of the session."""
    if not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), expected.encode()):
        raise csrf_error()


async def check_token(scope: Scope, body: bytes, *, expected: str) -> None:
    """Raises CSRF_INVALID unless header or form carry the token of the session."""
    given = Headers(scope=scope).get(CSRF_HEADER)
    if given is None:
        given = await _field(scope, body)
    if given is None or not hmac.compare_digest(given.encode(), expected.encode()):
        raise csrf_error()


async def remember_form(scope: Scope, body: bytes) -> None:
    """Reads a form ahead of whatever may refuse the request, so that the error page shows again what was typed."""
    if _media_type(scope) == _FORM:
        # What is no form after all is refused by whoever wants one.
        with suppress(DomainError):
            await read_form(Request(scope, replay(body)))


async def _field(scope: Scope, body: bytes) -> str | None:
    media_type = _media_type(scope)
    if media_type == _FORM:
        return typed_of(Request(scope)).get(CSRF_FIELD)
    if media_type != _UPLOAD:
        return None
    try:
        async with Request(dict(scope), replay(body)).form() as form:
            value = form.get(CSRF_FIELD)
    except (HTTPException, MultiPartException, FormParserError):
        return None
    return value if isinstance(value, str) else None


def _media_type(scope: Scope) -> str:
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()


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
