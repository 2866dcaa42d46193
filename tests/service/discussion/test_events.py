"""What the service tells others: each event once, in order, with nothing personal; and phases by the clock."""

from datetime import UTC, timedelta
from typing import Any

import pytest
import pytest_asyncio
from civic.discussion.v1 import contribution_pb2, discussion_events_pb2, topic_pb2
from civic.discussion.v1.contribution_service_pb2 import UpdateContributionRequest
from civic.discussion.v1.discussion_events_pb2 import TopicChanged, TopicPhaseChanged
from civic.discussion.v1.topic_service_pb2 import (
    EndTopicRequest,
    ExtendTopicRequest,
    PublishOutcomeRequest,
    UpdateTopicRequest,
)
from civic_chassis.db import Database
from civic_chassis.db.timers import Timers
from civic_chassis.kernel.errors import DomainError
from civic_chassis.testing.issuer import subject_of
from civic_discussion.main import timers

from tests.service.discussion.conftest import ANNA, BORA, Portal, timestamp

DAY = timedelta(days=1)
MESSAGES: dict[str, Any] = {
    "topic.changed": TopicChanged,
    "topic.phase_changed": TopicPhaseChanged,
    "contribution.created": discussion_events_pb2.ContributionCreated,
    "contribution.changed": discussion_events_pb2.ContributionChanged,
    "comment.created": discussion_events_pb2.CommentCreated,
    "rating.changed": discussion_events_pb2.RatingChanged,
}


async def told(portal: Portal) -> list[tuple[str, Any]]:
    """Kind and message of every event of the tenant, in the order of telling."""
    rows = await portal.rows(
        "SELECT subject, payload, aggregate_id FROM outbox WHERE subject LIKE $1 ORDER BY id",
        f"civic.discussion.%.{portal.tenant}",
    )
    found = []
    for row in rows:
        kind = row["subject"].removeprefix("civic.discussion.").removesuffix(f".v1.{portal.tenant}")
        found.append((kind, MESSAGES[kind].FromString(row["payload"])))
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def ticking(database: Database) -> Timers:
    """The worker of the service's timers; `run_due` does what is due."""
    return Timers(database, timers(database))


async def phases(portal: Portal) -> list[tuple[int, Any]]:
    return [
        (message.phase, message.phase_time.ToDatetime(tzinfo=UTC))
        for kind, message in await told(portal)
        if kind == "topic.phase_changed"
    ]


