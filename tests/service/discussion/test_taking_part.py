"""What a topic asks for and allows: categories, places, anchors, limits, names, who adds, time for changes."""

import asyncio
import math
from datetime import timedelta
from typing import Any

import pytest
from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.contribution_service_pb2 import UpdateContributionRequest
from civic.discussion.v1.topic_service_pb2 import CreateTopicRequest
from civic_chassis.kernel.errors import DomainError
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, BORA, Portal
from tests.service.discussion.test_topics import DEFAULT_SETTINGS, refusal

CATEGORIES = [
    topic_pb2.Choice(key="verkehr", names={"de": "Verkehr", "en": "Traffic"}),
    topic_pb2.Choice(key="gruen", names={"de": "Grün"}),
]


def settings(**values: Any) -> topic_pb2.TopicSettings:
    made = topic_pb2.TopicSettings()
    made.CopyFrom(DEFAULT_SETTINGS)
    made.MergeFrom(topic_pb2.TopicSettings(**values))
    return made


def pin(lat: float, lon: float, address: str = "") -> place_pb2.Place:
    return place_pb2.Place(point=place_pb2.Point(lat=lat, lon=lon), address=address)


def wrong(error: DomainError) -> list[tuple[str, str]]:
    return [(violation.field, violation.reason) for violation in error.violations]


async def test_settings_are_kept_as_they_were_given(portal: Portal) -> None:
    given = settings(
        preset=topic_pb2.TOPIC_PRESET_INITIATIVE,
        categories=CATEGORIES,
        category_required=True,
        labels=[topic_pb2.Choice(key="rad", names={"de": "Rad"})],
        moderation=topic_pb2.MODERATION_MODE_BEFORE,
        place=topic_pb2.PLACE_MODE_REQUIRED,
        max_contributions=3,
        edit_minutes=15,
        without_public_name=True,
        support_goal=500,
    )
    topic = await portal.add_topic(settings=given)
    assert (await portal.get_topic(topic.id)).settings == given


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"max_attachments": 6}, "topic.settings.max_attachments", "OUT_OF_RANGE"),
        ({"max_text": 0}, "topic.settings.max_text", "OUT_OF_RANGE"),
        ({"max_comment": 4_001}, "topic.settings.max_comment", "OUT_OF_RANGE"),
        ({"edit_minutes": -1}, "topic.settings.edit_minutes", "OUT_OF_RANGE"),
        ({"support_goal": 1_000_001}, "topic.settings.support_goal", "OUT_OF_RANGE"),
        ({"support_goal": 5}, "topic.settings.support_goal", "UNWANTED"),
        ({"without_account": True}, "topic.settings.without_account", "NOT_OFFERED"),
        ({"category_required": True}, "topic.settings.categories", "REQUIRED"),
        ({"categories": [CATEGORIES[0]] * 2}, "topic.settings.categories.key", "MALFORMED"),
        ({"labels": [topic_pb2.Choice(key="Ä", names={"de": "x"})]}, "topic.settings.labels.key", "MALFORMED"),
        ({"labels": [topic_pb2.Choice(key="a", names={"en": "x"})]}, "topic.settings.labels.names", "REQUIRED"),
    ],
)
async def test_settings_out_of_range_are_named(portal: Portal, values: dict[str, Any], field: str, reason: str) -> None:
    draft = portal.draft(settings=topic_pb2.TopicSettings(**values))
    error = await refusal(portal.topics(portal.admin).CreateTopic(CreateTopicRequest(topic=draft)))
    assert (field, reason) in wrong(error)


async def test_category_labels_place_and_anchor_are_shown_to_everybody(portal: Portal) -> None:
    labels = [topic_pb2.Choice(key=key, names={"de": key}) for key in ("rad", "bus")]
    topic = await portal.add_topic(settings=settings(categories=CATEGORIES, labels=labels))
    await portal.put_object(topic.id, "satzung")
    anchor = place_pb2.Anchor(object_id="satzung", section="s2")
    where = pin(50.123456789, 8.6, "Am Markt 1")
    made = await portal.contribute(topic.id, category="gruen", labels=["bus", "rad"], place=where, anchor=anchor)
    seen = await portal.get_contribution(made.id)
    assert (seen.category, list(seen.labels)) == ("gruen", ["rad", "bus"])
    # To a centimetre.
    assert seen.place == pin(50.1234568, 8.6, "Am Markt 1")
    assert seen.anchor == place_pb2.Anchor(object_id="satzung", section="s2", version=1)


