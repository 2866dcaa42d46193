"""Contributions and their ratings."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from civic_chassis.kernel.text import Violations

from civic_discussion.domain import errors

TITLE_MIN = 3
TITLE_MAX = 200
TEXT_MAX = 10_000


class Rating(StrEnum):
    """What a person thinks of a contribution."""

    FOR = "for"
    NEUTRAL = "neutral"
    AGAINST = "against"


class Order(StrEnum):
    """Order of a list of contributions."""

    NEWEST = "newest"
    OLDEST = "oldest"
    MOST_SUPPORTED = "most_supported"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many persons rated which way."""

    in_favour: int = 0
    neutral: int = 0
    against: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """Title and text as a person typed them, made regular."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """A contribution as one caller may see it; `author_name` is None where it is hidden from them."""

    id: UUID
    tenant: str
    topic_id: UUID
    row_version: int
    create_time: datetime
    update_time: datetime
    words: Words
    author_name: str | None
    tally: Tally
    comment_count: int
    mine: bool
    my_rating: Rating | None


def checked(title: str, text: str) -> Words:
    """Raises INVALID_ARGUMENT naming every wrong field."""
    found = Violations()
    words = Words(
        found.line(title, "title", min=TITLE_MIN, max=TITLE_MAX), found.text(text, "text", min=1, max=TEXT_MAX)
    )
    found.check()
    return words


def written(
    contribution_id: UUID, *, tenant: str, topic_id: UUID, words: Words, author_name: str, at: datetime
) -> Contribution:
    """A new contribution as its author sees it."""
    return Contribution(
        id=contribution_id,
        tenant=tenant,
        topic_id=topic_id,
        row_version=1,
        create_time=at,
        update_time=at,
        words=words,
        author_name=author_name,
        tally=Tally(),
        comment_count=0,
        mine=True,
        my_rating=None,
    )


def changed(contribution: Contribution, *, title: str | None, text: str | None, at: datetime) -> Contribution:
    """The contribution with new words; None leaves a value, and the same contribution comes back where nothing is new.

    Raises NOT_THE_AUTHOR or INVALID_ARGUMENT.
    """
    if not contribution.mine:
        raise errors.not_the_author()
    old = contribution.words
    words = checked(old.title if title is None else title, old.text if text is None else text)
    if words == old:
        return contribution
    return replace(contribution, words=words, row_version=contribution.row_version + 1, update_time=at)
