"""Lists as JSON hold what lists as messages hold, value by value."""

import json
from collections import defaultdict
from datetime import UTC, timedelta
from typing import Any

import pytest
from civic.common.v1 import place_pb2
from civic.common.v1.page_pb2 import REPRESENTATION_JSON, REPRESENTATION_MESSAGES
from civic.discussion.v1 import contribution_pb2, object_pb2, topic_pb2
from civic.discussion.v1.comment_service_pb2 import ListCommentsRequest
from civic.discussion.v1.contribution_service_pb2 import ListContributionsRequest
from civic_chassis.testing.service import Person
from google.protobuf.timestamp_pb2 import Timestamp

from tests.service.discussion.conftest import ANNA, BORA, Portal

RATINGS = {0: None, 1: "for", 2: "neutral", 3: "against"}
TEXTS = [
    "Einfach.",
    'Zeile eins\nZeile zwei\tmit "Anführung" und \\ und /',
    "<script>alert('x')</script> & </p>",
    "👩‍👩‍👧‍👦 مرحبا שלום \u2028 ende",
    "null true 1e9 \\u0000 {} []",
]


# What a contribution may name beside its text, by its number.
WHERE: dict[int, dict[str, Any]] = defaultdict(
    dict,
    {
        0: {
            "place": place_pb2.Place(point=place_pb2.Point(lat=50.1, lon=8.6), address="Am Markt 1"),
            "anchor": place_pb2.Anchor(object_id="entwurf", section="p-2"),
        },
        1: {"category": "verkehr", "labels": ["rad", "bus"]},
    },
)


def rfc3339(moment: Timestamp) -> str:
    return moment.ToDatetime(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def contribution_json(message: contribution_pb2.Contribution, *, hidden: bool) -> dict[str, Any]:
    return {
        "id": message.id,
        "topic_id": message.topic_id,
        "etag": message.etag,
        "create_time": rfc3339(message.create_time),
        "update_time": rfc3339(message.update_time),
        "title": message.title,
        "text": message.text,
        "author_name": None if hidden else message.author_name,
        "ratings": {
            "for": getattr(message.ratings, "for"),
            "neutral": message.ratings.neutral,
            "against": message.ratings.against,
        },
        "comment_count": message.comment_count,
        "mine": message.mine,
        "my_rating": RATINGS[message.my_rating],
        "state": "published",
        "category": message.category or None,
        "labels": list(message.labels),
        "place": {"lat": 50.1, "lon": 8.6, "address": "Am Markt 1"} if message.HasField("place") else None,
        "anchor": {"object": "entwurf", "section": "p-2", "version": 1} if message.HasField("anchor") else None,
        "answer": None,
        "merged_into": None,
        "goal_reached": None,
        "attachments": [],
    }


def comment_json(message: contribution_pb2.Comment, *, hidden: bool) -> dict[str, Any]:
    return {
        "id": message.id,
        "contribution_id": message.contribution_id,
        "parent_id": message.parent_id or None,
        "etag": message.etag,
        "create_time": rfc3339(message.create_time),
        "text": message.text,
        "author_name": None if hidden else message.author_name,
        "depth": message.depth,
        "mine": message.mine,
        "state": "published",
    }


def exact(value: Any) -> str:
    """With the order of keys, so that it is the same for readers too."""
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("names_public", [True, False])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
async def test_contributions(portal: Portal, names_public: bool, order: Any) -> None:
    choices = [topic_pb2.Choice(key=key, names={"de": key}) for key in ("verkehr", "rad", "bus")]
    settings = topic_pb2.TopicSettings(categories=choices[:1], labels=choices[1:])
    topic = await portal.add_topic(names_public=names_public, settings=settings)
    sections = [object_pb2.Section(id="p-2", text="Zweiter Absatz.")]
    await portal.put_object(topic.id, "entwurf", text=object_pb2.TextContent(sections=sections))
    for number, text in enumerate(TEXTS):
        made = await portal.contribute(
            topic.id, (ANNA, BORA)[number % 2], title=f"Beitrag {number}", text=text, **WHERE[number]
        )
        value: Any = number % 3 + 1
        await portal.rate(made.id, ANNA, value)
        await portal.comment(made.id)
        portal.clock.advance(timedelta(seconds=1, microseconds=number * 1_001))
    viewers: list[Person | None] = [None, ANNA, BORA, portal.moderator]
    for caller in viewers:
        stub = portal.contributions(caller)
        for size in (2, 100):
            asked = ListContributionsRequest(topic_id=topic.id, order=order, page_size=size)
            asked.representation = REPRESENTATION_MESSAGES
            messages = await stub.ListContributions(asked)
            asked.representation = REPRESENTATION_JSON
            ready = await stub.ListContributions(asked)
            assert exact(json.loads(ready.items_json)) == exact(
                [
                    contribution_json(item, hidden=not names_public and not item.mine and caller != portal.moderator)
                    for item in messages.contributions
                ]
            )
            assert ready.next_page_token == messages.next_page_token
            assert (list(ready.contributions), messages.items_json) == ([], b"")
            assert len(messages.contributions) == min(size, len(TEXTS))


@pytest.mark.parametrize("names_public", [True, False])
async def test_comments(portal: Portal, names_public: bool) -> None:
    topic = await portal.add_topic(names_public=names_public)
    made = await portal.contribute(topic.id)
    parent = ""
    for number, text in enumerate(TEXTS):
        comment = await portal.comment(made.id, (ANNA, BORA)[number % 2], text=text, parent=parent)
        parent = comment.id if number % 2 else ""
        portal.clock.advance(timedelta(seconds=1, microseconds=number * 1_001))
    viewers: list[Person | None] = [None, ANNA, BORA, portal.moderator]
    for caller in viewers:
        stub = portal.comments(caller)
        for size in (2, 100):
            asked = ListCommentsRequest(contribution_id=made.id, page_size=size)
            messages = await stub.ListComments(asked)
            asked.representation = REPRESENTATION_JSON
            ready = await stub.ListComments(asked)
            assert exact(json.loads(ready.items_json)) == exact(
                [
                    comment_json(item, hidden=not names_public and not item.mine and caller != portal.moderator)
                    for item in messages.comments
                ]
            )
            assert ready.next_page_token == messages.next_page_token


async def test_an_empty_list_is_an_empty_array(portal: Portal) -> None:
    topic = await portal.add_topic()
    asked = ListContributionsRequest(topic_id=topic.id, representation=REPRESENTATION_JSON)
    assert (await portal.contributions().ListContributions(asked)).items_json == b"[]"
    made = await portal.contribute(topic.id)
    commented = ListCommentsRequest(contribution_id=made.id, representation=REPRESENTATION_JSON)
    assert (await portal.comments().ListComments(commented)).items_json == b"[]"
