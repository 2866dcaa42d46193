"""Phases of a topic, computed from its dates and an instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Berlin")
ARCHIVE_AFTER = timedelta(days=90)
# Dates outside are typing errors, and at the ends of the calendar nothing can be computed.
YEARS = {"min": "2000", "max": "2199"}
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_LAST = _LATEST - timedelta(microseconds=1)


def in_range(instant: datetime) -> bool:
    """Whether the instant lies in the years that a topic may name."""
    return _EARLIEST <= instant < _LATEST


class Phase(StrEnum):
    """Where a topic stands."""

    ANNOUNCED = "announced"
    ACTIVE = "active"
    ENDED = "ended"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The instants at which phases begin; each is the first instant of its phase.

    A topic that staff ended before its start keeps the start that was announced: then start_time lies after end_time.
    """

    start_time: datetime
    end_time: datetime
    archive_time: datetime

    def phase_at(self, instant: datetime) -> Phase:
        if instant >= self.archive_time:
            return Phase.ARCHIVED
        if instant >= self.end_time:
            return Phase.ENDED
        return Phase.ACTIVE if instant >= self.start_time else Phase.ANNOUNCED

    def begin_of(self, phase: Phase) -> datetime | None:
        """When the clock moves the topic into the phase; None for a phase that never comes."""
        match phase:
            case Phase.ACTIVE:
                return self.start_time if self.start_time < self.end_time else None
            case Phase.ENDED:
                return self.end_time
            case Phase.ARCHIVED:
                return self.archive_time
            case Phase.ANNOUNCED:
                return None

    def with_end(self, end_time: datetime) -> "Schedule":
        """The schedule with another end. The archive keeps its distance: 90 days where nobody chose another one."""
        if self.archive_time == default_archive_time(self.end_time):
            return Schedule(self.start_time, end_time, default_archive_time(end_time))
        return Schedule(self.start_time, end_time, min(end_time + (self.archive_time - self.end_time), _LAST))


def default_archive_time(end_time: datetime) -> datetime:
    """90 days later at the same time of day in Europe/Berlin, also across a change of the clocks.

    Never outside of the years that a topic may name: what is computed here may be sent back as it is.
    """
    return min((end_time.astimezone(LOCAL) + ARCHIVE_AFTER).astimezone(UTC), _LAST)


def due_times(before: Schedule | None, after: Schedule, at: datetime) -> Mapping[Phase, datetime | None]:
    """When each phase is still to begin after a change at the instant `at`; None where it is not.

    A phase that had not begun before the change and lies in the past after it begins at once. `before` is None for a
    topic that was a draft: what began before its publication is part of the publication.
    """
    due: dict[Phase, datetime | None] = {}
    for phase in (Phase.ACTIVE, Phase.ENDED, Phase.ARCHIVED):
        begin = after.begin_of(phase)
        earlier = before.begin_of(phase) if before is not None else None
        awaited = earlier is not None and earlier > at
        due[phase] = begin if begin is not None and (begin > at or awaited) else None
    return due
