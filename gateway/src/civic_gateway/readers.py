"""What a request's headers and query say about who reads, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Scope

from civic_gateway.web.i18n import DEFAULT_LANGUAGE, LANGUAGES, negotiate

SESSION_COOKIE: Final = b"civic_session"
LANGUAGE_COOKIE: Final = b"civic_lang"
THEME_COOKIE: Final = b"civic_theme"
THEMES: Final = ("light", "dark")
# As the device has it: the cookie says so, a page needs nothing for it.
_THEME_CHOICES: Final = (*THEMES, "system")
_NOTHING: Final[Mapping[bytes, str]] = {}


class Reader(NamedTuple):
    """What a request's headers say about who reads, and how; `chosen` are cookies that its query asks for."""

    language: str
    theme: str
    anonymous: bool
    gzip: bool
    if_none_match: bytes | None
    chosen: tuple[tuple[bytes, str], ...] = ()


def read_headers(scope: Scope) -> Reader:
    """Language: `?lang`, then the cookie, then Accept-Language."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    crumbs = _crumbs(_cookies(scope)) if b"cookie" in headers else _NOTHING
    query = scope["query_string"]
    chosen = _chosen(query) if query and (b"lang=" in query or b"theme=" in query) else _NOTHING
    language = chosen.get(LANGUAGE_COOKIE) or crumbs.get(LANGUAGE_COOKIE)
    if language not in LANGUAGES:
        accepted = headers.get(b"accept-language")
        language = negotiate(accepted.decode("latin-1")) if accepted else DEFAULT_LANGUAGE
    theme = chosen.get(THEME_COOKIE) or crumbs.get(THEME_COOKIE)
    return Reader(
        language,
        theme if theme in THEMES else "",
        b"authorization" not in headers and SESSION_COOKIE not in crumbs,
        b"accept-encoding" in headers and _takes_gzip(headers[b"accept-encoding"]),
        headers.get(b"if-none-match"),
        tuple(chosen.items()) if chosen else (),
    )


def _cookies(scope: Scope) -> bytes:
    """All of them, of however many headers: whoever is signed in by any is not anonymous."""
    return b"; ".join(value for name, value in scope["headers"] if name == b"cookie")


def _takes_gzip(accept_encoding: bytes) -> bool:
    return b"gzip" in accept_encoding and b"gzip;q=0" not in accept_encoding.replace(b" ", b"")


def _crumbs(cookies: bytes) -> Mapping[bytes, str]:
    crumbs: dict[bytes, str] = {}
    for crumb in cookies.split(b";"):
        name, _, value = crumb.strip().partition(b"=")
        crumbs[name] = value.decode("latin-1")
    return crumbs


def _chosen(query: bytes) -> Mapping[bytes, str]:
    values = dict(parse_qsl(query.decode("latin-1")))
    return {
        cookie: values[name]
        for cookie, name, allowed in (
            (LANGUAGE_COOKIE, "lang", LANGUAGES),
            (THEME_COOKIE, "theme", _THEME_CHOICES),
        )
        if values.get(name) in allowed
    }
