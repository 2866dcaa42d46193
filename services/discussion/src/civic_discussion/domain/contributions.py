"""Contributions and their ratings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from civic_chassis.kernel.text import Violations
from civic_participation.domain.anchors import Anchor, checked_anchor
from civic_participation.domain.places import Bounds, Place, Point, checked_place

from civic_discussion.domain import errors
from civic_discussion.domain.answers import Answer
from civic_discussion.domain.settings import TEXT_MAX, Choice, PlaceMode, Preset, Settings

TITLE_MIN = 3
TITLE_MAX = 200


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which contributions a list holds; what is empty leaves nothing out. A section is one of the object's; in the
    `box` lie those with a pin."""

    category: str = ""
    label: str = ""
    object_id: str = ""
    section: str = ""
    box: Bounds | None = None


ALL = Only()


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A contribution's pin, or the middle of several; id and title are those of one alone."""

    point: Point
    count: int
    id: UUID | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class ContributionMap:
    """Points, the rectangle around them, how many contributions they stand for, and whether there are more."""

    points: Sequence[MapPoint] = ()
    around: Bounds | None = None
    placed: int = 0
    more: bool = False


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


@dataclass(frozen=True, slots=True)
class Words:
    """Title and text as a person typed them, made regular."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person hands in, unchecked."""

    title: str
    text: str
    category: str = ""
    labels: tuple[str, ...] = ()
    place: Place | None = None
    anchor: Anchor | None = None
    hide_name: bool = False
    attachments: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a contribution says, checked."""

    words: Words
    category: str = ""
    labels: tuple[str, ...] = ()
    place: Place | None = None
    anchor: Anchor | None = None


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


def words(title: str, text: str) -> Words:
    """Raises INVALID_ARGUMENT naming title and text."""
    found = Violations()
    made = _words(title, text, found)
    found.check()
    return made


def checked(given: Given, bounds: Bounds) -> Content:
    """Raises INVALID_ARGUMENT naming every wrong field, as far as that can be said without the topic."""
    found = Violations()
    content = Content(
        words=_words(given.title, given.text, found),
        category=given.category,
        labels=given.labels,
        place=checked_place(given.place, bounds, found),
        anchor=checked_anchor(given.anchor, found),
    )
    found.check()
    return content


def fitting(content: Content, settings: Settings, *, new: bool = False) -> Content:
    """The content with its labels in the topic's order. Raises INVALID_ARGUMENT for what the topic does not take.

    A new contribution to a text names a section; one that was moved there may have none.
    """
    found = Violations()
    size = len(content.words.text)
    if size > settings.max_text:
        limits = {"max": str(settings.max_text), "actual": str(size)}
        found.add("text", "TOO_LONG", f"must have at most {settings.max_text} characters", **limits)
    categories = _keys(settings.categories)
    if content.category and content.category not in categories:
        found.add("category", "NOT_ALLOWED", "the topic has no such category", allowed=", ".join(categories) or "–")
    if settings.category_required and not content.category:
        found.add("category", "REQUIRED", "the topic wants a category")
    labels = _keys(settings.labels)
    if not set(content.labels) <= set(labels):
        found.add("labels", "NOT_ALLOWED", "the topic has no such label", allowed=", ".join(labels) or "–")
    if new and settings.preset is Preset.TEXT and (content.anchor is None or not content.anchor.section):
        found.add("anchor.section", "REQUIRED", "the topic wants a section of its text")
    if content.place is None and settings.place is PlaceMode.REQUIRED:
        found.add("place", "REQUIRED", "the topic wants a place")
    if content.place is not None and settings.place is PlaceMode.NONE:
        found.add("place", "UNWANTED", "the topic takes no places")
    found.check()
    return replace(content, labels=tuple(label for label in labels if label in content.labels))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an author wants to change: None leaves a value, an empty place takes the place away."""

    title: str | None = None
    text: str | None = None
    category: str | None = None
    place: Place | None = None
    attachments: tuple[UUID, ...] | None = None


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
    content = contribution.content
    category = content.category if content.category in _keys(settings.categories) else ""
    labels = tuple(label for label in _keys(settings.labels) if label in content.labels)
    content = replace(content, category=category, labels=labels)
    return replace(contribution, content=content, row_version=contribution.row_version + 1)


def _words(title: str, text: str, found: Violations) -> Words:
    return Words(
        found.line(title, "title", min=TITLE_MIN, max=TITLE_MAX), found.text(text, "text", min=1, max=TEXT_MAX)
    )


def _check_still_open(contribution: Contribution, settings: Settings, at: datetime) -> None:
    if settings.edit_minutes:
        if at - contribution.create_time > timedelta(minutes=settings.edit_minutes):
            raise errors.contribution_fixed()
    elif contribution.comment_count:
        raise errors.contribution_fixed()


def _keys(choices: tuple[Choice, ...]) -> tuple[str, ...]:
    return tuple(choice.key for choice in choices)
