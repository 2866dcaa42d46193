"""Readable addresses of pages: a title for people, an id for the service."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from civic_chassis.kernel.errors import DomainError, Kind

_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
# 36 ** 25 > 2 ** 128: every UUID fits, and small letters survive being read out or typed from paper.
_LENGTH: Final = 25
_SLUG_LENGTH: Final = 60
_ADDRESS: Final = re.compile(rf"(?:(?P<slug>.*)-)?(?P<code>[0-9a-z]{{{_LENGTH}}})")
_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def code_of(identifier: str) -> str:
    """The whole UUID in 25 small letters and digits."""
    number, code = UUID(identifier).int, ""
    while number:
        number, digit = divmod(number, 36)
        code = _ALPHABET[digit] + code
    return code.rjust(_LENGTH, "0")


def id_of(code: str) -> str:
    """The UUID of a code; raises NOT_FOUND for what is none."""
    number = int(code, 36) if len(code) == _LENGTH and code.isascii() and code.isalnum() else 2**128
    if number >= 2**128:
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such address")
    return str(UUID(int=number))


def id_in(address: str) -> str:
    """The UUID in `<title>-<code>`; raises NOT_FOUND. The title may be missing, old or wrong."""
    found = _ADDRESS.fullmatch(address.lower())
    if found is None:
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such address")
    return id_of(found["code"])


def slug_of(title: str) -> str:
    """`Neue Spielplätze` as `neue-spielplaetze`: at most 60 characters, cut between words; may be empty."""
    text = unicodedata.normalize("NFC", title).lower().translate(_GERMAN)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = "-".join(re.findall(r"[a-z0-9]+", text))
    if len(slug) > _SLUG_LENGTH:
        slug = slug[: _SLUG_LENGTH + 1].rpartition("-")[0] or slug[:_SLUG_LENGTH]
    return slug


def address_of(title: str, identifier: str) -> str:
    """`<title>-<code>`."""
    slug, code = slug_of(title), code_of(identifier)
    return f"{slug}-{code}" if slug else code


def with_query(path: str, **values: str | None) -> str:
    """The path with the values that are not empty."""
    kept = {name: value for name, value in values.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
