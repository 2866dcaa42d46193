"""The form of statistics in the JSON API."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from civic_gateway.features.discussion.contribution_schema import Ratings, StateName
from civic_gateway.features.discussion.schema_parts import Shown, Uuid
from civic_gateway.validation import Instant

Scope = Literal["all", "public"]


class Counted(Shown):
    """How much was handed in."""

    contribution_count: int = Field(examples=[12], description="Published contributions")
    comment_count: int = Field(examples=[31], description="Published comments on them, replies included")
    rating_count: int = Field(examples=[107], description="Ratings of them")


class DayCount(Shown):
    """What was handed in on one day."""

    day: str = Field(examples=["2026-11-23"], description="In Europe/Berlin")
    contribution_count: int = Field(examples=[3])
    comment_count: int = Field(examples=[7])
    rating_count: int | None = Field(examples=[12], description="Null where few persons stand behind it")


class StateCount(Shown):
    """Contributions in one state."""

    state: StateName
    contribution_count: int | None = Field(examples=[12], description="Null for 1 to 4, unless published")


class CategoryCount(Counted):
    """What stands in one category."""

    category: str | None = Field(examples=["verkehr"], description="Null for contributions without one")


class Statistics(Counted):
    """Numbers of one or many topics."""

    read_time: Instant
    suppressed: bool = Field(examples=[True], description="Whether small figures about persons are left out")
    participant_count: int | None = Field(examples=[48], description="Persons, each once; null for 1 to 4")
    ratings: Ratings
    goals_reached: int = Field(examples=[0], description="Initiatives that reached their goal")
    days: list[DayCount] = Field(description="Days on which anything was handed in, oldest first")
    states: list[StateCount]


class TopicStatistics(Statistics):
    """Numbers of a topic."""

    topic_id: Uuid
    categories: list[CategoryCount]


class TenantStatistics(Statistics):
    """Numbers of all published topics of a tenant."""

    tenant: str = Field(examples=["lindental"])
    topic_count: int = Field(examples=[4])


class ExportProgress(Shown):
    """How far an export is."""

    rows: int = Field(examples=[1200], description="Rows that were read")
    total: int = Field(examples=[4000], description="About as many will be read")
