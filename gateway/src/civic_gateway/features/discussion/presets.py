"""What a Dialog is for, as its pages show it: the text that leads, the support that initiatives have."""

from __future__ import annotations

from dataclasses import dataclass

from civic.discussion.v1 import contribution_pb2, object_pb2, topic_pb2
from starlette.requests import Request

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.contribution_calls import Contribution
from civic_gateway.features.discussion.object_views import ObjectView, object_view
from civic_gateway.features.discussion.settings_schema import PRESETS
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import moment, period_of, topic_path
from civic_gateway.web import phases
from civic_gateway.web.i18n import Words

TEXT = "text"
RANKING = "ranking"
INITIATIVE = "initiative"


@dataclass(frozen=True, slots=True)
class SupportView:
    """How many support an initiative. `goal` is 0 where there is none; `share` of it in percent, at most 100."""

    count: int
    goal: int
    share: int
    sentence: str
    reached: str
    mine: bool


def preset_of(topic: Topic) -> str:
    """The preset's name."""
    return PRESETS.get(topic.settings.preset, "ideas")


def support_of(words: Words, topic: Topic, found: Contribution) -> SupportView | None:
    """None where people rate."""
    if preset_of(topic) != INITIATIVE:
        return None
    count, reached = getattr(found.ratings, "for"), found.goal_reached
    has_reached = found.HasField("goal_reached")
    goal = reached.goal if has_reached else topic.settings.support_goal
    return SupportView(
        count=count,
        goal=goal,
        share=min(100, count * 100 // goal) if goal else 0,
        sentence=_sentence(words, topic, count, goal),
        reached=words.text("presets.reached", count=goal, when=words.day(moment(reached.reach_time)))
        if has_reached
        else "",
        mine=found.my_rating == contribution_pb2.RATING_VALUE_FOR,
    )


async def leading_text(request: Request, topic: Topic, objects: list[ObjectView]) -> ObjectView | None:
    """The structured text with which the page of a Dialog on a text begins, with its sections."""
    if topic.settings.preset != topic_pb2.TOPIC_PRESET_TEXT:
        return None
    key = next((each.key for each in objects if each.kind == "text"), None)
    if key is None:
        return None
    context = context_of(request)
    found = await context.objects.get(await asker_of(request, topic.tenant), topic.id, key, version=0)
    return object_view(context.renderer.words(request), found, topic_path(topic))


def _sentence(words: Words, topic: Topic, count: int, goal: int) -> str:
    """`123 von 500 Unterstützungen, noch 12 Tage`; after the end how many there were."""
    period = period_of(topic)
    said = words.text("presets.of_goal", count=goal, number=count) if goal else words.text("presets.count", count=count)
    if period.phase == phases.ACTIVE:
        key = "presets.today" if period.days_left <= 0 else "presets.days"
        return words.text(key, said=said, count=max(period.days_left, 1))
    return said


def was_used(topic: Topic) -> bool:
    """Whether anybody took part: from then on its preset stays."""
    return bool(topic.contribution_count or topic.comment_count or topic.rating_count)


async def lacking_text(request: Request, topic: Topic, preset: str) -> list[str]:
    """What the check list says of a Dialog on a text that has none."""
    if preset != TEXT:
        return []
    found = await context_of(request).objects.list(await asker_of(request, topic.tenant), topic.id)
    return [] if any(each.kind == object_pb2.OBJECT_KIND_TEXT for each in found) else ["structured_text"]
