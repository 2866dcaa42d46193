"""Specimens: their values, and what staff may do with them."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from civic_chassis.kernel.text import Violations

TITLE_MIN = 3
TITLE_MAX = 200
TEXT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Words:
    """What staff says about a specimen, checked."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A specimen."""

    id: UUID
    tenant: str
    row_version: int
    create_time: datetime
    update_time: datetime
    words: Words


def checked(title: str, text: str) -> Words:
    """Raises INVALID_ARGUMENT naming every wrong field."""
    found = Violations()
    words = Words(
        found.line(title, "title", min=TITLE_MIN, max=TITLE_MAX),
        found.text(text, "text", min=0, max=TEXT_MAX),
    )
    found.check()
    return words


def added(specimen_id: UUID, *, tenant: str, words: Words, at: datetime) -> Specimen:
    """A new specimen."""
    return Specimen(id=specimen_id, tenant=tenant, row_version=1, create_time=at, update_time=at, words=words)


def edited(specimen: Specimen, *, title: str | None, text: str | None, at: datetime) -> Specimen:
    """The specimen with new words, None keeping the old ones; the same specimen where nothing is new.

    Raises INVALID_ARGUMENT.
    """
    old = specimen.words
    words = checked(old.title if title is None else title, old.text if text is None else text)
    if words == old:
        return specimen
    return replace(specimen, words=words, row_version=specimen.row_version + 1, update_time=at)
