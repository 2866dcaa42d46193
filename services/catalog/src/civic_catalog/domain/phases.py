"""Phases of an offer, computed from its dates and an instant."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

# What has no end, or is never archived, has one that nobody lives to see: so every date can be compared.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Phase(StrEnum):
    """Where an offer stands."""

    ACTIVE = "active"
    ANNOUNCED = "announced"
    ENDED = "ended"
    ARCHIVED = "archived"


# The order of lists: what is running first, soonest end first; then what comes, soonest start first; then what is over,
# latest end first, and at last what was archived last.
RANKS = (Phase.ACTIVE, Phase.ANNOUNCED, Phase.ENDED, Phase.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The instants at which phases begin; each is the first instant of its phase."""

    start_time: datetime
    end_time: datetime
    archive_time: datetime

    def phase_at(self, instant: datetime) -> Phase:
        if instant >= self.archive_time:
            return Phase.ARCHIVED
        if instant >= self.end_time:
            return Phase.ENDED
        return Phase.ACTIVE if instant >= self.start_time else Phase.ANNOUNCED
