"""Versions of a contribution's words, their fingerprints, and where a contribution comes from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from civic_discussion.domain.content import Words
from civic_discussion.domain.errors import rfc3339

VERSIONS_MAX = 200
SOURCES_MAX = 20


class OriginKind(StrEnum):
    """How one contribution came out of another, or out of another topic."""

    MERGED = "merged"
    SPLIT = "split"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Origin:
    """A trace to another contribution, or for MOVED to the topic before. `title` is None where it is not public."""

    kind: OriginKind
    id: UUID
    title: str | None
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """Words as their author sent them at one time."""

    number: int
    create_time: datetime
    words: Words


@dataclass(frozen=True, slots=True)
class Similar:
    """A public contribution that says something similar."""

    id: UUID
    title: str
    rated_for: int
    comment_count: int


def fingerprint(contribution_id: UUID, version: Version) -> str:
    """SHA-256 in hex over UTF-8 lines, as docs/fingerprints.md writes them down: it never changes its form."""
    lines = (
        "civic contribution 1",
        str(contribution_id),
        str(version.number),
        rfc3339(version.create_time),
        version.words.title,
        version.words.text,
    )
    return sha256("\n".join(lines).encode()).hexdigest()
