"""Which kept answers an event of the discussion service makes old, and when the clock does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from civic.discussion.v1 import discussion_events_pb2 as events
from civic.discussion.v1 import topic_pb2
from google.protobuf.message import DecodeError, Message

from civic_gateway.features.moderation.events import moderation_tag
from civic_gateway.features.tenants.events import tenant_tag

STATE_TOPICS: Final = "topics"

_Phase = topic_pb2.Phase
_MESSAGES: Final[dict[str, type[Message]]] = {
    "topic.changed": events.TopicChanged,
    "topic.phase_changed": events.TopicPhaseChanged,
    "contribution.created": events.ContributionCreated,
    "contribution.changed": events.ContributionChanged,
    "contribution.moderated": events.ContributionModerated,
    "contribution.removed": events.ContributionRemoved,
    "contribution.answered": events.ContributionAnswered,
    "comment.created": events.CommentCreated,
    "comment.moderated": events.CommentModerated,
    "rating.changed": events.RatingChanged,
    "object.changed": events.ObjectChanged,
}


def topics_tag(tenant: str) -> str:
    """Carried by lists of the tenant's topics."""
    return f"topics:{tenant}"


def topic_tag(topic_id: str) -> str:
    """Carried by the topic and by lists of its contributions."""
    return f"topic:{topic_id}"


def contribution_tag(contribution_id: str) -> str:
    """Carried by the contribution and by lists of its comments."""
    return f"contribution:{contribution_id}"


def comments_tag(tenant: str) -> str:
    """Carried by lists of comments in the tenant, which do not know their topic."""
    return f"comments:{tenant}"


def changed_tags(tenant: str, kind: str, payload: bytes) -> frozenset[str]:
    """Tags that an event makes old; `kind` is resource and verb, e.g. `comment.created`.

    Of an event that is not known here nobody can say what it changed: everything of the tenant.
    """
    message_type = _MESSAGES.get(kind)
    if message_type is None:
        return frozenset({tenant_tag(tenant), STATE_TOPICS})
    message = message_type()
    try:
        message.ParseFromString(payload)
    except DecodeError:
        return frozenset({tenant_tag(tenant), STATE_TOPICS})
    # Every list of topics shows how much there is below each of them.
    tags = {STATE_TOPICS, topics_tag(tenant), topic_tag(getattr(message, "topic_id"))}  # noqa: B009
    contribution_id = getattr(message, "contribution_id", "")
    if contribution_id:
        tags.add(contribution_tag(contribution_id))
    if kind.endswith(".moderated"):
        tags.add(moderation_tag(tenant))
    if kind == "topic.changed":
        # Names may have been hidden or shown.
        tags.add(comments_tag(tenant))
    return frozenset(tags)


def next_change(topics: Iterable[topic_pb2.Topic]) -> float:
    """The Unix time at which the first of the topics enters its next phase; infinity where none does."""
    return min((_next_phase(topic) for topic in topics), default=float("inf"))


def _next_phase(topic: topic_pb2.Topic) -> float:
    moments = {
        _Phase.PHASE_ANNOUNCED: topic.start_time,
        _Phase.PHASE_ACTIVE: topic.end_time,
        _Phase.PHASE_ENDED: topic.archive_time,
    }
    moment = moments.get(topic.phase)
    return moment.seconds + moment.nanos / 1e9 if moment is not None else float("inf")
