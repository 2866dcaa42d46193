"""The staff's desk: contributions of all topics by what staff noted, which nobody else sees."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from civic.discussion.v1 import contribution_pb2, desk_service_pb2
from civic.discussion.v1.contribution_service_pb2 import ListContributionsRequest
from civic.discussion.v1.desk_service_pb2 import GetDeskRequest, ListDeskContributionsRequest, MarkContributionRequest
from civic.discussion.v1.export_service_pb2 import ListExportContributionsRequest
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.testing.issuer import subject_of
from civic_discussion.application.contributions import refresh_words

from tests.service.discussion.conftest import BORA, Portal
from tests.service.discussion.test_curation import answer
from tests.service.discussion.test_moderation import hide
from tests.service.discussion.test_presets import FOR, initiative
from tests.service.discussion.test_taking_part import wrong
from tests.service.discussion.test_topics import refusal


async def listed(portal: Portal, **wanted: Any) -> list[str]:
    """Titles on the desk, read two at a time."""
    titles, token = list[str](), ""
    while True:
        request = ListDeskContributionsRequest(page_size=2, page_token=token, **wanted)
        found = await portal.desk(portal.moderator).ListDeskContributions(request)
        titles += [each.contribution.title for each in found.contributions]
        token = found.next_page_token
        if not token:
            return titles


async def mark(portal: Portal, contribution: Any, caller: Any = None, **values: Any) -> desk_service_pb2.Mark:
    request = MarkContributionRequest(id=contribution.id, **values)
    found: desk_service_pb2.Mark = (await portal.desk(caller or portal.editor).MarkContribution(request)).mark
    return found


async def test_contributions_of_all_topics_are_found_by_topic_state_and_words(portal: Portal) -> None:
    first, second = await portal.add_topic(), await portal.add_topic()
    for topic, title in ((first, "Mehr Bänke"), (second, "Ein Brunnen"), (first, "Bäume am Markt"), (second, "Grob")):
        made = await portal.contribute(topic.id, title=title)
        await _indexed(portal, made)
    await hide(portal, "contribution", made.id)
    assert await listed(portal) == ["Grob", "Bäume am Markt", "Ein Brunnen", "Mehr Bänke"]
    assert await listed(portal, topic_id=first.id) == ["Bäume am Markt", "Mehr Bänke"]
    assert await listed(portal, state=contribution_pb2.CONTRIBUTION_STATE_HIDDEN) == ["Grob"]
    # Other forms of a word, and beginnings.
    assert await listed(portal, query="bank") == ["Mehr Bänke"]
    assert await listed(portal, query="brun") == ["Ein Brunnen"]
    assert await listed(portal, query="brun", topic_id=first.id) == []


async def test_marks_are_for_staff_alone_and_leave_the_etag(portal: Portal, neighbour: Portal) -> None:
    topic = await portal.add_topic()
    made, other = await portal.contribute(topic.id), await portal.contribute(topic.id, title="Ein Brunnen")
    assert await mark(portal, made, starred=True, label=" Bauamt ", assignee="me") == desk_service_pb2.Mark(
        starred=True, label="Bauamt", assignee=subject_of("schulze"), assignee_name="schulze"
    )
    # What is absent stays.
    assert (await mark(portal, made, portal.moderator, label="Grünflächen")).assignee_name == "schulze"
    await mark(portal, other, portal.moderator, assignee=subject_of("schulze"))
    assert await listed(portal, starred=True) == ["Mehr Bänke"]
    assert await listed(portal, label="Grünflächen") == ["Mehr Bänke"]
    assert await listed(portal, assignee=subject_of("schulze")) == ["Ein Brunnen", "Mehr Bänke"]
    assert await listed(portal, assignee="me") == []
    desk = await portal.desk(portal.editor).GetDesk(GetDeskRequest(contribution_id=made.id))
    assert (desk.mark.label, desk.mark.starred) == ("Grünflächen", True)
    assert [each.name for each in desk.colleagues] == ["okafor", "schulze"]
    assert (list(desk.labels), desk.waiting_count) == (["Grünflächen"], 0)
    assert (await portal.get_contribution(made.id)).etag == made.etag
    seen = [
        await portal.get_contribution(made.id),
        await portal.contributions().ListContributions(ListContributionsRequest(topic_id=topic.id)),
        await portal.exports().ListExportContributions(ListExportContributionsRequest(topic_id=topic.id)),
    ]
    assert not any(word in str(each) for each in seen for word in ("Grünflächen", "Gr\\303\\274n", "schulze"))
    item = orjson.loads(seen[2].items_json)[0]
    assert {"starred", "mark_label", "assignee"} & set(item) == set()
    trail = await portal.rows("SELECT action FROM audit WHERE action = 'contribution.mark'")
    assert len(trail) == 3


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"label": "x" * 41}, "label", "TOO_LONG"),
        ({"label": "zwei\nZeilen"}, "label", "LINE_BREAK"),
        ({"assignee": "01a20000-0000-7000-8000-000000000000"}, "assignee", "NOT_ALLOWED"),
    ],
)
async def test_a_mark_that_cannot_be_is_named(portal: Portal, values: Any, field: str, reason: str) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    assert (field, reason) in wrong(await refusal(mark(portal, made, **values)))


async def test_initiatives_wait_for_an_answer_the_longest_first(portal: Portal) -> None:
    topic = await initiative(portal, 1)
    made = [await portal.contribute(topic.id, title=title) for title in ("Eins", "Zwei", "Drei", "Vier")]
    for place in (2, 0, 1):
        portal.clock.advance(timedelta(seconds=1))
        await portal.rate(made[place].id, BORA, FOR)
    assert await listed(portal, waiting=True) == ["Drei", "Eins", "Zwei"]
    await answer(portal, made[0])
    assert await listed(portal, waiting=True) == ["Drei", "Zwei"]
    assert (await portal.desk(portal.editor).GetDesk(GetDeskRequest())).waiting_count == 2


async def _indexed(portal: Portal, made: Any) -> None:
    """What the subscription to the service's own events does."""
    call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "event", None)
    async with portal.database.unit_of_work(call) as work:
        await refresh_words(work, UUID(made.id))
