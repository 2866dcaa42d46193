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
    cookies = _cookies(scope) if b"cookie" in headers else b""
    accept_language = headers.get(b"accept-language")
    crumbs = _crumbs(cookies) if cookies else {}
    query = scope["query_string"]
    chosen = _chosen(query) if b"lang=" in query or b"theme=" in query else {}
    language = chosen.get(LANGUAGE_COOKIE) or crumbs.get(LANGUAGE_COOKIE, "")
    if language not in LANGUAGES:
        language = negotiate(accept_language.decode("latin-1")) if accept_language else DEFAULT_LANGUAGE
    theme = chosen.get(THEME_COOKIE) or crumbs.get(THEME_COOKIE, "")
    return Reader(
        language=language,
        theme=theme if theme in THEMES else "",
        chosen=tuple(chosen.items()),
        anonymous=b"authorization" not in headers and SESSION_COOKIE not in crumbs,
        gzip=_takes_gzip(headers.get(b"accept-encoding", b"")),
        if_none_match=headers.get(b"if-none-match"),
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
