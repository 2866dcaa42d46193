"""Messages of the discussion service as the JSON API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, topic_pb2

from civic_gateway.answers import rfc3339
from civic_gateway.features.discussion.settings_schema import anchor_shown, place_shown, settings_shown
from civic_gateway.features.discussion.site_schema import site_shown
from civic_gateway.features.files.render import attachment
from civic_gateway.web.addresses import code_of

PHASES: Final[Mapping[int, str]] = {
    topic_pb2.PHASE_ANNOUNCED: "announced",
    topic_pb2.PHASE_ACTIVE: "active",
    topic_pb2.PHASE_ENDED: "ended",
    topic_pb2.PHASE_ARCHIVED: "archived",
}
RATINGS: Final[Mapping[int, str]] = {
    contribution_pb2.RATING_VALUE_FOR: "for",
    contribution_pb2.RATING_VALUE_NEUTRAL: "neutral",
    contribution_pb2.RATING_VALUE_AGAINST: "against",
}
STATES: Final[Mapping[int, str]] = {
    contribution_pb2.CONTRIBUTION_STATE_PUBLISHED: "published",
    contribution_pb2.CONTRIBUTION_STATE_HELD: "held",
    contribution_pb2.CONTRIBUTION_STATE_HIDDEN: "hidden",
    contribution_pb2.CONTRIBUTION_STATE_WITHDRAWN: "withdrawn",
    contribution_pb2.CONTRIBUTION_STATE_MERGED: "merged",
}
ANSWERS: Final[Mapping[int, str]] = {
    contribution_pb2.ANSWER_STATE_IN_REVIEW: "in_review",
    contribution_pb2.ANSWER_STATE_ACCEPTED: "accepted",
    contribution_pb2.ANSWER_STATE_PARTLY_ACCEPTED: "partly_accepted",
    contribution_pb2.ANSWER_STATE_REJECTED: "rejected",
}
ORIGINS: Final[Mapping[int, str]] = {
    contribution_pb2.ORIGIN_KIND_MERGED: "merged",
    contribution_pb2.ORIGIN_KIND_SPLIT: "split",
    contribution_pb2.ORIGIN_KIND_MOVED: "moved",
}
ORDERS: Final[Mapping[int, str]] = {
    contribution_service_pb2.CONTRIBUTION_ORDER_NEWEST: "newest",
    contribution_service_pb2.CONTRIBUTION_ORDER_OLDEST: "oldest",
    contribution_service_pb2.CONTRIBUTION_ORDER_MOST_SUPPORTED: "most_supported",
}
PARTICIPATIONS: Final[Mapping[int, str]] = {
    contribution_service_pb2.PARTICIPATION_KIND_CONTRIBUTION: "contribution",
    contribution_service_pb2.PARTICIPATION_KIND_COMMENT: "comment",
    contribution_service_pb2.PARTICIPATION_KIND_RATING: "rating",
}


def topic(message: topic_pb2.Topic, language: str, *, full: bool) -> dict[str, Any]:
    """A topic in the language, or in German where it has no such texts; `full` adds the long text."""
    chosen = message.texts
    if language in message.translations:
        chosen = message.translations[language]
    else:
        language = "de"
    shown: dict[str, Any] = {
        "id": message.id,
        "tenant": message.tenant,
        "etag": message.etag,
        "create_time": rfc3339(message.create_time),
        "update_time": rfc3339(message.update_time),
        "language": language,
        **_texts(chosen, full=full),
        "translations": {code: _texts(texts, full=full) for code, texts in sorted(message.translations.items())},
        "published": message.published,
        "phase": PHASES[message.phase],
        "start_time": rfc3339(message.start_time),
        "end_time": rfc3339(message.end_time),
        "archive_time": rfc3339(message.archive_time),
        "names_public": message.names_public,
        "contribution_count": message.contribution_count,
        "comment_count": message.comment_count,
        "rating_count": message.rating_count,
        "end_reason": message.end_reason,
    }
    if full:
        shown["settings"] = settings_shown(message.settings)
        shown["site"] = site_shown(message.site) if message.HasField("site") else None
        shown["outcome"] = _outcome(message.outcome) if message.HasField("outcome") else None
        shown["extensions"] = [
            {
                "create_time": rfc3339(extension.create_time),
                "previous_end_time": rfc3339(extension.previous_end_time),
                "end_time": rfc3339(extension.end_time),
                "reason": extension.reason,
            }
            for extension in message.extensions
        ]
    return shown


def contribution(message: contribution_pb2.Contribution) -> dict[str, Any]:
    """The same form that the service builds for lists as JSON."""
    return {
        "id": message.id,
        "topic_id": message.topic_id,
        "etag": message.etag,
        "create_time": rfc3339(message.create_time),
        "update_time": rfc3339(message.update_time),
        "title": message.title,
        "text": message.text,
        "author_name": message.author_name or None,
        "ratings": ratings(message.ratings),
        "comment_count": message.comment_count,
        "mine": message.mine,
        "my_rating": RATINGS.get(message.my_rating),
        "state": STATES.get(message.state, "published"),
        "category": message.category or None,
        "labels": list(message.labels),
        "place": place_shown(message.place) if message.HasField("place") else None,
        "anchor": anchor_shown(message.anchor) if message.HasField("anchor") else None,
        "answer": _answer(message.answer) if message.HasField("answer") else None,
        "merged_into": message.merged_into or None,
        "goal_reached": _goal_reached(message) if message.HasField("goal_reached") else None,
        "attachments": [attachment(each) for each in message.attachments],
    }


def _goal_reached(message: contribution_pb2.Contribution) -> dict[str, Any]:
    reached = message.goal_reached
    return {"goal": reached.goal, "time": rfc3339(reached.reach_time)}


def contribution_map(
    message: contribution_service_pb2.MapContributionsResponse, tenant: str, topic: str
) -> dict[str, Any]:
    """What a map of contributions shows."""
    around = message.bounding_box
    topic_path = f"/{tenant}/dialoge/{code_of(topic)}"
    return {
        "points": [
            {
                "lat": point.point.lat,
                "lon": point.point.lon,
                "count": point.count,
                "contribution": {
                    "id": point.contribution_id,
                    "title": point.title,
                    "path": f"{topic_path}/beitraege/{code_of(point.contribution_id)}",
                    "area": orjson.loads(point.area_geojson) if point.area_geojson else None,
                }
                if point.contribution_id
                else None,
            }
            for point in message.points
        ],
        "placed_count": message.placed_count,
        "more": message.more,
        "bbox": [around.west, around.south, around.east, around.north] if message.HasField("bounding_box") else None,
    }


def version(message: contribution_pb2.ContributionVersion) -> dict[str, Any]:
    """One version of a contribution's words."""
    return {
        "version": message.version,
        "create_time": rfc3339(message.create_time),
        "title": message.title,
        "text": message.text,
        "fingerprint": message.fingerprint,
    }


