"""Statistics as the JSON API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from civic.discussion.v1 import statistics_service_pb2

from civic_gateway.answers import rfc3339
from civic_gateway.features.discussion.render import STATES, ratings
from civic_gateway.features.exports.calls import Figure, Statistics, Totals


def statistics(found: Statistics) -> dict[str, Any]:
    """Numbers of one or many topics."""
    return {
        "read_time": rfc3339(found.read_time),
        "suppressed": found.suppressed,
        "participant_count": figure(found.participants),
        **_totals(found.totals),
        "ratings": ratings(found.ratings),
        "goals_reached": found.goals_reached,
        "days": [
            {
                "day": each.day,
                "contribution_count": each.contributions,
                "comment_count": each.comments,
                "rating_count": figure(each.ratings),
            }
            for each in found.days
        ],
        "states": [
            {"state": STATES[each.state], "contribution_count": figure(each.contributions)} for each in found.states
        ],
    }


def categories(found: Sequence[statistics_service_pb2.CategoryStatistics]) -> list[dict[str, Any]]:
    """Numbers by category; null for contributions without one."""
    return [{"category": each.category or None, **_totals(each.totals)} for each in found]


def figure(found: Figure) -> int | None:
    """None where it is not told."""
    return found.value if found.HasField("value") else None


def _totals(totals: Totals) -> dict[str, int]:
    return {
        "contribution_count": totals.contributions,
        "comment_count": totals.comments,
        "rating_count": totals.ratings,
    }
