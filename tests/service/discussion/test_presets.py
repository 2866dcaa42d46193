"""What a topic is for: texts that are commented on by section, official topics, and initiatives with a goal."""

import asyncio
from collections import Counter
from typing import Any

import pytest_asyncio
from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.contribution_service_pb2 import (
    DeleteRatingRequest,
    MergeContributionsRequest,
    MoveContributionRequest,
)
from civic.discussion.v1.object_service_pb2 import DeleteObjectRequest
from civic.discussion.v1.statistics_service_pb2 import GetTopicStatisticsRequest
from civic.discussion.v1.topic_service_pb2 import PublishTopicRequest, UpdateTopicRequest
from civic_chassis.db import Database
from civic_chassis.db.timers import Timers
from civic_chassis.testing.issuer import subject_of
from civic_chassis.testing.service import Person
from civic_discussion.main import timers

from tests.service.discussion.conftest import ANNA, BORA, CLARA, Portal
from tests.service.discussion.test_curation import answer
from tests.service.discussion.test_notices import notices
from tests.service.discussion.test_taking_part import settings, wrong
from tests.service.discussion.test_topics import refusal

FOR, NEUTRAL, AGAINST = (
    contribution_pb2.RATING_VALUE_FOR,
    contribution_pb2.RATING_VALUE_NEUTRAL,
    contribution_pb2.RATING_VALUE_AGAINST,
)
INITIATIVE, TEXT = topic_pb2.TOPIC_PRESET_INITIATIVE, topic_pb2.TOPIC_PRESET_TEXT


@pytest_asyncio.fixture(loop_scope="session")
async def ticking(database: Database) -> Timers:
    return Timers(database, timers(database))


async def initiative(portal: Portal, goal: int) -> topic_pb2.Topic:
    return await portal.add_topic(settings=settings(preset=INITIATIVE, support_goal=goal))


async def set_goal(portal: Portal, topic: topic_pb2.Topic, **values: Any) -> topic_pb2.Topic:
    present = await portal.get_topic(topic.id)
    draft = portal.draft(
        start_time=present.start_time, end_time=present.end_time, settings=settings(preset=INITIATIVE, **values)
    )
    request = UpdateTopicRequest(id=topic.id, etag=present.etag, topic=draft)
    found: topic_pb2.Topic = (await portal.topics(portal.editor).UpdateTopic(request)).topic
    return found


def goal_of(found: contribution_pb2.Contribution) -> int | None:
    return found.goal_reached.goal if found.HasField("goal_reached") else None


