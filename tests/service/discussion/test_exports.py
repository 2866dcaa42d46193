"""The rows of an export: for everybody, for staff, in pages, at one instant."""

import json
from datetime import timedelta
from typing import Any

import pytest
from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_pb2
from civic.discussion.v1.export_service_pb2 import ListExportCommentsRequest, ListExportContributionsRequest
from civic_chassis.kernel.errors import DomainError
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, BORA, CLARA, NOWHERE, Portal
from tests.service.discussion.test_moderation import hide
from tests.service.discussion.test_taking_part import CATEGORIES, pin, settings
from tests.service.discussion.test_topics import refusal

PUBLIC_FIELDS = {
    *("id", "create_time", "update_time", "title", "text", "category", "labels", "state", "author_name"),
    *("place", "anchor", "ratings", "comment_count", "answer", "merged_into", "goal_reached", "attachments"),
}
COMMENT_FIELDS = {"id", "contribution_id", "parent_id", "depth", "create_time", "text", "author_name", "state"}
STAFF_FIELDS = {"author_id", "name_public", "moderation"}
NOT_PUBLIC = ("held", "hidden", "withdrawn", "merged")


async def contributions(portal: Portal, topic_id: str, caller: Person | None = None, **asked: Any) -> list[Any]:
    """All pages of them."""
    found: list[Any] = []
    request = ListExportContributionsRequest(topic_id=topic_id, **asked)
    while True:
        answer = await portal.exports(caller).ListExportContributions(request)
        found += json.loads(answer.items_json)
        request.page_token = answer.next_page_token
        if not answer.next_page_token:
            return found


async def comments(portal: Portal, topic_id: str, caller: Person | None = None, **asked: Any) -> list[Any]:
    """All pages of them."""
    found: list[Any] = []
    request = ListExportCommentsRequest(topic_id=topic_id, **asked)
    while True:
        answer = await portal.exports(caller).ListExportComments(request)
        found += json.loads(answer.items_json)
        request.page_token = answer.next_page_token
        if not answer.next_page_token:
            return found


async def put_into(portal: Portal, contribution_id: str, state: str) -> None:
    """As whoever moderates does it."""
    await portal.rows("UPDATE contribution SET state = $1 WHERE id = $2::uuid RETURNING id", state, contribution_id)


async def test_everybody_gets_every_public_field(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(categories=CATEGORIES))
    await portal.put_object(topic.id, "plan")
    made = await portal.contribute(
        topic.id,
        ANNA,
        title='=SUMME(A1) "Bänke" 🌳',
        text="Zeile eins\nZeile zwei; mit Semikolon\t<b>",
        category="verkehr",
        place=pin(50.11, 8.68, "Am Markt 1"),
        anchor=place_pb2.Anchor(object_id="plan", section="s2"),
    )
    await portal.rate(made.id, BORA, contribution_pb2.RATING_VALUE_FOR)
    await portal.rate(made.id, CLARA, contribution_pb2.RATING_VALUE_AGAINST)
    said = await portal.comment(made.id, BORA, text="Gern.")
    reply = await portal.comment(made.id, ANNA, text="Danke.", parent=said.id)

    (row,) = await contributions(portal, topic.id)
    assert set(row) == PUBLIC_FIELDS
    assert row["id"] == made.id
    assert (row["title"], row["text"]) == ('=SUMME(A1) "Bänke" 🌳', "Zeile eins\nZeile zwei; mit Semikolon\t<b>")
    assert (row["category"], row["labels"], row["state"], row["author_name"]) == ("verkehr", [], "published", "anna")
    assert row["place"] == {"lat": 50.11, "lon": 8.68, "address": "Am Markt 1"}
    assert row["anchor"] == {"object": "plan", "section": "s2", "version": 1}
    assert (row["ratings"], row["comment_count"]) == ({"for": 1, "neutral": 0, "against": 1}, 2)
    assert row["create_time"] == made.create_time.ToDatetime().isoformat(timespec="microseconds") + "Z"

    rows = await comments(portal, topic.id)
    assert all(set(each) == COMMENT_FIELDS for each in rows)
    shown = [(each["id"], each["contribution_id"], each["parent_id"], each["depth"], each["text"]) for each in rows]
    assert shown == [(said.id, made.id, None, 0, "Gern."), (reply.id, made.id, said.id, 1, "Danke.")]


