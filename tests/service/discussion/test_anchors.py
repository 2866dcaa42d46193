"""What contributions point at: objects and their sections, and what became of them."""

from typing import Any

import pytest
from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_pb2
from civic.discussion.v1.contribution_service_pb2 import CreateContributionRequest, ListContributionsRequest

from tests.service.discussion.conftest import ANNA, BORA, Portal
from tests.service.discussion.test_objects import TEXT, listed, text, video
from tests.service.discussion.test_taking_part import CATEGORIES, settings, wrong
from tests.service.discussion.test_topics import refusal


@pytest.mark.parametrize(
    ("anchor", "field", "reason"),
    [
        ({"object_id": "nichts"}, "anchor.object", "NOT_THERE"),
        ({"object_id": "satzung", "section": "s9"}, "anchor.section", "NOT_THERE"),
        ({"object_id": "satzung", "page": 1}, "anchor.page", "UNWANTED"),
        ({"object_id": "satzung", "x": 0.5, "y": 0.5}, "anchor.x", "UNWANTED"),
        ({"object_id": "satzung", "second": 3}, "anchor.second", "UNWANTED"),
        ({"object_id": "film", "section": "s1"}, "anchor.section", "UNWANTED"),
        ({"object_id": "film", "second": 61}, "anchor.second", "OUT_OF_RANGE"),
    ],
)
async def test_what_is_not_there_is_not_pointed_at(
    portal: Portal, anchor: dict[str, Any], field: str, reason: str
) -> None:
    topic = await portal.add_topic()
    await portal.put_object(topic.id, "satzung", text=text(TEXT))
    await portal.put_object(topic.id, "film", video=video(duration_seconds=60))
    error = await refusal(portal.contribute(topic.id, anchor=place_pb2.Anchor(**anchor)))
    assert wrong(error) == [(field, reason)]


async def test_objects_of_another_topic_are_not_pointed_at(portal: Portal) -> None:
    topic, other = await portal.add_topic(), await portal.add_topic()
    await portal.put_object(other.id, "satzung", text=text(TEXT))
    error = await refusal(portal.contribute(topic.id, anchor=place_pb2.Anchor(object_id="satzung")))
    assert wrong(error) == [("anchor.object", "NOT_THERE")]


async def test_a_contribution_knows_what_became_of_its_section(portal: Portal) -> None:
    topic = await portal.add_topic()
    await portal.put_object(topic.id, "satzung", text=text(TEXT), title="Satzung")
    made = {}
    for section in ("s1", "s2", ""):
        anchor = place_pb2.Anchor(object_id="satzung", section=section)
        made[section] = await portal.contribute(topic.id, anchor=anchor)
    for section, title in (("s1", "Zweck"), ("s2", "Zeiten"), ("", "")):
        seen = await portal.get_contribution(made[section].id)
        assert seen.anchor.version == 1
        assert seen.anchor_target == contribution_pb2.AnchorTarget(
            object_title="Satzung",
            section_title=title,
            state=contribution_pb2.ANCHOR_STATE_CURRENT,
            present_version=1,
        )
    later = "# Zweck\n\nDer Markt dient allen Menschen."
    await portal.put_object(topic.id, "satzung", etag="*", text=text(later), title="Satzung")
    states = {key: (await portal.get_contribution(each.id)).anchor_target for key, each in made.items()}
    assert {key: (each.state, each.section_title, each.present_version) for key, each in states.items()} == {
        "s1": (contribution_pb2.ANCHOR_STATE_CHANGED, "Zweck", 2),
        "s2": (contribution_pb2.ANCHOR_STATE_GONE, "", 2),
        "": (contribution_pb2.ANCHOR_STATE_CHANGED, "", 2),
    }
    again = await portal.contribute(topic.id, BORA, anchor=place_pb2.Anchor(object_id="satzung", section="s1"))
    assert again.anchor.version == 2


async def test_a_repeat_with_an_anchor_stays_one(portal: Portal) -> None:
    topic = await portal.add_topic()
    await portal.put_object(topic.id, "satzung", text=text(TEXT))
    request = CreateContributionRequest(
        topic_id=topic.id,
        title="Mehr",
        text="Ja.",
        request_id="k1",
        anchor=place_pb2.Anchor(object_id="satzung", section="s1"),
    )
    first, second = [await portal.contributions(ANNA).CreateContribution(request) for _ in range(2)]
    assert first.contribution == second.contribution
    assert [each.contribution_count for each in await listed(portal, topic.id)] == [1]


async def test_counts_follow_what_everybody_sees(portal: Portal) -> None:
    """By section, whoever changes the state of a contribution."""
    topic = await portal.add_topic()
    await portal.put_object(topic.id, "satzung", text=text(TEXT))
    made = []
    for section in ("s1", "s1", "s2", ""):
        anchor = place_pb2.Anchor(object_id="satzung", section=section)
        made.append(await portal.contribute(topic.id, anchor=anchor))
    await portal.contribute(topic.id)

    async def counts() -> tuple[int, list[int]]:
        shown = (await listed(portal, topic.id))[0]
        return shown.contribution_count, [each.contribution_count for each in shown.text.sections]

    assert await counts() == (4, [2, 1])
    sql = "UPDATE contribution SET state = $2 WHERE id = $1"
    await portal.rows(sql, made[0].id, "hidden")
    assert await counts() == (3, [1, 1])
    await portal.rows(sql, made[0].id, "withdrawn")
    assert await counts() == (3, [1, 1])
    await portal.rows(sql, made[0].id, "published")
    assert await counts() == (4, [2, 1])


async def test_lists_hold_what_was_asked_for(portal: Portal) -> None:
    labels = [{"key": key, "names": {"de": key}} for key in ("rad", "bus")]
    topic = await portal.add_topic(settings=settings(categories=CATEGORIES, labels=labels))
    await portal.put_object(topic.id, "satzung", text=text(TEXT))
    anchor = place_pb2.Anchor(object_id="satzung", section="s1")
    whole = place_pb2.Anchor(object_id="satzung")
    await portal.contribute(topic.id, title="Eins", category="gruen", labels=["rad"], anchor=anchor)
    await portal.contribute(topic.id, title="Zwei", category="verkehr", labels=["rad", "bus"], anchor=whole)
    await portal.contribute(topic.id, title="Drei", category="gruen")

    async def titles(**only: Any) -> list[str]:
        found: list[str] = []
        token = ""
        while True:
            request = ListContributionsRequest(topic_id=topic.id, page_size=1, page_token=token, **only)
            answer = await portal.contributions(BORA).ListContributions(request)
            found += [each.title for each in answer.contributions]
            token = answer.next_page_token
            if not token:
                return found

    for order in (1, 3):
        assert await titles(category="gruen", order=order) == ["Drei", "Eins"]
        assert await titles(label="rad", order=order) == ["Zwei", "Eins"]
        assert await titles(object_id="satzung", order=order) == ["Zwei", "Eins"]
        assert await titles(object_id="satzung", section="s1", order=order) == ["Eins"]
        assert await titles(category="gruen", label="bus", order=order) == []
        assert await titles(category="nichts", order=order) == []
    first = await portal.contributions().ListContributions(
        ListContributionsRequest(topic_id=topic.id, page_size=1, category="gruen")
    )
    other = ListContributionsRequest(topic_id=topic.id, category="verkehr", page_token=first.next_page_token)
    error = await refusal(portal.contributions().ListContributions(other))
    assert error.reason == "PAGE_TOKEN_INVALID"
