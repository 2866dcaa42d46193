"""What followers of a topic are told: once, and at the very second."""

import asyncio
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.contribution_service_pb2 import AnswerContributionRequest
from civic.discussion.v1.topic_service_pb2 import EndTopicRequest, ExtendTopicRequest, PublishOutcomeRequest
from civic.notification.v1.notice_pb2 import Notice
from civic_chassis.db import Database
from civic_chassis.db.timers import Timers
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.testing.issuer import subject_of
from civic_discussion.application.telling import Telling
from civic_discussion.main import timers
from civic_participation.api.notices import encode_notice
from civic_participation.domain.codes import code_of

from tests.service.discussion.conftest import ANNA, Portal, timestamp

DAY = timedelta(days=1)


@pytest_asyncio.fixture(loop_scope="session")
async def ticking(database: Database) -> Timers:
    return Timers(database, timers(database))


async def notices(portal: Portal) -> list[Notice]:
    rows = await portal.rows(
        "SELECT payload FROM outbox WHERE subject LIKE $1 ORDER BY id", f"civic.notice.%.{portal.tenant}"
    )
    return [Notice.FromString(row["payload"]) for row in rows]


async def kinds(portal: Portal) -> list[str]:
    return [notice.kind for notice in await notices(portal)]


def moment(stamp: Any) -> Any:
    return stamp.ToDatetime(tzinfo=UTC)


async def running(portal: Portal, days: int = 10) -> topic_pb2.Topic:
    """A topic that begins tomorrow."""
    start = portal.clock.now() + DAY
    return await portal.add_topic(start_time=timestamp(start), end_time=timestamp(start + days * DAY))


async def test_each_stage_is_told_once_at_its_second(portal: Portal, ticking: Timers) -> None:
    topic = await running(portal)
    start, end = moment(topic.start_time), moment(topic.end_time)
    told: list[str] = []
    for at, kind in ((start, "phase.started"), (end - 3 * DAY, "phase.ending"), (end, "phase.ended")):
        portal.clock.move_to(at - timedelta(microseconds=1))
        await ticking.run_due()
        assert await kinds(portal) == told
        portal.clock.move_to(at)
        # Two workers at that very second, one of which begins again.
        await asyncio.gather(ticking.run_due(), Timers(portal.database, timers(portal.database)).run_due())
        await ticking.run_due()
        told.append(kind)
        assert await kinds(portal) == told
    last = (await notices(portal))[-1]
    assert (last.followers_of.kind, last.followers_of.id) == ("discussion.topic", topic.id)
    assert last.words["title"] == topic.texts.title
    assert moment(last.times["end"]) == end
    assert last.path.startswith(f"/{portal.tenant}/dialoge/")


async def test_a_service_that_was_down_tells_late_and_once(portal: Portal, ticking: Timers) -> None:
    topic = await running(portal)
    portal.clock.move_to(moment(topic.end_time) + DAY)
    await ticking.run_due()
    # Whoever hears of the reminder drops it: its time is over.
    assert sorted(await kinds(portal)) == ["phase.ended", "phase.ending", "phase.started"]
    assert len({notice.notice_id for notice in await notices(portal)}) == 3


async def test_an_end_that_moves_takes_its_reminder_with_it(portal: Portal, ticking: Timers) -> None:
    topic = await running(portal)
    end = moment(topic.end_time) + 10 * DAY
    request = ExtendTopicRequest(id=topic.id, end_time=timestamp(end), reason="Wegen der Ferien.")
    await portal.topics(portal.admin).ExtendTopic(request)
    portal.clock.move_to(end - 3 * DAY - timedelta(microseconds=1))
    await ticking.run_due()
    assert await kinds(portal) == ["phase.started"]
    portal.clock.advance(timedelta(microseconds=1))
    await ticking.run_due()
    assert await kinds(portal) == ["phase.started", "phase.ending"]


async def test_a_topic_that_staff_ends_is_told_as_ended_alone(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic()
    await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=topic.id, reason="Kein Bedarf mehr."))
    await ticking.run_due()
    portal.clock.advance(60 * DAY)
    await ticking.run_due()
    # What staff owes, no followers hear.
    assert await kinds(portal) == ["phase.ended", "result.reminder"]


async def test_a_short_topic_has_no_reminder(portal: Portal, ticking: Timers) -> None:
    topic = await running(portal, days=3)
    portal.clock.move_to(moment(topic.end_time))
    await ticking.run_due()
    assert sorted(await kinds(portal)) == ["phase.ended", "phase.started"]


async def test_a_new_contribution_is_told_off_the_path_of_who_writes(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    assert await notices(portal) == []
    telling = Telling(encode_notice)
    for _ in range(2):
        call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "event", None)
        async with portal.database.unit_of_work(call) as work:
            await telling.contribution_created(work, UUID(made.id), subject_of("anna"))
    first, second = await notices(portal)
    assert (first.kind, first.words["item"], first.except_subject) == (
        "contribution.created",
        made.title,
        subject_of("anna"),
    )
    assert first.notice_id == second.notice_id


async def test_staff_is_reminded_of_the_outcome_until_it_is_told(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic()
    end = moment(topic.end_time)

    async def reminders() -> list[Notice]:
        return [notice for notice in await notices(portal) if notice.kind == "result.reminder"]

    for number, days in enumerate((14, 28), start=1):
        portal.clock.move_to(end + days * DAY)
        for _ in range(2):
            await ticking.run_due()
        assert len(await reminders()) == number
    last = (await reminders())[-1]
    code = code_of(UUID(topic.id))
    assert (list(last.staff.roles), last.path) == (
        ["admin", "editor"],
        f"/{portal.tenant}/verwaltung/dialoge/{code}/ergebnis",
    )
    request = PublishOutcomeRequest(id=topic.id, texts={"de": "Der Rat hat beschlossen."})
    for _ in range(2):
        await portal.topics(portal.admin).PublishOutcome(request)
    told = [notice for notice in await notices(portal) if notice.kind == "result.published"]
    assert [(notice.followers_of.kind, notice.followers_of.id) for notice in told] == [("discussion.topic", topic.id)]
    portal.clock.move_to(end + 80 * DAY)
    await ticking.run_due()
    assert len(await reminders()) == 2


async def test_an_author_hears_of_the_answer(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    request = AnswerContributionRequest(id=made.id, state=contribution_pb2.ANSWER_STATE_ACCEPTED, text="Kommt.")
    await portal.contributions(portal.editor).AnswerContribution(request)
    told = [notice for notice in await notices(portal) if notice.kind == "answer.given"]
    assert [list(notice.subjects.subjects) for notice in told] == [[subject_of("anna")]]
    assert (told[0].words["decision"], told[0].translations["en"].words["decision"]) == ("angenommen", "accepted")
