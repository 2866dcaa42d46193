"""Dialoge as rows of the staff area: the list of all, and what waits."""

from __future__ import annotations

from typing import Any, Final

from civic_gateway.features.discussion.contribution_calls import Contribution
from civic_gateway.features.discussion.topic_calls import Topic, TopicPreset
from civic_gateway.features.discussion.views import moment, period_of, staff_path, topic_path
from civic_gateway.web import phases
from civic_gateway.web.addresses import code_of
from civic_gateway.web.i18n import Words

_SOON_DAYS: Final = 7


def ends_soon(topic: Topic) -> bool:
    """Whether it ends within a week."""
    period = period_of(topic)
    return topic.published and period.phase == phases.ACTIVE and period.days_left <= _SOON_DAYS


def row(words: Words, topic: Topic) -> dict[str, Any]:
    """What a row shows."""
    period = period_of(topic)
    age = (period.now - moment(topic.create_time)).days
    return {
        "title": topic.texts.title,
        "path": staff_path(topic),
        "public_path": topic_path(topic),
        "published": topic.published,
        "phase": period.phase,
        "sentence": phases.sentence(words, period),
        "contributions": topic.contribution_count,
        "comments": topic.comment_count,
        "ratings": topic.rating_count,
        "support": topic.settings.preset == TopicPreset.TOPIC_PRESET_INITIATIVE,
        "age": words.text("pages.staff.age", count=age) if age else words.text("pages.staff.age_today"),
    }


def due_row(words: Words, slug: str, found: Contribution) -> dict[str, Any]:
    """An initiative that reached its goal and waits for an answer."""
    return {
        "title": found.title,
        "path": f"/{slug}/verwaltung/beitraege/{code_of(found.id)}",
        "since": words.day(moment(found.goal_reached.reach_time)),
    }