@pytest.mark.parametrize("state", NOT_PUBLIC)
async def test_what_is_not_public_is_for_staff_of_the_tenant_alone(
    portal: Portal, neighbour: Portal, state: str
) -> None:
    topic = await portal.add_topic()
    shown, gone = await portal.contribute(topic.id, ANNA), await portal.contribute(topic.id, BORA)
    await portal.comment(gone.id, CLARA)
    kept = await portal.comment(shown.id, CLARA)
    await put_into(portal, gone.id, state)
    strangers = [None, ANNA, BORA, neighbour.admin, Person(name="land", realm_roles=("state-admin",))]
    for caller in strangers:
        rows = await contributions(portal, topic.id, caller)
        assert [(row["id"], set(row)) for row in rows] == [(shown.id, PUBLIC_FIELDS)]
        assert [row["id"] for row in await comments(portal, topic.id, caller)] == [kept.id]
    for staff in (portal.admin, portal.editor, portal.moderator):
        full = await contributions(portal, topic.id, staff)
        assert [(row["id"], row["state"]) for row in full] == [(shown.id, "published"), (gone.id, state)]
        assert all(set(row) == PUBLIC_FIELDS | STAFF_FIELDS for row in full)
        assert len(await comments(portal, topic.id, staff)) == 2
        narrow = await contributions(portal, topic.id, staff, public_only=True)
        assert [(row["id"], set(row)) for row in narrow] == [(shown.id, PUBLIC_FIELDS)]
        assert [row["id"] for row in await comments(portal, topic.id, staff, public_only=True)] == [kept.id]


async def test_staff_reads_how_each_text_was_moderated(portal: Portal) -> None:
    topic = await portal.add_topic()
    shown, gone = await portal.contribute(topic.id, ANNA), await portal.contribute(topic.id, BORA)
    said = await portal.comment(shown.id, BORA, text="Unverschämt")
    kept = await portal.comment(shown.id, CLARA)
    await hide(portal, "contribution", gone.id)
    await hide(portal, "comment", said.id)
    case = {
        "state": "decided",
        "decision": "hide",
        "reason": "insult",
        "text": "Bitte sachlich.",
        "report_count": 1,
        "objection": None,
    }
    rows = await contributions(portal, topic.id, portal.moderator)
    assert [(row["state"], row["moderation"]) for row in rows] == [("published", None), ("hidden", case)]
    rows = await comments(portal, topic.id, portal.moderator)
    assert [(row["state"], row["moderation"]) for row in rows] == [("hidden", case), ("published", None)]
    assert [row["id"] for row in await contributions(portal, topic.id)] == [shown.id]
    assert [row["id"] for row in await comments(portal, topic.id)] == [kept.id]


async def test_names_are_shown_where_the_page_shows_them(portal: Portal) -> None:
    hidden = await portal.add_topic(names_public=False)
    await portal.contribute(hidden.id, ANNA)
    nameless = await portal.add_topic(settings=settings(without_office_name=True), names_public=False)
    await portal.contribute(nameless.id, ANNA)
    # The author's own name is not in a file that is meant for everybody either.
    for caller in (None, ANNA):
        assert [row["author_name"] for row in await contributions(portal, hidden.id, caller)] == [None]
    (row,) = await contributions(portal, hidden.id, portal.editor)
    assert (row["author_name"], len(row["author_id"]), row["name_public"]) == ("anna", 16, False)
    (row,) = await contributions(portal, nameless.id, portal.editor)
    assert (row["author_name"], row["author_id"]) == (None, None)


async def test_the_id_of_an_author_tells_nothing_beyond_the_topic(portal: Portal) -> None:
    ids: list[list[str]] = []
    for _ in range(2):
        topic = await portal.add_topic()
        first = await portal.contribute(topic.id, ANNA)
        await portal.contribute(topic.id, BORA)
        await portal.comment(first.id, ANNA)
        rows = await contributions(portal, topic.id, portal.admin) + await comments(portal, topic.id, portal.admin)
        ids.append([row["author_id"] for row in rows])
    for anna, bora, again in ids:
        assert anna == again != bora
    assert set(ids[0]).isdisjoint(ids[1])


