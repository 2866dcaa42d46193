"""Topics: their values, and what staff may do with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from civic_chassis.kernel import text
from civic_participation.domain.places import Site

from civic_discussion.domain import errors
from civic_discussion.domain.answers import Outcome
from civic_discussion.domain.phases import YEARS, Phase, Schedule, in_range
from civic_discussion.domain.settings import DEFAULT, Settings

# How much longer a topic without an outcome stays out of the archive, again and again.
ARCHIVE_GRACE = timedelta(days=30)
# So long before, it is looked whether there is an outcome: a phase follows the clock alone, so at the instant itself
# it would be too late.
ARCHIVE_AHEAD = timedelta(hours=1)
REASON_MIN = 3
REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class TopicTexts:
    """Texts in one language; `text` is Markdown, and empty in lists."""

    title: str
    teaser: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff says about a topic, checked."""

    texts: TopicTexts
    translations: Mapping[str, TopicTexts]
    schedule: Schedule
    names_public: bool
    settings: Settings = DEFAULT
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """One move of the end, shown to everybody."""

    create_time: datetime
    previous_end_time: datetime
    end_time: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was handed in."""

    contributions: int = 0
    comments: int = 0
    ratings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic; counts do not belong to its version."""

    id: UUID
    tenant: str
    row_version: int
    create_time: datetime
    update_time: datetime
    texts: TopicTexts
    translations: Mapping[str, TopicTexts]
    published: bool
    schedule: Schedule
    names_public: bool
    settings: Settings = DEFAULT
    site: Site | None = None
    outcome: Outcome | None = None
    extensions: tuple[Extension, ...] = ()
    end_reason: str = ""
    counts: Counts = Counts()

    def phase_at(self, instant: datetime) -> Phase:
        return self.schedule.phase_at(instant)


@dataclass(frozen=True, slots=True)
class Frame:
    """What handing something in needs to know of a topic."""

    topic_id: UUID
    title: str
    published: bool
    schedule: Schedule
    names_public: bool
    settings: Settings


def drafted(topic_id: UUID, *, tenant: str, draft: Draft, at: datetime) -> Topic:
    """A new draft."""
    return Topic(
        id=topic_id,
        tenant=tenant,
        row_version=1,
        create_time=at,
        update_time=at,
        texts=draft.texts,
        translations=draft.translations,
        published=False,
        schedule=draft.schedule,
        names_public=draft.names_public,
        settings=draft.settings,
        site=draft.site,
    )


def edited(topic: Topic, draft: Draft, *, at: datetime) -> Topic:
    """The topic with staff's new values; the same topic where nothing is new.

    Raises TOPIC_DATES_FIXED, TOPIC_PRESET_FIXED, TOPIC_CLOSED_FIXED, or TOPIC_OUTCOME_MISSING where it is to go into
    the archive and nobody told what became of it.

    The archive time of a published topic may move, its start and end may not.
    """
    old, new = topic.schedule, draft.schedule
    if topic.published and (old.start_time, old.end_time) != (new.start_time, new.end_time):
        raise errors.topic_dates_fixed()
    if topic.published and topic.settings.closed is not draft.settings.closed:
        raise errors.topic_closed_fixed()
    if topic.settings.preset is not draft.settings.preset and topic.counts != Counts():
        raise errors.topic_preset_fixed()
    into_archive = old.archive_time != new.archive_time and new.archive_time <= at
    if topic.published and into_archive and topic.outcome is None:
        raise errors.topic_outcome_missing()
    changed = replace(
        topic,
        texts=draft.texts,
        translations=draft.translations,
        schedule=new,
        names_public=draft.names_public,
        settings=draft.settings,
        site=draft.site,
    )
    return _next(topic, changed, at)


def published(topic: Topic, *, at: datetime) -> Topic:
    """The topic as everybody sees it; a published one stays as it is. Raises TOPIC_ENDED for a draft that is over."""
    if topic.published:
        return topic
    if at >= topic.schedule.end_time:
        raise errors.topic_ended(topic.schedule.end_time)
    return _next(topic, replace(topic, published=True), at)


def extended(topic: Topic, *, end_time: datetime | None, reason: str, at: datetime) -> Topic:
    """The topic with a later end, also where it had ended: then it takes contributions again.

    Raises TOPIC_NOT_PUBLISHED, or INVALID_ARGUMENT naming end_time or reason.
    """
    if not topic.published:
        raise errors.topic_not_published()
    found = text.Violations()
    reason = found.text(reason, "reason", min=REASON_MIN, max=REASON_MAX)
    previous = topic.schedule.end_time
    if end_time is None:
        found.add("end_time", "REQUIRED", "must be given")
    elif end_time <= (earliest := max(previous, at, topic.schedule.start_time)):
        found.add("end_time", "NOT_AFTER", "must be later", after=errors.rfc3339(earliest))
    elif not in_range(end_time):
        found.add("end_time", "YEAR_OUT_OF_RANGE", "the year is out of range", **YEARS)
    found.check()
    assert end_time is not None  # noqa: S101 - checked above, for the type checker
    extension = Extension(at, previous, end_time, reason)
    changed = replace(
        topic,
        schedule=topic.schedule.with_end(end_time),
        extensions=(*topic.extensions, extension),
        end_reason="",
    )
    return _next(topic, changed, at)


def ended(topic: Topic, *, reason: str, at: datetime) -> Topic:
    """The topic with its end at this instant. Raises TOPIC_NOT_PUBLISHED, TOPIC_ENDED, or INVALID_ARGUMENT."""
    if not topic.published:
        raise errors.topic_not_published()
    if at >= topic.schedule.end_time:
        raise errors.topic_ended(topic.schedule.end_time)
    reason = text.clean_text(reason, "reason", min=REASON_MIN, max=REASON_MAX)
    return _next(topic, replace(topic, schedule=topic.schedule.with_end(at), end_reason=reason), at)


def with_outcome(topic: Topic, outcome: Outcome) -> Topic:
    """The topic with what became of it. Raises TOPIC_NOT_PUBLISHED or TOPIC_NOT_ENDED."""
    if not topic.published:
        raise errors.topic_not_published()
    if outcome.time < topic.schedule.end_time:
        raise errors.topic_not_ended(topic.schedule.end_time)
    if topic.outcome is not None and topic.outcome.texts == outcome.texts:
        return topic
    return _next(topic, replace(topic, outcome=outcome), outcome.time)


def archive_check_time(topic: Topic, *, at: datetime) -> datetime | None:
    """When to look whether the topic may go into the archive; None where nothing hinders it."""
    return max(topic.schedule.archive_time - ARCHIVE_AHEAD, at) if topic.published and topic.outcome is None else None


def waiting_for_outcome(topic: Topic, *, at: datetime) -> Topic:
    """The topic; where it is about to go into the archive without an outcome, it waits outside for another month."""
    check = archive_check_time(topic, at=at)
    if check is None or check > at:
        return topic
    schedule = topic.schedule
    later = Schedule(schedule.start_time, schedule.end_time, max(at, schedule.archive_time) + ARCHIVE_GRACE)
    return _next(topic, replace(topic, schedule=later), at)


def _next(topic: Topic, changed: Topic, at: datetime) -> Topic:
    if changed == topic:
        return topic
    return replace(changed, row_version=topic.row_version + 1, update_time=at)
