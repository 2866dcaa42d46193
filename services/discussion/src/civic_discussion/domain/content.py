"""What a contribution says, as it was handed in and as it was checked."""

from dataclasses import dataclass, replace
from uuid import UUID

from civic_chassis.kernel.text import Violations
from civic_participation.domain.anchors import Anchor, checked_anchor
from civic_participation.domain.places import Bounds, Place, checked_place

from civic_discussion.domain.settings import TEXT_MAX, Choice, PlaceMode, Preset, Settings

TITLE_MIN = 3
TITLE_MAX = 200


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an author wants to change: None leaves a value, an empty place takes the place away."""

    title: str | None = None
    text: str | None = None
    category: str | None = None
    place: Place | None = None
    attachments: tuple[UUID, ...] | None = None


def kept_in(content: Content, settings: Settings) -> Content:
    """The content without a category and labels that the topic has not."""
    category = content.category if content.category in _keys(settings.categories) else ""
    labels = tuple(label for label in _keys(settings.labels) if label in content.labels)
    return replace(content, category=category, labels=labels)


def _words(title: str, text: str, found: Violations) -> Words:
    return Words(
        found.line(title, "title", min=TITLE_MIN, max=TITLE_MAX), found.text(text, "text", min=1, max=TEXT_MAX)
    )


def _keys(choices: tuple[Choice, ...]) -> tuple[str, ...]:
    return tuple(choice.key for choice in choices)
