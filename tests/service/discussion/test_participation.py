"""What a person did, over all tenants, seen by that person alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2
from civic.discussion.v1.contribution_service_pb2 import (
    DeleteRatingRequest,
    ListMyParticipationRequest,
    WithdrawContributionRequest,
)
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import Portal, timestamp

CONTRIBUTION = contribution_service_pb2.PARTICIPATION_KIND_CONTRIBUTION
COMMENT = contribution_service_pb2.PARTICIPATION_KIND_COMMENT
RATING = contribution_service_pb2.PARTICIPATION_KIND_RATING


def somebody() -> Person:
    return Person(name=f"person-{uuid4().hex[:8]}")


async def mine(portal: Portal, person: Person, *, size: int = 100) -> list[contribution_service_pb2.Participation]:
    seen: list[contribution_service_pb2.Participation] = []
    token = ""
    while True:
        request = ListMyParticipationRequest(page_size=size, page_token=token)
        answer = await portal.contributions(person, tenant=None).ListMyParticipation(request)
        assert len(answer.participation) <= size
        seen += answer.participation
        token = answer.next_page_token
        if not token:
            return seen


async def test_everything_of_one_person_newest_first(portal: Portal, neighbour: Portal) -> None:
    person, other = somebody(), somebody()
    topic, elsewhere = await portal.add_topic(), await neighbour.add_topic()
    written = await portal.contribute(topic.id, person, title="Mehr Bänke")
    portal.clock.advance(timedelta(minutes=1))
    foreign = await neighbour.contribute(elsewhere.id, other, title="Ein Brunnen")
    comment = await neighbour.comment(foreign.id, person)
    portal.clock.advance(timedelta(minutes=1))
    await neighbour.rate(foreign.id, person, contribution_pb2.RATING_VALUE_FOR)
    entries = await mine(portal, person)
    assert [(entry.kind, entry.tenant, entry.contribution_id) for entry in entries] == [
        (RATING, neighbour.tenant, foreign.id),
        (COMMENT, neighbour.tenant, foreign.id),
        (CONTRIBUTION, portal.tenant, written.id),
    ]
    assert entries[1] == contribution_service_pb2.Participation(
        id=comment.id,
        kind=COMMENT,
        tenant=neighbour.tenant,
        topic_id=elsewhere.id,
        topic_title=elsewhere.texts.title,
        contribution_id=foreign.id,
        contribution_title="Ein Brunnen",
        create_time=timestamp(portal.clock.now() - timedelta(minutes=1)),
        state=contribution_pb2.CONTRIBUTION_STATE_PUBLISHED,
    )
    for size in (1, 2, 3):
        assert await mine(portal, person, size=size) == entries
    assert [entry.kind for entry in await mine(portal, other)] == [CONTRIBUTION]


async def test_a_changed_rating_is_one_entry_and_a_taken_back_one_is_none(portal: Portal) -> None:
    person = somebody()
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    await portal.rate(made.id, person, contribution_pb2.RATING_VALUE_FOR)
    await portal.rate(made.id, person, contribution_pb2.RATING_VALUE_AGAINST)
    assert [entry.kind for entry in await mine(portal, person)] == [RATING]
    await portal.contributions(person).DeleteRating(DeleteRatingRequest(contribution_id=made.id))
    assert await mine(portal, person) == []
    await portal.rate(made.id, person, contribution_pb2.RATING_VALUE_FOR)
    assert [entry.kind for entry in await mine(portal, person)] == [RATING]


async def test_nobody_has_no_list(portal: Portal) -> None:
    with pytest.raises(DomainError) as refused:
        await portal.contributions(tenant=None).ListMyParticipation(ListMyParticipationRequest())
    assert (refused.value.kind, refused.value.reason) == (Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED")


async def test_a_token_of_another_person_is_refused(portal: Portal) -> None:
    one, two = somebody(), somebody()
    topic = await portal.add_topic()
    for person in (one, two):
        for _ in range(2):
            await portal.contribute(topic.id, person)
    request = ListMyParticipationRequest(page_size=1)
    token = (await portal.contributions(one, tenant=None).ListMyParticipation(request)).next_page_token
    with pytest.raises(DomainError) as refused:
        await portal.contributions(two, tenant=None).ListMyParticipation(ListMyParticipationRequest(page_token=token))
    assert refused.value.reason == "PAGE_TOKEN_INVALID"


async def test_one_kind_alone_and_what_became_of_it(portal: Portal) -> None:
    person = somebody()
    topic = await portal.add_topic()
    kept = await portal.contribute(topic.id, person, title="Bleibt")
    portal.clock.advance(timedelta(minutes=1))
    gone = await portal.contribute(topic.id, person, title="Zurückgezogen")
    await portal.comment(kept.id, person)
    await portal.contributions(person).WithdrawContribution(WithdrawContributionRequest(id=gone.id))
    request = ListMyParticipationRequest(kind=CONTRIBUTION, page_size=1)
    first = await portal.contributions(person, tenant=None).ListMyParticipation(request)
    request.page_token = first.next_page_token
    second = await portal.contributions(person, tenant=None).ListMyParticipation(request)
    assert [(entry.contribution_title, entry.state) for entry in (*first.participation, *second.participation)] == [
        ("Zurückgezogen", contribution_pb2.CONTRIBUTION_STATE_WITHDRAWN),
        ("Bleibt", contribution_pb2.CONTRIBUTION_STATE_PUBLISHED),
    ]
    request.kind = COMMENT
    with pytest.raises(DomainError) as refused:
        await portal.contributions(person, tenant=None).ListMyParticipation(request)
    assert refused.value.reason == "PAGE_TOKEN_INVALID"
