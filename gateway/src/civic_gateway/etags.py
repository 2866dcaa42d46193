"""ETags: how they are made of an answer, and compared with what a reader already has."""

from __future__ import annotations

import hashlib


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """The weak comparison of RFC 9110, 13.1.2."""
    if if_none_match == etag or if_none_match == b"*":
        return True
    return any(candidate.strip().removeprefix(b"W/") == etag for candidate in if_none_match.split(b","))


def etag_of(body: bytes, version: str = "") -> str:
    """`"<version>.<hash>"`, or `"<hash>"` without a version."""
    digest = hashlib.sha256(body).hexdigest()[:18]
    return f'"{version}.{digest}"' if version else f'"{digest}"'