@pytest.mark.parametrize(
    ("values", "fields", "found"),
    [
        ({"categories": CATEGORIES}, {"category": "bus"}, ("category", "NOT_ALLOWED")),
        ({}, {"category": "bus"}, ("category", "NOT_ALLOWED")),
        ({"categories": CATEGORIES, "category_required": True}, {}, ("category", "REQUIRED")),
        ({}, {"labels": ["rad"]}, ("labels", "NOT_ALLOWED")),
        ({"place": topic_pb2.PLACE_MODE_REQUIRED}, {}, ("place", "REQUIRED")),
        ({"place": topic_pb2.PLACE_MODE_NONE}, {"place": pin(50, 8)}, ("place", "UNWANTED")),
        ({}, {"place": pin(math.nan, 8)}, ("place.lat", "MALFORMED")),
        ({}, {"place": pin(50, math.inf)}, ("place.lon", "MALFORMED")),
        ({}, {"place": pin(8.6, 50.1)}, ("place.lat", "SWAPPED")),
        ({}, {"place": pin(40, 8)}, ("place.lat", "OUTSIDE")),
        ({}, {"place": pin(50, -8)}, ("place.lon", "OUTSIDE")),
        ({}, {"place": place_pb2.Place(address="x" * 201)}, ("place.address", "TOO_LONG")),
        ({}, {"anchor": place_pb2.Anchor(section="p-1")}, ("anchor.object", "REQUIRED")),
        ({}, {"anchor": place_pb2.Anchor(object_id="../x")}, ("anchor.object", "MALFORMED")),
        ({}, {"anchor": place_pb2.Anchor(object_id="plan", x=0.5)}, ("anchor.y", "REQUIRED")),
        ({}, {"anchor": place_pb2.Anchor(object_id="plan", x=1.5, y=0)}, ("anchor.x", "OUT_OF_RANGE")),
        ({"max_text": 5}, {"text": "sechs!"}, ("text", "TOO_LONG")),
        ({}, {"hide_name": True}, ("hide_name", "UNWANTED")),
    ],
)
async def test_what_a_topic_does_not_take_is_named(
    portal: Portal, values: dict[str, Any], fields: dict[str, Any], found: tuple[str, str]
) -> None:
    topic = await portal.add_topic(settings=settings(**values))
    error = await refusal(portal.contribute(topic.id, **fields))
    assert wrong(error) == [found]
    assert await portal.rows("SELECT id FROM contribution WHERE topic_id = $1", topic.id) == []


async def test_a_comment_is_as_long_as_the_topic_allows(portal: Portal) -> None:
    topic = await portal.add_topic(settings=topic_pb2.TopicSettings(max_comment=5))
    made = await portal.contribute(topic.id)
    assert (await portal.comment(made.id, text="fünf!")).text == "fünf!"
    assert wrong(await refusal(portal.comment(made.id, text="sechs!"))) == [("text", "TOO_LONG")]


async def test_one_person_adds_no_more_than_the_limit_also_at_once(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(max_contributions=3))
    done = await asyncio.gather(
        *(portal.contribute(topic.id, title=f"Idee {number}") for number in range(10)), return_exceptions=True
    )
    refused = [error for error in done if isinstance(error, DomainError)]
    assert [(error.reason, error.metadata) for error in refused] == [("CONTRIBUTION_LIMIT_REACHED", {"max": "3"})] * 7
    assert (await portal.get_topic(topic.id)).contribution_count == 3
    await portal.contribute(topic.id, BORA)


async def test_a_repeat_does_not_count_twice_towards_the_limit(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(max_contributions=1))
    made = await portal.contribute(topic.id, key="einmal")
    assert await portal.contribute(topic.id, key="einmal") == made


