"""Answers, withdrawing, versions with fingerprints, merging, splitting, moving; and that numbers follow."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.comment_service_pb2 import ListCommentsRequest
from civic.discussion.v1.contribution_service_pb2 import (
    AnswerContributionRequest,
    FindSimilarContributionsRequest,
    ListContributionsRequest,
    ListContributionVersionsRequest,
    MergeContributionsRequest,
    MoveContributionRequest,
    SplitContributionRequest,
    UpdateContributionRequest,
    WithdrawContributionRequest,
)
from civic.discussion.v1.topic_service_pb2 import EndTopicRequest, PublishOutcomeRequest
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_discussion.application.contributions import refresh_words

from tests.service.discussion.conftest import ANNA, BORA, CLARA, Portal
from tests.service.discussion.test_topics import refusal

FOR = contribution_pb2.RATING_VALUE_FOR
AGAINST = contribution_pb2.RATING_VALUE_AGAINST
ACCEPTED = contribution_pb2.ANSWER_STATE_ACCEPTED


async def answer(portal: Portal, made: Any, caller: Any = None, *, state: Any = ACCEPTED, text: str = "Kommt.") -> Any:
    request = AnswerContributionRequest(id=made.id, state=state, text=text)
    return (await portal.contributions(caller or portal.editor).AnswerContribution(request)).contribution


async def withdraw(portal: Portal, made: Any, caller: Any = ANNA) -> Any:
    request = WithdrawContributionRequest(id=made.id)
    return (await portal.contributions(caller).WithdrawContribution(request)).contribution


async def versions(portal: Portal, made: Any, caller: Any = None) -> Any:
    return await portal.contributions(caller).ListContributionVersions(ListContributionVersionsRequest(id=made.id))


async def listed(portal: Portal, topic: Any) -> list[str]:
    answer = await portal.contributions().ListContributions(ListContributionsRequest(topic_id=topic.id))
    return [item.title for item in answer.contributions]


async def counts(portal: Portal, topic: Any) -> tuple[int, int, int]:
    seen = await portal.get_topic(topic.id)
    return seen.contribution_count, seen.comment_count, seen.rating_count


class TestAnswerContribution:
    async def test_is_seen_by_everybody_and_can_be_replaced(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        await answer(portal, made, state=contribution_pb2.ANSWER_STATE_IN_REVIEW, text="Wir prüfen das.")
        portal.clock.advance(timedelta(days=40))
        answered = await answer(portal, made)
        assert answered.answer.state == ACCEPTED
        seen = await portal.get_contribution(made.id)
        assert (seen.answer.text, seen.etag, seen.answer.answer_time.ToDatetime()) == (
            "Kommt.",
            "3",
            portal.clock.now().replace(tzinfo=None),
        )
        # The words are the author's, and as old as they were.
        assert seen.update_time == made.update_time
        trail = await portal.rows("SELECT action, details FROM audit WHERE resource_id = $1 ORDER BY id", made.id)
        assert [(row["action"], row["details"]) for row in trail] == [
            ("contribution.answer", {"state": "in_review"}),
            ("contribution.answer", {"state": "accepted"}),
        ]

    async def test_names_what_is_wrong(self, portal: Portal) -> None:
        made = await portal.contribute((await portal.add_topic()).id)
        error = await refusal(answer(portal, made, text=""))
        assert [(each.field, each.reason) for each in error.violations] == [("text", "EMPTY")]
        error = await refusal(answer(portal, made, state=0))
        assert [(each.field, each.reason) for each in error.violations] == [("state", "MALFORMED")]


class TestWithdrawContribution:
    async def test_is_gone_for_others_and_from_every_number(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        await portal.contribute(topic.id, BORA, title="Bleibt")
        await portal.comment(made.id)
        await portal.rate(made.id, BORA, FOR)
        assert await counts(portal, topic) == (2, 1, 1)
        gone = await withdraw(portal, made)
        assert gone.state == contribution_pb2.CONTRIBUTION_STATE_WITHDRAWN
        assert await withdraw(portal, made) == gone
        assert await counts(portal, topic) == (1, 0, 0)
        assert await listed(portal, topic) == ["Bleibt"]
        assert (await refusal(portal.get_contribution(made.id, BORA))).reason == "CONTRIBUTION_NOT_FOUND"
        assert (await portal.get_contribution(made.id, ANNA)).state == gone.state
        listing = portal.comments(BORA).ListComments(ListCommentsRequest(contribution_id=made.id))
        assert (await refusal(listing)).reason == "CONTRIBUTION_NOT_FOUND"

    async def test_is_for_the_author_while_the_topic_is_active(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        for other in (BORA, portal.admin):
            assert (await refusal(withdraw(portal, made, other))).reason == "NOT_THE_AUTHOR"
        await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=topic.id, reason="Vorbei."))
        assert (await refusal(withdraw(portal, made))).reason == "TOPIC_ENDED"

    async def test_makes_room_for_another_one(self, portal: Portal) -> None:
        topic = await portal.add_topic(settings=topic_pb2.TopicSettings(max_contributions=1))
        await withdraw(portal, await portal.contribute(topic.id))
        again = await portal.contribute(topic.id)
        assert (await refusal(portal.contribute(topic.id))).reason == "CONTRIBUTION_LIMIT_REACHED"
        await portal.get_contribution(again.id)


class TestListContributionVersions:
    async def test_every_version_has_a_fingerprint_that_anybody_can_compute(self, portal: Portal) -> None:
        made = await portal.contribute((await portal.add_topic()).id, title="Mehr Bänke", text="Zeile 1\nZeile 2")
        portal.clock.advance(timedelta(minutes=3))
        request = UpdateContributionRequest(id=made.id, etag="1", text="Im Schatten.")
        await portal.contributions(ANNA).UpdateContribution(request)
        await answer(portal, made)
        found = (await versions(portal, made)).versions
        assert [(each.version, each.title, each.text) for each in found] == [
            (1, "Mehr Bänke", "Zeile 1\nZeile 2"),
            (2, "Mehr Bänke", "Im Schatten."),
        ]
        for each in found:
            time = each.create_time.ToDatetime().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            lines = f"civic contribution 1\n{made.id}\n{each.version}\n{time}\n{each.title}\n{each.text}"
            assert each.fingerprint == sha256(lines.encode()).hexdigest()
        assert found[0].create_time == made.create_time

    async def test_of_what_cannot_be_seen_there_are_none(self, portal: Portal) -> None:
        made = await portal.contribute((await portal.add_topic()).id)
        await withdraw(portal, made)
        assert (await refusal(versions(portal, made, BORA))).reason == "CONTRIBUTION_NOT_FOUND"
        assert len((await versions(portal, made, ANNA)).versions) == 1


class TestMergeContributions:
    async def merge(self, portal: Portal, target: Any, *sources: Any) -> Any:
        request = MergeContributionsRequest(id=target.id, source_ids=[source.id for source in sources])
        return (await portal.contributions(portal.moderator).MergeContributions(request)).contribution

    async def test_ratings_and_comments_go_along_and_a_person_counts_once(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        target = await portal.contribute(topic.id, title="Bleibt")
        one = await portal.contribute(topic.id, BORA, title="Geht auf")
        two = await portal.contribute(topic.id, CLARA, title="Auch")
        await portal.rate(target.id, ANNA, FOR)
        await portal.rate(one.id, ANNA, AGAINST)
        await portal.rate(one.id, BORA, FOR)
        await portal.rate(two.id, BORA, FOR)
        await portal.comment(target.id, text="Am Ziel")
        await portal.comment(two.id, text="Von der Quelle")
        assert await counts(portal, topic) == (3, 2, 4)
        merged = await self.merge(portal, target, one, two)
        assert (getattr(merged.ratings, "for"), merged.ratings.against, merged.comment_count) == (2, 0, 2)
        assert await counts(portal, topic) == (1, 2, 2)
        assert await listed(portal, topic) == ["Bleibt"]
        comments = await portal.comments().ListComments(ListCommentsRequest(contribution_id=target.id))
        assert [each.text for each in comments.comments] == ["Am Ziel", "Von der Quelle"]
        origins = (await versions(portal, target)).origins
        assert {(each.kind, each.id, each.title) for each in origins} == {
            (contribution_pb2.ORIGIN_KIND_MERGED, one.id, "Geht auf"),
            (contribution_pb2.ORIGIN_KIND_MERGED, two.id, "Auch"),
        }
        # The original stays under its address and leads on.
        seen = await portal.get_contribution(one.id)
        assert (seen.state, seen.merged_into) == (contribution_pb2.CONTRIBUTION_STATE_MERGED, target.id)
        assert (await refusal(self.merge(portal, target, one))).reason == "CONTRIBUTION_NOT_PUBLIC"

    async def test_only_within_one_topic_and_not_into_itself(self, portal: Portal) -> None:
        one, two = await portal.add_topic(), await portal.add_topic()
        here, there = await portal.contribute(one.id), await portal.contribute(two.id)
        assert (await refusal(self.merge(portal, here, there))).reason == "CONTRIBUTION_NOT_FOUND"
        error = await refusal(self.merge(portal, here, here))
        assert [(each.field, each.reason) for each in error.violations] == [("source_ids", "OUT_OF_RANGE")]


class TestSplitContribution:
    async def test_the_part_is_the_authors_and_leads_back(self, portal: Portal) -> None:
        topic = await portal.add_topic(names_public=False)
        made = await portal.contribute(topic.id, title="Zwei Dinge")
        request = SplitContributionRequest(id=made.id, title="Das zweite", text="Nur das.", request_id="s1")
        stub = portal.contributions(portal.moderator)
        part = (await stub.SplitContribution(request)).contribution
        assert (await stub.SplitContribution(request)).contribution == part
        assert (part.title, part.text, part.author_name) == ("Das zweite", "Nur das.", "anna")
        assert (await portal.get_contribution(part.id, ANNA)).mine
        assert await counts(portal, topic) == (2, 0, 0)
        origins = (await versions(portal, part)).origins
        assert [(each.kind, each.id, each.title) for each in origins] == [
            (contribution_pb2.ORIGIN_KIND_SPLIT, made.id, "Zwei Dinge")
        ]
        await withdraw(portal, made)
        assert [each.title for each in (await versions(portal, part)).origins] == [""]


class TestMoveContribution:
    async def test_takes_comments_and_ratings_along(self, portal: Portal) -> None:
        choices = [topic_pb2.Choice(key="verkehr", names={"de": "Verkehr"})]
        before = await portal.add_topic(settings=topic_pb2.TopicSettings(categories=choices))
        after = await portal.add_topic()
        made = await portal.contribute(before.id, category="verkehr")
        await portal.comment(made.id)
        await portal.rate(made.id, BORA, FOR)
        request = MoveContributionRequest(id=made.id, topic_id=after.id)
        moved = (await portal.contributions(portal.moderator).MoveContribution(request)).contribution
        assert (moved.topic_id, moved.category) == (after.id, "")
        assert (await counts(portal, before), await counts(portal, after)) == ((0, 0, 0), (1, 1, 1))
        origins = (await versions(portal, made)).origins
        assert [(each.kind, each.id, each.title) for each in origins] == [
            (contribution_pb2.ORIGIN_KIND_MOVED, before.id, before.texts.title)
        ]

    async def test_not_to_a_draft_or_nowhere(self, portal: Portal) -> None:
        made = await portal.contribute((await portal.add_topic()).id)
        stub = portal.contributions(portal.moderator)
        draft = await portal.add_draft()
        error = await refusal(stub.MoveContribution(MoveContributionRequest(id=made.id, topic_id=draft.id)))
        assert error.reason == "TOPIC_NOT_PUBLISHED"
        error = await refusal(stub.MoveContribution(MoveContributionRequest(id=made.id, topic_id=made.id)))
        assert error.reason == "TOPIC_NOT_FOUND"


class TestFindSimilarContributions:
    async def find(self, portal: Portal, topic: Any, text: str) -> list[str]:
        request = FindSimilarContributionsRequest(topic_id=topic.id, text=text)
        return [each.title for each in (await portal.contributions().FindSimilarContributions(request)).contributions]

    async def index(self, portal: Portal, *made: Any) -> None:
        """What the service's own consumer does with an event."""
        call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "test", None)
        for each in made:
            async with portal.database.unit_of_work(call) as work:
                await refresh_words(work, UUID(each.id))

    async def test_finds_other_forms_of_a_word_and_the_title_first(self, portal: Portal) -> None:
        topic, other = await portal.add_topic(), await portal.add_topic()
        bench = await portal.contribute(topic.id, title="Bänke unter den Linden", text="Zum Sitzen.")
        tree = await portal.contribute(topic.id, title="Neue Bäume", text="Und eine Bank darunter.")
        away = await portal.contribute(topic.id, title="Radweg", text="Am Bahnhof.")
        elsewhere = await portal.contribute(other.id, title="Bänke anderswo")
        await self.index(portal, bench, tree, away, elsewhere)
        assert await self.find(portal, topic, "Eine Bank wäre schön") == ["Bänke unter den Linden", "Neue Bäume"]
        assert await self.find(portal, topic, "zz & | ! :*") == []
        assert await self.find(portal, topic, "") == []
        await withdraw(portal, bench)
        assert await self.find(portal, topic, "Bank") == ["Neue Bäume"]
        await self.index(portal, bench)
        kept = await portal.rows("SELECT count(*) FROM contribution_words WHERE topic_id = $1", topic.id)
        assert kept[0]["count"] == 2


