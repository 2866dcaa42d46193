"""Etags: the row version of a resource, as clients see and send it."""

import re

from civic_chassis.kernel.errors import DomainError, Kind

# "3", 3, "3.abc", W/"3.abc": only the part before the dot counts.
_ONE = re.compile(r'(?:W/)?"?(\d{1,18})(?:\.[^"\s,]*)?"?')


def render(row_version: int) -> str:
    return str(row_version)


def parse(expected: str) -> frozenset[int] | None:
    """The versions that the text names, comma-separated as in If-Match; None for "*" and for an empty text.

    What is no etag of ours names no version.
    """
    text = expected.strip()
    if text in ("", "*"):
        return None
    matches = (_ONE.fullmatch(part.strip()) for part in text.split(","))
    return frozenset(int(match[1]) for match in matches if match)


def check(expected: str, row_version: int, required: bool) -> None:
    """Compares what the client last saw with what is stored. Raises ETAG_REQUIRED or ETAG_MISMATCH."""
    if required and not expected.strip():
        raise DomainError(Kind.VERSION, "ETAG_REQUIRED", "the call needs the etag of what it changes")
    versions = parse(expected)
    if versions is not None and row_version not in versions:
        raise mismatch(row_version)


def mismatch(row_version: int) -> DomainError:
    """The error of an edit that lost against another one; names the current version."""
    return DomainError(
        Kind.VERSION,
        "ETAG_MISMATCH",
        "the resource changed since the etag that the call carries",
        metadata={"etag": render(row_version)},
    )
