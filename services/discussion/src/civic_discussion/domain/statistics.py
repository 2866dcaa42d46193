"""Numbers of topics and tenants, and which of them are too small to be told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

from civic_discussion.domain.contributions import State, Tally

# A figure about fewer persons is not told.
FEW = 5


@dataclass(frozen=True, slots=True)
class Totals:
    """How much was handed in."""

    contributions: int = 0
    comments: int = 0
    ratings: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """What was handed in on one day; `ratings` is None where it is not told."""

    day: str
    contributions: int
    comments: int
    ratings: int | None


@dataclass(frozen=True, slots=True)
class Category:
    """What stands in one category, '' for none."""

    key: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class InState:
    """Contributions in one state; None where it is not told."""

    state: State
    contributions: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Numbers of one or many topics; `participants` is None where it is not told."""

    totals: Totals
    participants: int | None
    tally: Tally
    days: Sequence[Day]
    categories: Sequence[Category]
    states: Sequence[InState]
    topics: int
    read_time: datetime
    suppressed: bool = False
    goals_reached: int = 0


def told(counted: Statistics) -> Statistics:
    """The numbers as everybody may know them.

    Contributions and comments are public one by one, so counting them tells nothing. Who rated is nobody's business:
    their number on a day is told from FEW on. The sum over all days is public, so that the days that are not told
    together hold FEW ratings at least, on two days at least.
    """
    ratings = _told([day.ratings or 0 for day in counted.days])
    states = [
        each if each.state is State.PUBLISHED else replace(each, contributions=_from_few(each.contributions))
        for each in counted.states
    ]
    return replace(
        counted,
        participants=_from_few(counted.participants),
        days=[replace(day, ratings=number) for day, number in zip(counted.days, ratings, strict=True)],
        states=states,
        suppressed=True,
    )


def _from_few(number: int | None) -> int | None:
    """None alone tells that somebody is there; zero tells nothing of anybody."""
    return None if number is not None and 0 < number < FEW else number


def _told(numbers: Sequence[int]) -> list[int | None]:
    """The parts of a known sum: small ones hidden, and as many of the next larger as it takes to hide those."""
    order = sorted((index for index, number in enumerate(numbers) if number), key=lambda index: numbers[index])
    small = sum(1 for index in order if numbers[index] < FEW)
    if not small:
        return list(numbers)
    sums = list(accumulate(numbers[index] for index in order))
    hidden = small
    while hidden < len(order) and (hidden < 2 or sums[hidden - 1] < FEW):
        hidden += 1
    kept: list[int | None] = list(numbers)
    for index in order[:hidden]:
        kept[index] = None
    return kept