class TestInitiative:
    async def test_is_supported_or_not(self, portal: Portal) -> None:
        topic = await initiative(portal, 5)
        made = await portal.contribute(topic.id)
        for value in (NEUTRAL, AGAINST):
            error = await refusal(portal.rate(made.id, BORA, value))
            assert (error.kind.name, error.reason) == ("PRECONDITION", "SUPPORT_ONLY")
        assert (await portal.rate(made.id, BORA, FOR)).ratings == contribution_pb2.RatingTally(**{"for": 1})
        taken_back = await portal.contributions(BORA).DeleteRating(DeleteRatingRequest(contribution_id=made.id))
        assert taken_back.ratings == contribution_pb2.RatingTally()

    async def test_reaches_its_goal_once_however_many_come_at_the_same_time(
        self, portal: Portal, ticking: Timers
    ) -> None:
        topic = await initiative(portal, 5)
        made = await portal.contribute(topic.id)
        people = [Person(name=f"person-{number}") for number in range(12)]
        await asyncio.gather(*(portal.rate(made.id, person, FOR) for person in people[:4]))
        assert goal_of(await portal.get_contribution(made.id)) is None
        reached_at = portal.clock.now()
        await asyncio.gather(*(portal.rate(made.id, person, FOR) for person in people[4:]))
        await asyncio.gather(ticking.run_due(), Timers(portal.database, timers(portal.database)).run_due())
        await ticking.run_due()
        told = [notice for notice in await notices(portal) if notice.kind.startswith("goal.")]
        assert Counter((notice.kind, notice.WhichOneof("audience")) for notice in told) == {
            ("goal.reached", "subjects"): 1,
            ("goal.reached", "followers_of"): 1,
            ("goal.waiting", "staff"): 1,
        }
        assert len({notice.notice_id for notice in told}) == 3
        by_audience = {notice.WhichOneof("audience"): notice for notice in told}
        assert list(by_audience["subjects"].subjects.subjects) == [subject_of("anna")]
        assert by_audience["followers_of"].except_subject == subject_of("anna")
        assert by_audience["staff"].words == {"title": topic.texts.title, "item": made.title, "count": "5"}
        found = await portal.get_contribution(made.id)
        assert (found.goal_reached.goal, getattr(found.ratings, "for")) == (5, 12)
        assert found.goal_reached.reach_time.ToDatetime() == reached_at.replace(tzinfo=None)
        assert found.etag == made.etag
        asked = GetTopicStatisticsRequest(topic_id=topic.id)
        counted = (await portal.statistics().GetTopicStatistics(asked)).statistics
        assert (counted.goals_reached, counted.totals.ratings) == (1, 12)

    async def test_stays_reached_when_support_goes_or_the_goal_rises(self, portal: Portal, ticking: Timers) -> None:
        topic = await initiative(portal, 2)
        made, other = await portal.contribute(topic.id), await portal.contribute(topic.id, title="Mehr Bäume")
        for person in (ANNA, BORA):
            await portal.rate(made.id, person, FOR)
        await portal.rate(other.id, BORA, FOR)
        await ticking.run_due()
        await portal.contributions(BORA).DeleteRating(DeleteRatingRequest(contribution_id=made.id))
        await set_goal(portal, topic, support_goal=50)
        await portal.rate(made.id, CLARA, FOR)
        await ticking.run_due()
        seen = await portal.get_contribution(made.id)
        assert (goal_of(seen), getattr(seen.ratings, "for")) == (2, 2)
        assert [notice.kind for notice in await notices(portal)].count("goal.waiting") == 1
        # A goal that falls is reached by whoever has as many by then.
        await set_goal(portal, topic, support_goal=1)
        await ticking.run_due()
        assert goal_of(await portal.get_contribution(other.id)) == 1
        assert [notice.kind for notice in await notices(portal)].count("goal.waiting") == 2

    async def test_reaches_its_goal_by_merging_where_each_person_counts_once(self, portal: Portal) -> None:
        topic = await initiative(portal, 3)
        target, source = await portal.contribute(topic.id), await portal.contribute(topic.id, BORA, title="Mehr Sitze")
        for made, people in ((target, (ANNA, BORA)), (source, (BORA, CLARA))):
            for person in people:
                await portal.rate(made.id, person, FOR)
        request = MergeContributionsRequest(id=target.id, source_ids=[source.id])
        await portal.contributions(portal.moderator).MergeContributions(request)
        seen = await portal.get_contribution(target.id)
        assert (goal_of(seen), getattr(seen.ratings, "for")) == (3, 3)

    async def test_takes_no_ratings_over_and_gives_no_support_away(self, portal: Portal) -> None:
        ideas, petitions = await portal.add_topic(), await initiative(portal, 3)
        made = await portal.contribute(ideas.id)
        request = MoveContributionRequest(id=made.id, topic_id=petitions.id)
        error = await refusal(portal.contributions(portal.moderator).MoveContribution(request))
        assert error.reason == "TOPIC_PRESET_DIFFERS"

    async def test_waits_for_the_answer_without_a_goal_too_but_is_never_reached(
        self, portal: Portal, ticking: Timers
    ) -> None:
        topic = await initiative(portal, 0)
        made = await portal.contribute(topic.id)
        await portal.rate(made.id, BORA, FOR)
        await ticking.run_due()
        assert goal_of(await answer(portal, made)) is None
        assert [notice.kind for notice in await notices(portal)] == ["answer.given"]


class TestText:
    async def test_needs_a_text_before_everybody_sees_it_and_keeps_one(self, portal: Portal) -> None:
        draft = await portal.add_draft(settings=settings(preset=TEXT))
        publish = PublishTopicRequest(id=draft.id)
        assert (await refusal(portal.topics(portal.editor).PublishTopic(publish))).reason == "TOPIC_TEXT_MISSING"
        await portal.put_object(draft.id, "satzung")
        await portal.put_object(draft.id, "entwurf")
        await portal.topics(portal.editor).PublishTopic(publish)
        objects = portal.objects(portal.editor)
        await objects.DeleteObject(DeleteObjectRequest(topic_id=draft.id, id="entwurf"))
        error = await refusal(objects.DeleteObject(DeleteObjectRequest(topic_id=draft.id, id="satzung")))
        assert error.reason == "TOPIC_TEXT_MISSING"

    async def test_takes_contributions_about_a_section_alone(self, portal: Portal) -> None:
        draft = await portal.add_draft(settings=settings(preset=TEXT))
        await portal.put_object(draft.id, "satzung")
        await portal.topics(portal.editor).PublishTopic(PublishTopicRequest(id=draft.id))
        for anchor in (None, place_pb2.Anchor(object_id="satzung")):
            error = await refusal(portal.contribute(draft.id, anchor=anchor))
            assert wrong(error) == [("anchor.section", "REQUIRED")]
        made = await portal.contribute(draft.id, anchor=place_pb2.Anchor(object_id="satzung", section="s1"))
        assert made.anchor.section == "s1"


async def test_what_a_topic_is_for_stays_once_somebody_contributed(portal: Portal) -> None:
    topic = await portal.add_topic()
    changed = await set_goal(portal, topic, support_goal=2)
    assert changed.settings.preset == INITIATIVE
    await portal.contribute(topic.id)
    draft = portal.draft(start_time=changed.start_time, end_time=changed.end_time)
    request = UpdateTopicRequest(id=topic.id, etag=changed.etag, topic=draft)
    error = await refusal(portal.topics(portal.editor).UpdateTopic(request))
    assert (error.kind.name, error.reason) == ("PRECONDITION", "TOPIC_PRESET_FIXED")
