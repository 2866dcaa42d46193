"""A list is the same whether PostgreSQL builds its JSON or the gateway renders its messages."""

import json
from typing import Any

import pytest
from civic.common.v1 import page_pb2
from civic.discussion.v1 import comment_service_pb2, contribution_pb2, contribution_service_pb2
from civic_chassis.testing.service import Person
from civic_gateway.features.discussion import render

from tests.service.discussion.conftest import ANNA, BORA, Portal, connected, database, portal

__all__ = ["connected", "database", "portal"]

# What JSON, HTML and PostgreSQL each have to escape, beyond the Basic Multilingual Plane and back.
TEXTS = (
    "Im Schatten.",
    'Zeilen\nund\tTab, "Anführung", \\Rückstrich, </script>, & und \u007e',
    "Emoji 👩‍👩‍👧‍👦 🏳️‍🌈, Kombination q\u0323\u0307, عربى, 漢字, \U0001d54f",
    "{}[]:,'`$1 %s {0}",
    "x" * 4_000,
)
VIEWERS: dict[str, Any] = {
    "nobody": lambda _: None,
    "author": lambda _: ANNA,
    "other": lambda _: BORA,
    "staff": lambda p: p.editor,
}


def lists(kind: str) -> dict[str, Any]:
    return {"representation": getattr(page_pb2, f"REPRESENTATION_{kind}"), "page_size": 100}


async def contributions(
    portal: Portal, topic_id: str, caller: Person | None, **asked: Any
) -> tuple[list[Any], list[Any]]:
    """As the gateway renders messages, and as PostgreSQL built them."""
    stub = portal.contributions(caller)
    both = [
        await stub.ListContributions(
            contribution_service_pb2.ListContributionsRequest(topic_id=topic_id, **asked, **lists(kind))
        )
        for kind in ("MESSAGES", "JSON")
    ]
    assert both[0].next_page_token == both[1].next_page_token
    assert (both[0].items_json, list(both[1].contributions)) == (b"", [])
    return [render.contribution(message) for message in both[0].contributions], json.loads(both[1].items_json)


async def comments(portal: Portal, contribution_id: str, caller: Person | None) -> tuple[list[Any], list[Any]]:
    stub = portal.comments(caller)
    both = [
        await stub.ListComments(comment_service_pb2.ListCommentsRequest(contribution_id=contribution_id, **lists(kind)))
        for kind in ("MESSAGES", "JSON")
    ]
    assert both[0].next_page_token == both[1].next_page_token
    assert (both[0].items_json, list(both[1].comments)) == (b"", [])
    return [render.comment(message) for message in both[0].comments], json.loads(both[1].items_json)


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("names_public", [True, False])
async def test_contributions(portal: Portal, names_public: bool, viewer: str) -> None:
    topic = await portal.add_topic(names_public=names_public)
    for text in TEXTS:
        made = await portal.contribute(topic.id, ANNA, text=text)
        await portal.rate(made.id, BORA, contribution_pb2.RATING_VALUE_AGAINST)
        await portal.comment(made.id)
    caller = VIEWERS[viewer](portal)
    for order in contribution_service_pb2.ContributionOrder.values():
        rendered, built = await contributions(portal, topic.id, caller, order=order)
        assert built == rendered
        assert {item["text"] for item in built} == set(TEXTS)
        assert all(list(ours) == list(theirs) for ours, theirs in zip(rendered, built, strict=True))


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("names_public", [True, False])
async def test_comments(portal: Portal, names_public: bool, viewer: str) -> None:
    topic = await portal.add_topic(names_public=names_public)
    made = await portal.contribute(topic.id)
    parent = ""
    for text in TEXTS:
        parent = (await portal.comment(made.id, ANNA, text=text, parent=parent)).id
        await portal.comment(made.id, BORA, text=text)
    rendered, built = await comments(portal, made.id, VIEWERS[viewer](portal))
    assert built == rendered
    assert len(built) == 2 * len(TEXTS)
    assert all(list(ours) == list(theirs) for ours, theirs in zip(rendered, built, strict=True))


async def test_empty_lists(portal: Portal) -> None:
    topic = await portal.add_topic()
    assert await contributions(portal, topic.id, None) == ([], [])
    made = await portal.contribute(topic.id)
    assert await comments(portal, made.id, None) == ([], [])
