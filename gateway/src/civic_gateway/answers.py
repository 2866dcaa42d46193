"""Answers of the JSON API: ready bytes with ETag, Link and caching headers, and what a request names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from civic_chassis.kernel.errors import Violation, invalid
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.cache import Admission
from civic_gateway.etags import etag_of
from civic_gateway.problems import language_of
from civic_gateway.web.i18n import LANGUAGES

_VARY: Final = (b"vary", b"Accept-Language, Accept-Encoding, Authorization, Cookie")
_MEDIA_TYPE: Final = (b"content-type", b"application/json")
_SHARED: Final = (b"cache-control", b"no-cache")
_PRIVATE: Final = (b"cache-control", b"private, no-cache")
_LANGUAGES: Final = {language: (b"content-language", language.encode("ascii")) for language in LANGUAGES}
_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - shown with Z below


class _Moment(Protocol):
    @property
    def seconds(self) -> int: ...

    @property
    def nanos(self) -> int: ...


def rfc3339(moment: _Moment) -> str:
    """A protobuf timestamp as `2026-11-23T04:37:56.123456Z`: always six digits, always Z."""
    return _rfc3339(moment.seconds, moment.nanos // 1000)


# A list shows the same instants again and again.
@lru_cache(maxsize=4096)
def _rfc3339(seconds: int, microseconds: int) -> str:
    at = _EPOCH + dt.timedelta(seconds=seconds, microseconds=microseconds)
    return at.isoformat(timespec="microseconds") + "Z"


def keep(request: Request, *tags: str, until: float = float("inf")) -> None:
    """Lets the answer to an anonymous read be kept until one of `tags` changes, or until a Unix time."""
    admission: Admission | None = request.scope.get("civic.cache")
    if admission is not None:
        admission.keep(*tags, until=until)


def list_answer(
    request: Request, items: bytes, next_page_token: str, *, more: Mapping[str, Any] | None = None
) -> Response:
    """A page of a list from its items as a JSON array; the bytes go out as they are. `more` stands beside them."""
    token = orjson.dumps(next_page_token or None)
    rest = b"," + orjson.dumps(more)[1:] if more else b"}"
    body = b"".join((b'{"items":', items or b"[]", b',"next_page_token":', token, rest))
    link = f'<{_address(request)}>; rel="first"'
    if next_page_token:
        link = f'<{_address(request, next_page_token)}>; rel="next", {link}'
    return _Ready(request, body, etag_of(body), (b"link", link.encode("latin-1")))


def resource_answer(
    request: Request, resource: Mapping[str, Any], *, status: int = 200, location: str | None = None
) -> Response:
    """A single resource; its ETag begins with its version, which If-Match takes back."""
    body = orjson.dumps(resource)
    more = ((b"location", quote(location).encode("ascii")),) if location is not None else ()
    return _Ready(request, body, etag_of(body, str(resource.get("etag", ""))), *more, status=status)


class _Ready(Response):
    """An answer of bytes, whose headers need no second form on the way out."""

    def __init__(
        self, request: Request, body: bytes, etag: str, *headers: tuple[bytes, bytes], status: int = 200
    ) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [
            (b"etag", etag.encode("ascii")),
            _VARY,
            _SHARED if "civic.cache" in request.scope else _PRIVATE,
            _LANGUAGES[language_of(request)],
            *headers,
            (b"content-length", b"%d" % len(body)),
            _MEDIA_TYPE,
        ]


def _address(request: Request, page_token: str | None = None) -> str:
    """The request's own address with another page token; relative, so that no Host header is believed."""
    path: str = request.scope["raw_path"].decode("ascii")
    query: bytes = request.scope["query_string"]
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else ()
    kept = [(name, value) for name, value in pairs if name != "page_token"]
    if page_token is not None:
        kept.append(("page_token", page_token))
    return f"{path}?{urlencode(kept)}" if kept else path


def if_match(request: Request) -> str:
    """The If-Match header as the services take it; empty without one."""
    return request.headers.get("if-match", "")


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key header as the services take it; empty without one.

    Raises INVALID_ARGUMENT for an empty header: its sender relies on creating nothing twice.
    """
    key = request.headers.get("idempotency-key")
    if key == "":
        raise invalid(Violation("request_id", "MALFORMED", "empty"))
    return key or ""
