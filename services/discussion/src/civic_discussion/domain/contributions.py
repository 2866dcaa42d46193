"""Contributions and their ratings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from civic_participation.domain.places import Bounds

from civic_discussion.domain import errors
from civic_discussion.domain.answers import Answer
from civic_discussion.domain.content import Change, Content, Given, checked, fitting, kept_in
from civic_discussion.domain.settings import Settings


class Rating(StrEnum):
    """What a person thinks of a contribution."""

    FOR = "for"
    NEUTRAL = "neutral"
    AGAINST = "against"


class State(StrEnum):
    """Whether a contribution can be seen: everybody finds published ones, author and staff the others too."""

    PUBLISHED = "published"
    HELD = "held"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many persons rated which way."""

    in_favour: int = 0
    neutral: int = 0
    against: int = 0


@dataclass(frozen=True, slots=True)
class GoalReached:
    """An initiative has as many supporters as it wanted; it stays so."""

    goal: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """A contribution as one caller may see it; `author_name` is None where it is hidden from them."""

    id: UUID
    tenant: str
    topic_id: UUID
    row_version: int
    create_time: datetime
    update_time: datetime
    content: Content
    state: State
    author_name: str | None
    tally: Tally
    comment_count: int
    mine: bool
    my_rating: Rating | None
    answer: Answer | None = None
    merged_into: UUID | None = None
    goal_reached: GoalReached | None = None
    # As `Attachment.as_json` shows them.
    attachments: tuple[Mapping[str, Any], ...] = ()


def written(
    contribution_id: UUID,
    *,
    tenant: str,
    topic_id: UUID,
    content: Content,
    state: State,
    author_name: str,
    at: datetime,
    attachments: tuple[Mapping[str, Any], ...] = (),
) -> Contribution:
    """A new contribution as its author sees it."""
    return Contribution(
        id=contribution_id,
        tenant=tenant,
        topic_id=topic_id,
        row_version=1,
        create_time=at,
        update_time=at,
        content=content,
        state=state,
        author_name=author_name,
        tally=Tally(),
        comment_count=0,
        mine=True,
        my_rating=None,
        attachments=attachments,
    )


def changed(
    contribution: Contribution,
    change: Change,
    settings: Settings,
    bounds: Bounds,
    *,
    at: datetime,
    attachments: tuple[Mapping[str, Any], ...] | None = None,
) -> Contribution:
    """The contribution with its new content; the same contribution comes back where nothing is new.

    Raises NOT_THE_AUTHOR, CONTRIBUTION_NOT_PUBLIC, CONTRIBUTION_FIXED or INVALID_ARGUMENT.
    """
    require_changeable(contribution, settings, at=at)
    old = contribution.content
    given = Given(
        title=old.words.title if change.title is None else change.title,
        text=old.words.text if change.text is None else change.text,
        category=old.category if change.category is None else change.category,
        labels=old.labels,
        place=old.place if change.place is None else change.place,
        anchor=old.anchor,
    )
    content = checked(given, bounds)
    files = contribution.attachments if attachments is None else attachments
    if content == old and files == contribution.attachments:
        return contribution
    content = fitting(content, settings)
    return replace(
        contribution, content=content, attachments=files, row_version=contribution.row_version + 1, update_time=at
    )


def require_changeable(contribution: Contribution, settings: Settings, *, at: datetime) -> None:
    """Raises NOT_THE_AUTHOR, CONTRIBUTION_NOT_PUBLIC or CONTRIBUTION_FIXED."""
    if not contribution.mine:
        raise errors.not_the_author()
    if contribution.state not in (State.PUBLISHED, State.HELD):
        raise errors.contribution_not_public()
    _check_still_open(contribution, settings, at)


def withdrawn(contribution: Contribution) -> Contribution:
    """The contribution as its author takes it back; a withdrawn one stays as it is.

    Raises NOT_THE_AUTHOR or CONTRIBUTION_NOT_PUBLIC.
    """
    if not contribution.mine:
        raise errors.not_the_author()
    if contribution.state is State.WITHDRAWN:
        return contribution
    if contribution.state not in (State.PUBLISHED, State.HELD):
        raise errors.contribution_not_public()
    return replace(contribution, state=State.WITHDRAWN, row_version=contribution.row_version + 1)


def with_answer(contribution: Contribution, answer: Answer) -> Contribution:
    """The contribution with the office's answer. Raises CONTRIBUTION_NOT_PUBLIC."""
    if contribution.state is not State.PUBLISHED:
        raise errors.contribution_not_public()
    return replace(contribution, answer=answer, row_version=contribution.row_version + 1)


def at_home_in(contribution: Contribution, settings: Settings) -> Contribution:
    """The contribution as another topic takes it over: categories and labels that this one has not are left behind."""
    content = kept_in(contribution.content, settings)
    return replace(contribution, content=content, row_version=contribution.row_version + 1)


def _check_still_open(contribution: Contribution, settings: Settings, at: datetime) -> None:
    if settings.edit_minutes:
        if at - contribution.create_time > timedelta(minutes=settings.edit_minutes):
            raise errors.contribution_fixed()
    elif contribution.comment_count:
        raise errors.contribution_fixed()
