"""Contributions: written, read, changed; in every order, and while others do the same."""

import asyncio
from datetime import UTC, timedelta
from typing import Any

import pytest
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, topic_pb2
from civic.discussion.v1.contribution_service_pb2 import (
    CreateContributionRequest,
    GetContributionRequest,
    ListContributionsRequest,
    UpdateContributionRequest,
)
from civic.discussion.v1.topic_service_pb2 import EndTopicRequest, UpdateTopicRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person
from civic_participation.tenants import TenantState

from tests.service.discussion.conftest import ANNA, BORA, NOWHERE, Portal, timestamp

NEWEST = contribution_service_pb2.CONTRIBUTION_ORDER_NEWEST
OLDEST = contribution_service_pb2.CONTRIBUTION_ORDER_OLDEST
MOST_SUPPORTED = contribution_service_pb2.CONTRIBUTION_ORDER_MOST_SUPPORTED
FOR = contribution_pb2.RATING_VALUE_FOR


async def refusal(call: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value


async def titles(portal: Portal, topic_id: str, order: Any = NEWEST, *, size: int = 100) -> list[str]:
    """All pages."""
    seen: list[str] = []
    token = ""
    while True:
        request = ListContributionsRequest(topic_id=topic_id, order=order, page_size=size, page_token=token)
        answer = await portal.contributions().ListContributions(request)
        assert len(answer.contributions) <= size
        seen += [contribution.title for contribution in answer.contributions]
        token = answer.next_page_token
        if not token:
            return seen


class TestCreateContribution:
    async def test_is_there_for_everybody(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id, ANNA, title="Mehr Bänke", text="Im Schatten.\nUnd in der Sonne.")
        now = timestamp(portal.clock.now())
        assert made == contribution_pb2.Contribution(
            name=f"tenants/{portal.tenant}/contributions/{made.id}",
            id=made.id,
            topic_id=topic.id,
            etag="1",
            create_time=now,
            update_time=now,
            title="Mehr Bänke",
            text="Im Schatten.\nUnd in der Sonne.",
            author_name="anna",
            ratings=contribution_pb2.RatingTally(),
            mine=True,
            state=contribution_pb2.CONTRIBUTION_STATE_PUBLISHED,
        )
        assert await portal.get_contribution(made.id, ANNA) == made
        made.mine = False
        for other in (None, BORA, portal.admin):
            assert await portal.get_contribution(made.id, other) == made

    async def test_the_same_key_makes_one(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        first = await portal.contribute(topic.id, key="doppelklick")
        await portal.rate(first.id, BORA, FOR)
        again = await portal.contribute(topic.id, key="doppelklick")
        assert again.id == first.id
        assert again.ratings == contribution_pb2.RatingTally(**{"for": 1})
        assert await titles(portal, topic.id) == ["Mehr Bänke"]
        assert (await portal.get_topic(topic.id)).contribution_count == 1

    async def test_a_double_click_makes_one(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await asyncio.gather(*(portal.contribute(topic.id, key="k") for _ in range(12)))
        assert len({contribution.id for contribution in made}) == 1
        assert (await portal.get_topic(topic.id)).contribution_count == 1

    async def test_the_same_key_with_other_words_is_refused(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        await portal.contribute(topic.id, key="k")
        error = await refusal(portal.contribute(topic.id, key="k", text="Anders."))
        assert (error.kind, error.reason) == (Kind.CONFLICT, "REQUEST_ID_REUSED")

    async def test_a_key_belongs_to_one_person_and_tenant(self, portal: Portal, neighbour: Portal) -> None:
        one, two = await portal.add_topic(), await neighbour.add_topic()
        made = {
            (await portal.contribute(one.id, ANNA, key="k")).id,
            (await portal.contribute(one.id, BORA, key="k")).id,
            (await neighbour.contribute(two.id, ANNA, key="k")).id,
        }
        assert len(made) == 3

    async def test_a_repeat_after_the_end_still_answers(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id, key="k")
        portal.clock.advance(timedelta(days=11))
        assert (await portal.contribute(topic.id, key="k")).id == made.id

    async def test_a_refused_call_leaves_its_key_free(self, portal: Portal) -> None:
        start = portal.clock.now() + timedelta(hours=1)
        topic = await portal.add_topic(start_time=timestamp(start))
        assert (await refusal(portal.contribute(topic.id, key="k"))).reason == "TOPIC_NOT_STARTED"
        portal.clock.move_to(start)
        assert (await portal.contribute(topic.id, key="k")).topic_id == topic.id

    async def test_counts_are_exact_while_32_write(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        people = [Person(name=f"person-{number}") for number in range(32)]
        for _ in range(3):
            await asyncio.gather(*(portal.contribute(topic.id, person) for person in people))
        assert (await portal.get_topic(topic.id)).contribution_count == 96
        assert len(await titles(portal, topic.id)) == 96
        rows = await portal.rows("SELECT subject FROM outbox WHERE subject LIKE $1", f"%contribution%{portal.tenant}")
        assert len(rows) == 96

    async def test_a_draft_takes_nothing(self, portal: Portal) -> None:
        topic = await portal.add_draft()
        assert (await refusal(portal.contribute(topic.id, ANNA))).reason == "TOPIC_NOT_FOUND"
        assert (await refusal(portal.contribute(topic.id, portal.editor))).reason == "TOPIC_NOT_PUBLISHED"

    @pytest.mark.parametrize("topic_id", ["", "x", "\x00", NOWHERE])
    async def test_there_is_no_such_topic(self, portal: Portal, topic_id: str) -> None:
        error = await refusal(portal.contribute(topic_id))
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "TOPIC_NOT_FOUND")


class TestUpdateContribution:
    async def test_changes_what_is_given(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        portal.clock.advance(timedelta(minutes=2))
        request = UpdateContributionRequest(id=made.id, etag="1", title="Viel mehr Bänke")
        changed = (await portal.contributions(ANNA).UpdateContribution(request)).contribution
        assert (changed.title, changed.text, changed.etag) == ("Viel mehr Bänke", "Im Schatten.", "2")
        assert (changed.create_time, changed.update_time) == (made.create_time, timestamp(portal.clock.now()))
        assert await portal.get_contribution(made.id, ANNA) == changed
        request = UpdateContributionRequest(id=made.id, etag="2", text="Überall.")
        assert (await portal.contributions(ANNA).UpdateContribution(request)).contribution.etag == "3"

    async def test_the_same_words_change_nothing(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        for request in (
            UpdateContributionRequest(id=made.id, etag="1"),
            UpdateContributionRequest(id=made.id, etag="1", title=made.title, text=made.text + " "),
        ):
            assert (await portal.contributions(ANNA).UpdateContribution(request)).contribution == made

    async def test_needs_the_current_etag(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        stub = portal.contributions(ANNA)
        error = await refusal(stub.UpdateContribution(UpdateContributionRequest(id=made.id, title="Anders")))
        assert (error.kind, error.reason) == (Kind.VERSION, "ETAG_REQUIRED")
        error = await refusal(stub.UpdateContribution(UpdateContributionRequest(id=made.id, etag="2", title="Anders")))
        assert (error.kind, error.reason, error.metadata) == (Kind.VERSION, "ETAG_MISMATCH", {"etag": "1"})

    async def test_ratings_and_comments_do_not_change_the_etag(self, portal: Portal) -> None:
        topic = await portal.add_topic(settings=topic_pb2.TopicSettings(edit_minutes=5))
        made = await portal.contribute(topic.id)
        await portal.rate(made.id, BORA, FOR)
        await portal.comment(made.id)
        request = UpdateContributionRequest(id=made.id, etag="1", title="Anders")
        changed = (await portal.contributions(ANNA).UpdateContribution(request)).contribution
        assert (changed.etag, changed.comment_count, getattr(changed.ratings, "for")) == ("2", 1, 1)

    async def test_of_two_edits_at_once_one_wins(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        stub = portal.contributions(ANNA)
        edits = [
            stub.UpdateContribution(UpdateContributionRequest(id=made.id, etag="1", text=f"Fassung {number}"))
            for number in range(10)
        ]
        done = await asyncio.gather(*edits, return_exceptions=True)
        reasons = [answer.reason for answer in done if isinstance(answer, DomainError)]
        assert reasons == ["ETAG_MISMATCH"] * 9
        assert (await portal.get_contribution(made.id)).etag == "2"

    async def test_is_for_the_author_alone(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        request = UpdateContributionRequest(id=made.id, etag="1", title="Fremd")
        for other in (BORA, portal.admin, portal.moderator):
            error = await refusal(portal.contributions(other).UpdateContribution(request))
            assert (error.kind, error.reason) == (Kind.FORBIDDEN, "NOT_THE_AUTHOR")
        assert (await portal.get_contribution(made.id)).title == "Mehr Bänke"

    async def test_is_over_with_the_topic(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        portal.clock.move_to(topic.end_time.ToDatetime(tzinfo=UTC))
        request = UpdateContributionRequest(id=made.id, etag="1", title="Zu spät")
        error = await refusal(portal.contributions(ANNA).UpdateContribution(request))
        assert (error.reason, error.metadata) == ("TOPIC_ENDED", {"end_time": "2026-12-03T08:00:00.000000Z"})

    async def test_absent_and_empty_are_different(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        request = UpdateContributionRequest(id=made.id, etag="1", title="", text="")
        error = await refusal(portal.contributions(ANNA).UpdateContribution(request))
        assert [(found.field, found.reason) for found in error.violations] == [("title", "EMPTY"), ("text", "EMPTY")]


class TestNames:
    async def test_hidden_names_are_seen_by_author_and_staff(self, portal: Portal, neighbour: Portal) -> None:
        topic = await portal.add_topic(names_public=False)
        made = await portal.contribute(topic.id, ANNA)
        comment = await portal.comment(made.id, ANNA)
        assert (made.author_name, comment.author_name) == ("anna", "anna")
        expected: list[tuple[Person | None, str]] = [
            (None, ""),
            (BORA, ""),
            (neighbour.admin, ""),
            (ANNA, "anna"),
            (portal.admin, "anna"),
            (portal.editor, "anna"),
            (portal.moderator, "anna"),
        ]
        for caller, name in expected:
            assert (await portal.get_contribution(made.id, caller)).author_name == name
            request = ListContributionsRequest(topic_id=topic.id)
            listed = await portal.contributions(caller).ListContributions(request)
            assert [item.author_name for item in listed.contributions] == [name]

    async def test_what_was_promised_is_kept(self, portal: Portal) -> None:
        draft = portal.draft(names_public=False)
        topic = await portal.add_topic(**{name.name: value for name, value in draft.ListFields()}, names_public=False)
        hidden = await portal.contribute(topic.id, ANNA)
        draft.names_public = True
        request = UpdateTopicRequest(id=topic.id, etag="*", topic=draft)
        await portal.topics(portal.admin).UpdateTopic(request)
        shown = await portal.contribute(topic.id, ANNA)
        assert (await portal.get_contribution(hidden.id)).author_name == ""
        assert (await portal.get_contribution(shown.id)).author_name == "anna"
        draft.names_public = False
        request = UpdateTopicRequest(id=topic.id, etag="*", topic=draft)
        await portal.topics(portal.admin).UpdateTopic(request)
        assert (await portal.get_contribution(shown.id)).author_name == ""


class TestDeadline:
    """The instant at which the server received the call decides, to the microsecond."""

    @pytest.mark.parametrize(
        ("offset", "reason"),
        [(timedelta(microseconds=-1), None), (timedelta(0), "TOPIC_ENDED"), (timedelta(seconds=1), "TOPIC_ENDED")],
    )
    async def test_the_end(self, portal: Portal, offset: timedelta, reason: str | None) -> None:
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        portal.clock.move_to(topic.end_time.ToDatetime(tzinfo=UTC) + offset)
        for call in (portal.contribute(topic.id), portal.comment(made.id), portal.rate(made.id, BORA, FOR)):
            if reason is None:
                await call
            else:
                error = await refusal(call)
                assert (error.kind, error.reason) == (Kind.PRECONDITION, reason)
                assert error.metadata == {"end_time": "2026-12-03T08:00:00.000000Z"}

    async def test_the_start(self, portal: Portal) -> None:
        start = portal.clock.now() + timedelta(hours=1)
        topic = await portal.add_topic(start_time=timestamp(start))
        portal.clock.move_to(start - timedelta(microseconds=1))
        error = await refusal(portal.contribute(topic.id))
        assert (error.reason, error.metadata) == ("TOPIC_NOT_STARTED", {"start_time": "2026-11-23T09:00:00.000000Z"})
        portal.clock.move_to(start)
        assert (await portal.contribute(topic.id)).create_time == timestamp(start)

    async def test_a_call_that_had_to_wait_was_received_in_time(self, portal: Portal) -> None:
        """Another transaction holds the contribution while the topic's end passes."""
        topic = await portal.add_topic()
        made = await portal.contribute(topic.id)
        portal.clock.move_to(topic.end_time.ToDatetime(tzinfo=UTC) - timedelta(microseconds=1))
        async with portal.database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("SELECT set_config('civic.tenant', $1, true)", portal.tenant)
            await connection.execute("SELECT FROM contribution WHERE id = $1 FOR UPDATE", made.id)
            waiting = asyncio.create_task(portal.rate(made.id, BORA, FOR))
            await portal.wait_for_locks(1)
            portal.clock.advance(timedelta(minutes=1))
            await transaction.rollback()
        assert getattr((await waiting).ratings, "for") == 1

    async def test_ended_by_staff_counts_from_that_instant(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=topic.id, reason="Fertig."))
        error = await refusal(portal.contribute(topic.id))
        assert (error.reason, error.metadata) == ("TOPIC_ENDED", {"end_time": "2026-11-23T08:00:00.000000Z"})


async def test_a_suspended_or_closed_tenant_takes_nothing(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    states = [
        (TenantState.SUSPENDED, Kind.PRECONDITION, "TENANT_SUSPENDED"),
        (TenantState.CLOSED, Kind.GONE, "TENANT_CLOSED"),
    ]
    for version, (state, kind, reason) in enumerate(states, start=2):
        await portal.know(state, version=version)
        for call in (
            portal.contribute(topic.id),
            portal.comment(made.id),
            portal.rate(made.id, BORA, FOR),
            portal.contributions(ANNA).UpdateContribution(
                UpdateContributionRequest(id=made.id, etag="1", title="Anders")
            ),
        ):
            error = await refusal(call)
            assert (error.kind, error.reason) == (kind, reason)
    assert (await portal.get_contribution(made.id)).title == "Mehr Bänke"


async def test_a_tenant_that_nobody_told_of_takes_nothing(portal: Portal) -> None:
    topic = await portal.add_topic()
    request = CreateContributionRequest(topic_id=topic.id, title="Mehr Bänke", text="Im Schatten.")
    error = await refusal(portal.contributions(ANNA, tenant="nirgendwo").CreateContribution(request))
    assert (error.kind, error.reason) == (Kind.NOT_FOUND, "TENANT_NOT_FOUND")


@pytest.mark.parametrize("contribution_id", ["", "x", "\x00", NOWHERE, "a" * 100_000])
async def test_there_is_no_such_contribution(portal: Portal, contribution_id: str) -> None:
    request = GetContributionRequest(id=contribution_id)
    error = await refusal(portal.contributions().GetContribution(request))
    assert (error.kind, error.reason) == (Kind.NOT_FOUND, "CONTRIBUTION_NOT_FOUND")