async def test_a_name_can_stay_away_from_the_public_where_that_is_offered(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(without_public_name=True))
    hidden = await portal.contribute(topic.id, hide_name=True)
    shown = await portal.contribute(topic.id, title="Mit Namen")
    names = {
        caller and caller.name: [
            (await portal.get_contribution(made.id, caller)).author_name for made in (hidden, shown)
        ]
        for caller in (None, BORA, ANNA, portal.moderator)
    }
    assert names == {None: ["", "anna"], "bora": ["", "anna"], "anna": ["anna", "anna"], "okafor": ["anna", "anna"]}


async def test_the_office_does_not_see_a_name_where_that_was_promised(portal: Portal) -> None:
    topic = await portal.add_topic(names_public=False, settings=settings(without_office_name=True))
    made = await portal.contribute(topic.id)
    comment = await portal.comment(made.id, BORA)
    assert (await portal.get_contribution(made.id, portal.admin)).author_name == ""
    assert (await portal.get_contribution(made.id, ANNA)).author_name == "anna"
    assert comment.author_name == "bora"
    stored = await portal.rows("SELECT name_office FROM comment WHERE contribution_id = $1", made.id)
    assert [row["name_office"] for row in stored] == [False]


async def test_official_topics_come_from_staff(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(preset=topic_pb2.TOPIC_PRESET_RANKING))
    assert (await refusal(portal.contribute(topic.id))).reason == "CONTRIBUTIONS_BY_STAFF"
    made = await portal.contribute(topic.id, portal.editor)
    await portal.rate(made.id, ANNA, contribution_pb2.RATING_VALUE_FOR)
    await portal.comment(made.id, ANNA)


async def edit(portal: Portal, made: contribution_pb2.Contribution, caller: Person = ANNA, **fields: Any) -> Any:
    request = UpdateContributionRequest(id=made.id, etag="*", **fields)
    return (await portal.contributions(caller).UpdateContribution(request)).contribution


async def test_a_change_is_possible_until_the_first_comment(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    await edit(portal, made, title="Doch anders")
    await portal.comment(made.id)
    assert (await refusal(edit(portal, made, title="Zu spät"))).reason == "CONTRIBUTION_FIXED"


async def test_a_change_is_possible_for_the_minutes_that_were_set(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(edit_minutes=10))
    made = await portal.contribute(topic.id)
    await portal.comment(made.id)
    portal.clock.advance(timedelta(minutes=10))
    await edit(portal, made, title="Gerade noch")
    portal.clock.advance(timedelta(microseconds=1))
    assert (await refusal(edit(portal, made, title="Zu spät"))).reason == "CONTRIBUTION_FIXED"


async def test_a_change_takes_category_and_place_away_where_it_says_so(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(categories=CATEGORIES))
    made = await portal.contribute(topic.id, category="gruen", place=pin(50, 8))
    kept = await edit(portal, made, title="Neuer Titel")
    assert (kept.category, kept.place) == ("gruen", pin(50, 8))
    moved = await edit(portal, made, place=pin(51, 9))
    assert moved.place == pin(51, 9)
    without = await edit(portal, made, category="", place=place_pb2.Place())
    assert (without.category, without.HasField("place")) == ("", False)


@pytest.mark.parametrize("state", ["held", "hidden", "withdrawn"])
async def test_what_is_not_public_is_found_by_author_and_staff_alone(portal: Portal, state: str) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    await portal.rows("UPDATE contribution SET state = $1 WHERE id = $2", state, made.id)
    for caller in (None, BORA):
        assert (await refusal(portal.get_contribution(made.id, caller))).reason == "CONTRIBUTION_NOT_FOUND"
    for caller in (ANNA, portal.moderator):
        seen = await portal.get_contribution(made.id, caller)
        assert contribution_pb2.ContributionState.Name(seen.state) == f"CONTRIBUTION_STATE_{state.upper()}"
    rating = contribution_pb2.RATING_VALUE_FOR
    assert (await refusal(portal.rate(made.id, BORA, rating))).reason == "CONTRIBUTION_NOT_FOUND"
    assert (await refusal(portal.comment(made.id))).reason == "CONTRIBUTION_NOT_FOUND"