class TestPublishOutcome:
    async def publish(self, portal: Portal, topic: Any, texts: dict[str, str]) -> Any:
        request = PublishOutcomeRequest(id=topic.id, texts=texts)
        return (await portal.topics(portal.editor).PublishOutcome(request)).topic

    async def test_tells_what_became_of_an_ended_topic(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        error = await refusal(self.publish(portal, topic, {"de": "Der Rat hat beschlossen."}))
        assert error.reason == "TOPIC_NOT_ENDED"
        await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=topic.id, reason="Vorbei."))
        told = await self.publish(portal, topic, {"de": "Der Rat hat **beschlossen**.", "en": "It was decided."})
        assert dict(told.outcome.texts) == {"de": "Der Rat hat **beschlossen**.", "en": "It was decided."}
        assert (await portal.get_topic(topic.id)).outcome == told.outcome
        again = await self.publish(portal, topic, dict(told.outcome.texts))
        assert again.etag == told.etag

    @pytest.mark.parametrize(
        ("texts", "found"),
        [
            ({}, ("texts.de", "REQUIRED")),
            ({"de": "kurz"}, ("texts.de", "TOO_SHORT")),
            ({"de": "Lang genug ist das.", "DE": "Lang genug ist das."}, ("texts", "MALFORMED")),
        ],
    )
    async def test_names_what_is_wrong(self, portal: Portal, texts: dict[str, str], found: tuple[str, str]) -> None:
        topic = await portal.add_topic()
        error = await refusal(self.publish(portal, topic, texts))
        assert [(each.field, each.reason) for each in error.violations] == [found]