def origin(message: contribution_pb2.Origin) -> dict[str, Any]:
    """Where a contribution comes from."""
    return {
        "kind": ORIGINS[message.kind],
        "id": message.id,
        "title": message.title or None,
        "create_time": rfc3339(message.create_time),
    }


def similar(message: contribution_service_pb2.SimilarContribution) -> dict[str, Any]:
    """A contribution that says something similar."""
    return {
        "id": message.id,
        "title": message.title,
        "rated_for": message.rated_for,
        "comment_count": message.comment_count,
    }


def _answer(message: contribution_pb2.Answer) -> dict[str, Any]:
    return {"text": message.text, "time": rfc3339(message.answer_time), "state": ANSWERS[message.state]}


def comment(message: contribution_pb2.Comment) -> dict[str, Any]:
    """The same form that the service builds for lists as JSON."""
    return {
        "id": message.id,
        "contribution_id": message.contribution_id,
        "parent_id": message.parent_id or None,
        "etag": message.etag,
        "create_time": rfc3339(message.create_time),
        "text": message.text,
        "author_name": message.author_name or None,
        "depth": message.depth,
        "mine": message.mine,
        "state": STATES.get(message.state, "published"),
    }


def ratings(tally: contribution_pb2.RatingTally) -> dict[str, int]:
    """How many rated which way."""
    return {"for": getattr(tally, "for"), "neutral": tally.neutral, "against": tally.against}


def participation(entry: contribution_service_pb2.Participation) -> dict[str, Any]:
    """One thing that a person did."""
    return {
        "id": entry.id,
        "kind": PARTICIPATIONS[entry.kind],
        "tenant": entry.tenant,
        "topic_id": entry.topic_id,
        "topic_title": entry.topic_title,
        "contribution_id": entry.contribution_id,
        "contribution_title": entry.contribution_title,
        "create_time": rfc3339(entry.create_time),
        "state": STATES.get(entry.state, "published"),
    }


def _outcome(message: topic_pb2.Outcome) -> dict[str, Any]:
    return {"texts": dict(sorted(message.texts.items())), "time": rfc3339(message.outcome_time)}


def _texts(texts: topic_pb2.TopicTexts, *, full: bool) -> dict[str, str]:
    shown = {"title": texts.title, "teaser": texts.teaser}
    if full:
        shown["text"] = texts.text
    return shown
