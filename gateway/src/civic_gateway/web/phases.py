"""Where an offer stands, in words: how long it still runs, since when it is over, and its line of phases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from civic_gateway.web.i18n import BERLIN, Words

ANNOUNCED: Final = "announced"
ACTIVE: Final = "active"
ENDED: Final = "ended"
ARCHIVED: Final = "archived"


@dataclass(frozen=True, slots=True)
class Period:
    """When an offer takes something, and where it stands at `now`."""

    phase: str
    start: dt.datetime
    end: dt.datetime
    archive: dt.datetime
    now: dt.datetime

    @property
    def first_day(self) -> dt.date:
        """The first day in Europe/Berlin on which something is taken."""
        return self.start.astimezone(BERLIN).date()

    @property
    def last_day(self) -> dt.date:
        """The last day in Europe/Berlin on which something is taken."""
        return (self.end - dt.timedelta(microseconds=1)).astimezone(BERLIN).date()

    @property
    def days_left(self) -> int:
        """Calendar days from today to the last day."""
        return (self.last_day - self.now.astimezone(BERLIN).date()).days

    @property
    def days_to_start(self) -> int:
        """Calendar days from today to the first day."""
        return (self.first_day - self.now.astimezone(BERLIN).date()).days


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the line of phases; `state` is done, current or coming."""

    name: str
    dates: str
    state: str


def sentence(words: Words, period: Period) -> str:
    """`noch 5 Tage, bis Freitag, 12. Dezember 2026, 24 Uhr`, and the like for the other phases."""
    if period.phase == ANNOUNCED:
        key = "pages.phase.starts_today" if period.days_to_start <= 0 else "pages.phase.starts"
        return words.text(key, start=_beginning(words, period.start), count=max(period.days_to_start, 1))
    if period.phase == ACTIVE:
        key = "pages.phase.ends_today" if period.days_left <= 0 else "pages.phase.ends"
        return words.text(key, end=period.end, count=max(period.days_left, 1))
    if period.phase == ARCHIVED:
        return words.text("pages.phase.archived_since", end=period.end, archive=period.archive)
    return words.text("pages.phase.ended_since", end=period.end)


def line(words: Words, period: Period) -> tuple[Step, ...]:
    """Announcement, participation, evaluation; each with its dates."""
    current = {ANNOUNCED: 0, ACTIVE: 1, ENDED: 2, ARCHIVED: 2}[period.phase]
    dates = (
        words.text("pages.phase.line.until", day=_beginning(words, period.start)),
        words.text("pages.phase.line.period", start=_beginning(words, period.start), end=period.end),
        words.text("pages.phase.line.from", end=period.end),
    )
    names = ("announcement", "participation", "evaluation")
    return tuple(
        Step(
            words.text(f"pages.phase.line.{name}"),
            dates[number],
            "current" if number == current else "done" if number < current else "coming",
        )
        for number, name in enumerate(names)
    )


def _beginning(words: Words, moment: dt.datetime) -> str:
    local = moment.astimezone(BERLIN)
    return words.day(local) if (local.hour, local.minute) == (0, 0) else words.instant(local)