async def test_pages_hold_each_row_once_and_end_at_the_instant_of_the_first(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = [await portal.contribute(topic.id, title=f"Beitrag {number}") for number in range(7)]
    said = [await portal.comment(made[number % 3].id, text=f"Kommentar {number}") for number in range(7)]
    request = ListExportContributionsRequest(topic_id=topic.id, page_size=3)
    first = await portal.exports().ListExportContributions(request)
    assert [row["id"] for row in json.loads(first.items_json)] == [each.id for each in made[:3]]
    portal.clock.advance(timedelta(seconds=1))
    await portal.contribute(topic.id, title="Zu spät")
    await portal.comment(made[0].id, text="Auch zu spät")
    request.page_token = first.next_page_token
    second = await portal.exports().ListExportContributions(request)
    request.page_token = second.next_page_token
    third = await portal.exports().ListExportContributions(request)
    rows = json.loads(second.items_json) + json.loads(third.items_json)
    assert ([row["id"] for row in rows], third.next_page_token) == ([each.id for each in made[3:]], "")
    assert first.as_of == second.as_of == third.as_of
    asked = {"as_of": first.as_of, "page_size": 2}
    found = [row["id"] for row in await comments(portal, topic.id, **asked)]
    order = [said[index].id for index in (0, 3, 6, 1, 4, 2, 5)]
    assert found == order
    assert len(await comments(portal, topic.id)) == 8


async def test_what_is_hidden_while_an_export_runs_is_missing_in_its_rest(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = [await portal.contribute(topic.id, title=f"Beitrag {number}") for number in range(3)]
    request = ListExportContributionsRequest(topic_id=topic.id, page_size=1)
    answer = await portal.exports().ListExportContributions(request)
    await put_into(portal, made[1].id, "hidden")
    request.page_token = answer.next_page_token
    answer = await portal.exports().ListExportContributions(request)
    assert [row["id"] for row in json.loads(answer.items_json)] == [made[2].id]


async def test_long_texts_make_pages_short(portal: Portal) -> None:
    topic = await portal.add_topic()
    text = "ü" * 10_000
    first = await portal.contribute(topic.id, text=text)
    await portal.rows(
        "INSERT INTO contribution (tenant_id, id, topic_id, row_version, create_time, update_time, author_subject,"
        " author_name, name_public, title, text) SELECT tenant_id, uuidv7(), topic_id, 1, create_time, update_time,"
        " 'x', 'x', true, title, text FROM contribution, generate_series(1, 300) WHERE id = $1::uuid RETURNING id",
        first.id,
    )
    answer = await portal.exports().ListExportContributions(ListExportContributionsRequest(topic_id=topic.id))
    assert len(json.loads(answer.items_json)) == 210
    assert answer.next_page_token
    assert len(await contributions(portal, topic.id)) == 301


@pytest.mark.parametrize("stranger", [None, BORA])
async def test_a_draft_has_an_export_for_staff_alone(portal: Portal, stranger: Person | None) -> None:
    draft = await portal.add_draft()
    assert await contributions(portal, draft.id, portal.editor) == []
    for topic_id in (draft.id, NOWHERE, "kein"):
        error = await refusal(contributions(portal, topic_id, stranger))
        assert error.reason == "TOPIC_NOT_FOUND"
        error = await refusal(comments(portal, topic_id, stranger))
        assert error.reason == "TOPIC_NOT_FOUND"


async def test_a_token_belongs_to_one_list_and_scope(portal: Portal) -> None:
    topic, other = await portal.add_topic(), await portal.add_topic()
    for _ in range(2):
        made = await portal.contribute(topic.id)
        await portal.comment(made.id)
    request = ListExportContributionsRequest(topic_id=topic.id, page_size=1)
    token = (await portal.exports(portal.admin).ListExportContributions(request)).next_page_token
    for wrong in (
        contributions(portal, topic.id, portal.admin, page_token=token, public_only=True),
        contributions(portal, topic.id, page_token=token),
        contributions(portal, other.id, portal.admin, page_token=token),
        comments(portal, topic.id, portal.admin, page_token=token),
        contributions(portal, topic.id, page_token="x"),
    ):
        error = await refusal(wrong)
        assert error.reason == "PAGE_TOKEN_INVALID"
    for size in (-1, 1_001):
        failed: DomainError = await refusal(contributions(portal, topic.id, page_size=size))
        assert [(each.field, each.reason) for each in failed.violations] == [("page_size", "OUT_OF_RANGE")]