async def test_what_citizens_do_is_told_without_their_words(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    request = UpdateContributionRequest(id=made.id, etag="1", title="Anders")
    await portal.contributions(ANNA).UpdateContribution(request)
    comment = await portal.comment(made.id, BORA)
    await portal.rate(made.id, BORA, contribution_pb2.RATING_VALUE_FOR)
    assert (await told(portal))[1:] == [
        (
            "contribution.created",
            discussion_events_pb2.ContributionCreated(
                contribution_id=made.id, topic_id=topic.id, version=1, author_subject=subject_of("anna")
            ),
        ),
        (
            "contribution.changed",
            discussion_events_pb2.ContributionChanged(contribution_id=made.id, topic_id=topic.id, version=2),
        ),
        (
            "comment.created",
            discussion_events_pb2.CommentCreated(
                comment_id=comment.id,
                contribution_id=made.id,
                topic_id=topic.id,
                version=1,
                author_subject=subject_of("bora"),
            ),
        ),
        ("rating.changed", discussion_events_pb2.RatingChanged(contribution_id=made.id, topic_id=topic.id)),
    ]


async def test_drafts_are_nobodys_business(portal: Portal) -> None:
    made = await portal.add_draft()
    request = UpdateTopicRequest(id=made.id, etag="1", topic=portal.draft())
    await portal.topics(portal.admin).UpdateTopic(request)
    assert await told(portal) == []
    assert await portal.rows("SELECT FROM timer WHERE tenant_id = $1", portal.tenant) == []


async def test_every_change_of_a_published_topic_is_told_with_its_version(portal: Portal) -> None:
    topic = await portal.add_topic()
    end = portal.clock.now() + 20 * DAY
    request = ExtendTopicRequest(id=topic.id, end_time=timestamp(end), reason="Wegen der Ferien.")
    await portal.topics(portal.admin).ExtendTopic(request)
    expected = TopicChanged(
        topic_id=topic.id,
        version=2,
        title=topic.texts.title,
        teaser=topic.texts.teaser,
        start_time=topic.start_time,
        end_time=topic.end_time,
        archive_time=topic.archive_time,
    )
    longer = TopicChanged()
    longer.CopyFrom(expected)
    longer.version = 3
    longer.end_time.CopyFrom(timestamp(end))
    longer.archive_time.CopyFrom(timestamp(end + 90 * DAY))
    assert await told(portal) == [("topic.changed", expected), ("topic.changed", longer)]


async def tell_outcome(portal: Portal, topic: topic_pb2.Topic) -> None:
    request = PublishOutcomeRequest(id=topic.id, texts={"de": "Der Rat hat beschlossen."})
    await portal.topics(portal.admin).PublishOutcome(request)


async def test_each_phase_begins_once(portal: Portal, ticking: Timers) -> None:
    start = portal.clock.now() + DAY
    topic = await portal.add_topic(start_time=timestamp(start))
    end, archive = (moment.ToDatetime(tzinfo=UTC) for moment in (topic.end_time, topic.archive_time))
    expected: list[tuple[int, Any]] = []
    for phase, begin in (
        (topic_pb2.PHASE_ACTIVE, start),
        (topic_pb2.PHASE_ENDED, end),
        (topic_pb2.PHASE_ARCHIVED, archive),
    ):
        portal.clock.move_to(begin - timedelta(microseconds=1))
        await ticking.run_due()
        assert await phases(portal) == expected
        portal.clock.move_to(begin)
        for _ in range(3):
            await ticking.run_due()
        expected.append((phase, begin))
        assert await phases(portal) == expected
        if phase == topic_pb2.PHASE_ENDED:
            await tell_outcome(portal, topic)
    assert await portal.rows("SELECT FROM timer WHERE tenant_id = $1", portal.tenant) == []
    last = (await told(portal))[-1][1]
    assert last == TopicPhaseChanged(
        topic_id=topic.id, version=3, phase=topic_pb2.PHASE_ARCHIVED, phase_time=timestamp(archive)
    )


async def test_what_came_due_while_the_service_was_down_is_told_in_order(portal: Portal, ticking: Timers) -> None:
    start = portal.clock.now() + DAY
    await portal.add_topic(start_time=timestamp(start))
    portal.clock.advance(400 * DAY)
    await ticking.run_due()
    assert [phase for phase, _ in await phases(portal)] == [topic_pb2.PHASE_ACTIVE, topic_pb2.PHASE_ENDED]


async def test_without_an_outcome_a_topic_stays_out_of_the_archive(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic()
    portal.clock.move_to(topic.archive_time.ToDatetime(tzinfo=UTC))
    await ticking.run_due()
    waiting = await portal.get_topic(topic.id)
    assert waiting.phase == topic_pb2.PHASE_ENDED
    later = portal.clock.now() + 30 * DAY
    assert waiting.archive_time.ToDatetime(tzinfo=UTC) == later
    put = UpdateTopicRequest(id=topic.id, etag="*", topic=portal.draft(end_time=topic.end_time))
    put.topic.start_time.CopyFrom(topic.start_time)
    put.topic.archive_time.CopyFrom(topic.end_time)
    with pytest.raises(DomainError) as refused:
        await portal.topics(portal.admin).UpdateTopic(put)
    assert refused.value.reason == "TOPIC_OUTCOME_MISSING"
    await tell_outcome(portal, topic)
    portal.clock.move_to(later)
    await ticking.run_due()
    assert (await phases(portal))[-1] == (topic_pb2.PHASE_ARCHIVED, later)
    assert (await portal.get_topic(topic.id)).phase == topic_pb2.PHASE_ARCHIVED


async def test_a_topic_without_an_outcome_is_never_archived_not_for_a_moment(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic()
    archive = topic.archive_time.ToDatetime(tzinfo=UTC)
    portal.clock.move_to(archive - timedelta(hours=1))
    await ticking.run_due()
    assert (await portal.get_topic(topic.id)).archive_time.ToDatetime(tzinfo=UTC) == archive + 30 * DAY
    portal.clock.move_to(archive)
    # Without any timer.
    assert (await portal.get_topic(topic.id)).phase == topic_pb2.PHASE_ENDED


async def test_extending_moves_the_end_and_tells_it_once(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic()
    old_end, new_end = topic.end_time.ToDatetime(tzinfo=UTC), portal.clock.now() + 20 * DAY
    request = ExtendTopicRequest(id=topic.id, end_time=timestamp(new_end), reason="Wegen der Ferien.")
    await portal.topics(portal.admin).ExtendTopic(request)
    portal.clock.move_to(old_end)
    await ticking.run_due()
    assert await phases(portal) == []
    portal.clock.move_to(new_end)
    await ticking.run_due()
    assert await phases(portal) == [(topic_pb2.PHASE_ENDED, new_end)]


async def test_ending_early_lets_the_phase_begin_at_once(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic()
    planned = topic.end_time.ToDatetime(tzinfo=UTC)
    now = portal.clock.now()
    await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=topic.id, reason="Fertig."))
    await ticking.run_due()
    assert await phases(portal) == [(topic_pb2.PHASE_ENDED, now)]
    portal.clock.move_to(planned)
    await ticking.run_due()
    assert await phases(portal) == [(topic_pb2.PHASE_ENDED, now)]


async def test_a_cancelled_announcement_never_becomes_active(portal: Portal, ticking: Timers) -> None:
    start = portal.clock.now() + DAY
    topic = await portal.add_topic(start_time=timestamp(start))
    now = portal.clock.now()
    await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=topic.id, reason="Abgesagt."))
    portal.clock.move_to(start)
    await ticking.run_due()
    assert await phases(portal) == [(topic_pb2.PHASE_ENDED, now)]


async def test_a_call_that_fails_tells_nothing(portal: Portal) -> None:
    topic = await portal.add_topic()
    before = await told(portal)
    for call in (
        portal.contribute(topic.id, title=""),
        portal.comment("x"),
        portal.rate("x", ANNA, contribution_pb2.RATING_VALUE_FOR),
    ):
        with pytest.raises(DomainError):
            await call
    assert await told(portal) == before
