"""Numbers as pages show them: periods that fit a chart, bars, and the table that says the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel.dates import format_date

from civic_gateway.features.discussion.render import STATES
from civic_gateway.features.exports.calls import Figure, Statistics, TopicStatistics
from civic_gateway.features.exports.render import figure
from civic_gateway.web.i18n import Words

# So many bars can be told apart on a phone.
_BARS: Final = 62
_WEEKS: Final = 62 * 7
MEASURES: Final = ("contributions", "comments", "ratings")
# The drawing is this high and, for each bar, this wide; the page scales it.
HEIGHT: Final = 100
STEP: Final = 10
_GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Number:
    """A number and whether a part of it is not told."""

    known: int = 0
    untold: bool = False

    def __add__(self, other: Number) -> Number:
        return Number(self.known + other.known, self.untold or other.untold)

    def text(self, words: Words) -> str:
        """As a cell shows it."""
        if not self.untold:
            return words.number(self.known)
        return (
            words.text("exports.page.at_least", count=self.known) if self.known else words.text("exports.page.untold")
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, in units of the drawing; `untold` where a part of it is missing."""

    x: int
    y: int
    width: int
    height: int
    untold: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure over time; `sentence` says in words what the bars show."""

    name: str
    title: str
    sentence: str
    width: int
    bars: Sequence[Bar]
    highest: str


@dataclass(frozen=True, slots=True)
class Period:
    """One row of the table, one bar of each chart."""

    label: str
    cells: Sequence[Number]


@dataclass(frozen=True, slots=True)
class Course:
    """What was handed in over time; `by` is day, week or month."""

    by: str
    charts: Sequence[Chart]
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    first: str
    last: str


def course(words: Words, found: Statistics) -> Course | None:
    """None where nothing was handed in."""
    days = {dt.date.fromisoformat(day.day): day for day in found.days}
    if not days:
        return None
    first, last = min(days), max(days)
    by, begin, label = _division(words, (last - first).days + 1)
    periods: dict[dt.date, list[Number]] = {start: [Number()] * 3 for start in _starts(first, last, begin)}
    for date, day in days.items():
        cells = periods[begin(date)]
        added = (Number(day.contributions), Number(day.comments), _number(day.ratings))
        periods[begin(date)] = [one + other for one, other in zip(cells, added, strict=True)]
    rows = [Period(label(start), cells) for start, cells in periods.items()]
    names = [words.text(f"exports.page.{name}") for name in MEASURES]
    totals = (found.totals.contributions, found.totals.comments, found.totals.ratings)
    return Course(
        by=by,
        charts=[
            _chart(words, by, name, title, [(row.label, row.cells[place]) for row in rows], totals[place])
            for place, (name, title) in enumerate(zip(MEASURES, names, strict=True))
        ],
        head=[words.text("exports.page.period"), *names],
        # Empty periods are seen in the chart; the table would be long.
        rows=[
            (row.label, [cell.text(words) for cell in row.cells])
            for row in rows
            if any(cell.known or cell.untold for cell in row.cells)
        ],
        first=rows[0].label,
        last=rows[-1].label,
    )


def people(words: Words, found: Figure) -> str:
    """How many persons."""
    number = figure(found)
    return words.text("exports.page.few") if number is None else words.number(number)


def states(words: Words, found: Statistics) -> list[tuple[str, str]]:
    """Contributions by state, in the order of the API."""
    return [
        (words.text(f"exports.value.state.{STATES[each.state]}"), people(words, each.contributions))
        for each in found.states
    ]


def rated(words: Words, found: Statistics) -> list[tuple[str, str]]:
    """Ratings by value."""
    return [
        (words.text(f"exports.page.rated.{value}"), words.number(getattr(found.ratings, value)))
        for value in ("for", "neutral", "against")
    ]


def support(words: Words, found: Statistics) -> list[tuple[str, str]]:
    """What counts for initiatives, in place of ratings."""
    return [
        (words.text("presets.supporters"), words.number(getattr(found.ratings, "for"))),
        (words.text("presets.reached_number"), words.number(found.goals_reached)),
    ]


def categories(words: Words, found: TopicStatistics, names: Mapping[str, str]) -> list[tuple[str, Sequence[str]]]:
    """Numbers by category; none where there is no category."""
    if all(not each.category for each in found.categories):
        return []
    return [
        (
            names.get(each.category, each.category) or words.text("exports.page.no_category"),
            [words.number(getattr(each.totals, name)) for name in MEASURES],
        )
        for each in found.categories
    ]


def _number(found: Figure) -> Number:
    number = figure(found)
    return Number(0, untold=True) if number is None else Number(number)


def _division(words: Words, days: int) -> tuple[str, Callable[[dt.date], dt.date], Callable[[dt.date], str]]:
    """Into what the time is divided, where a date's part begins, and what the part is called."""
    if days <= _BARS:
        return "day", lambda date: date, words.day
    if days <= _WEEKS:
        return (
            "week",
            lambda date: date - dt.timedelta(days=date.weekday()),
            lambda date: words.day(date, weekday=False),
        )
    return "month", lambda date: date.replace(day=1), lambda date: format_date(date, "MMMM y", locale=words.language)


def _starts(first: dt.date, last: dt.date, begin: Callable[[dt.date], dt.date]) -> Sequence[dt.date]:
    every = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return list(dict.fromkeys(map(begin, every)))


def _chart(words: Words, by: str, name: str, title: str, values: Sequence[tuple[str, Number]], total: int) -> Chart:
    highest = max(number.known for _, number in values)
    sentence: dict[str, Any] = {"name": title, "count": total}
    if highest:
        sentence["day"] = next(label for label, number in values if number.known == highest)
        sentence["most"] = words.number(highest)
    key = "chart_nothing" if not highest else "chart" if by == "day" else f"chart_{by}"
    return Chart(
        name=name,
        title=title,
        sentence=words.text(f"exports.page.{key}", **sentence),
        width=len(values) * STEP,
        bars=[
            _bar(place, number, highest) for place, (_, number) in enumerate(values) if number.known or number.untold
        ],
        highest=words.number(highest) if highest else "",
    )


def _bar(place: int, number: Number, highest: int) -> Bar:
    # What is not told is marked at the foot, whatever it is.
    height = max(round(HEIGHT * number.known / highest), 2) if number.known else 2
    return Bar(place * STEP + 1, HEIGHT - height, STEP - _GAP, height, number.untold)
