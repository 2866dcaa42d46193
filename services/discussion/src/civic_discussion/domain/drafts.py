"""What staff may say about a topic: limits of texts, languages and dates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from civic_chassis.kernel.text import Violations
from civic_participation.domain.places import Bounds, Site, checked_site

from civic_discussion.domain import settings
from civic_discussion.domain.errors import rfc3339
from civic_discussion.domain.phases import YEARS, Schedule, default_archive_time, in_range
from civic_discussion.domain.settings import Settings
from civic_discussion.domain.topics import Draft, TopicTexts

TITLE_MIN = 3
TITLE_MAX = 200
TEASER_MAX = 400
TEXT_MAX = 50_000
MAX_TRANSLATIONS = 20
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MAIN_LANGUAGE = "de"


@dataclass(frozen=True, slots=True)
class DraftInput:
    """What staff sent, unchecked; a time is None where it was absent."""

    texts: TopicTexts
    translations: Mapping[str, TopicTexts]
    start_time: datetime | None
    end_time: datetime | None
    archive_time: datetime | None
    names_public: bool
    settings: Settings
    site: Site | None = None


def checked(given: DraftInput, bounds: Bounds) -> Draft:
    """The draft with regular texts, a complete schedule, and a site within the bounds.

    Raises INVALID_ARGUMENT naming every wrong field.
    """
    found = Violations()
    texts = _texts(given.texts, "topic.texts", found)
    translations = _translations(given.translations, found)
    schedule = _schedule(given, found)
    chosen = settings.checked(given.settings, found)
    site = checked_site(given.site, bounds, found, "topic.site")
    found.check()
    assert schedule is not None  # noqa: S101 - a missing time is a violation
    return Draft(texts, translations, schedule, given.names_public, chosen, site)


def _texts(given: TopicTexts, field: str, found: Violations) -> TopicTexts:
    return TopicTexts(
        title=found.line(given.title, f"{field}.title", min=TITLE_MIN, max=TITLE_MAX),
        teaser=found.text(given.teaser, f"{field}.teaser", min=0, max=TEASER_MAX),
        text=found.text(given.text, f"{field}.text", min=0, max=TEXT_MAX),
    )


def _translations(given: Mapping[str, TopicTexts], found: Violations) -> Mapping[str, TopicTexts]:
    if len(given) > MAX_TRANSLATIONS:
        found.add(
            "topic.translations",
            "OUT_OF_RANGE",
            "too many languages",
            min="0",
            max=str(MAX_TRANSLATIONS),
        )
        return {}
    translations = {}
    for language, texts in sorted(given.items()):
        if not _LANGUAGE.fullmatch(language) or language == _MAIN_LANGUAGE:
            found.add("topic.translations", "MALFORMED", "a key is no code of a further language")
            continue
        translations[language] = _texts(texts, f"topic.translations.{language}", found)
    return translations


def _schedule(given: DraftInput, found: Violations) -> Schedule | None:
    start = _time(given.start_time, "topic.start_time", found)
    end = _time(given.end_time, "topic.end_time", found)
    archive = _time(given.archive_time, "topic.archive_time", found) if given.archive_time is not None else None
    if start is None or end is None:
        return None
    if end <= start:
        found.add("topic.end_time", "NOT_AFTER", "must be later than start_time", after=rfc3339(start))
        return None
    if archive is not None and archive < end:
        found.add("topic.archive_time", "TOO_EARLY", "must not be before end_time", earliest=rfc3339(end))
    return Schedule(start, end, archive or default_archive_time(end))


def _time(given: datetime | None, field: str, found: Violations) -> datetime | None:
    if given is None:
        found.add(field, "REQUIRED", "must be given")
        return None
    if not in_range(given):
        found.add(field, "YEAR_OUT_OF_RANGE", "the year is out of range", **YEARS)
        return None
    return given
