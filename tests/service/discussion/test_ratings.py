"""Ratings: one per person, changeable, and exact whatever happens at the same time."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest
from civic.discussion.v1 import contribution_pb2
from civic.discussion.v1.contribution_service_pb2 import DeleteRatingRequest, SetRatingRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, BORA, CLARA, Portal

FOR = contribution_pb2.RATING_VALUE_FOR
NEUTRAL = contribution_pb2.RATING_VALUE_NEUTRAL
AGAINST = contribution_pb2.RATING_VALUE_AGAINST
VALUES = (FOR, NEUTRAL, AGAINST)


def tally(in_favour: int = 0, neutral: int = 0, against: int = 0) -> contribution_pb2.RatingTally:
    return contribution_pb2.RatingTally(**{"for": in_favour}, neutral=neutral, against=against)


async def unrate(portal: Portal, contribution_id: str, caller: Person) -> contribution_pb2.RatingTally:
    request = DeleteRatingRequest(contribution_id=contribution_id)
    answer = await portal.contributions(caller).DeleteRating(request)
    found: contribution_pb2.RatingTally = answer.ratings
    return found


async def test_a_rating_is_set_changed_and_taken_back(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    answer = await portal.rate(made.id, ANNA, FOR)
    assert (answer.ratings, answer.my_rating) == (tally(1), FOR)
    assert (await portal.rate(made.id, BORA, FOR)).ratings == tally(2)
    assert (await portal.rate(made.id, CLARA, AGAINST)).ratings == tally(2, 0, 1)
    answer = await portal.rate(made.id, ANNA, NEUTRAL)
    assert (answer.ratings, answer.my_rating) == (tally(1, 1, 1), NEUTRAL)
    assert (await portal.get_contribution(made.id, ANNA)).my_rating == NEUTRAL
    assert (await portal.get_topic(topic.id)).rating_count == 3
    assert await unrate(portal, made.id, ANNA) == tally(1, 0, 1)
    found = await portal.get_contribution(made.id, ANNA)
    assert (found.my_rating, found.ratings) == (0, tally(1, 0, 1))
    assert (await portal.get_topic(topic.id)).rating_count == 2


async def test_the_same_again_changes_nothing_and_tells_nobody(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    assert await unrate(portal, made.id, ANNA) == tally()
    for _ in range(3):
        assert (await portal.rate(made.id, ANNA, FOR)).ratings == tally(1)
    for _ in range(3):
        assert await unrate(portal, made.id, ANNA) == tally()
    subject = f"civic.discussion.rating.changed.v1.{portal.tenant}"
    assert len(await portal.rows("SELECT FROM outbox WHERE subject = $1", subject)) == 2
    assert (await portal.get_topic(topic.id)).rating_count == 0


async def test_one_person_who_clicks_madly_counts_once(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    await asyncio.gather(*(portal.rate(made.id, ANNA, VALUES[number % 3]) for number in range(30)))
    found = await portal.get_contribution(made.id, ANNA)
    expected = {FOR: tally(1), NEUTRAL: tally(0, 1), AGAINST: tally(0, 0, 1)}
    assert found.ratings == expected[found.my_rating]
    assert (await portal.get_topic(topic.id)).rating_count == 1


@pytest.mark.parametrize("seed", range(4))
async def test_tallies_are_exact_under_concurrency(portal: Portal, seed: int) -> None:
    """Many persons set, change and take back on few contributions at once; then every count equals its rows."""
    random = Random(seed)
    topic = await portal.add_topic()
    contributions = [(await portal.contribute(topic.id)).id for _ in range(2)]
    people = [Person(name=f"person-{number}") for number in range(12)]

    async def act(person: Person) -> None:
        for _ in range(10):
            contribution, step = random.choice(contributions), random.randrange(4)
            await (
                unrate(portal, contribution, person) if step == 3 else portal.rate(contribution, person, VALUES[step])
            )

    # Each person at two devices.
    await asyncio.gather(*(act(person) for person in people * 2))
    total = 0
    for contribution in contributions:
        rows = await portal.rows("SELECT value FROM rating WHERE contribution_id = $1", contribution)
        counted = Counter(row["value"] for row in rows)
        total += len(rows)
        found = await portal.get_contribution(contribution)
        assert found.ratings == tally(counted["for"], counted["neutral"], counted["against"])
        seen = Counter([(await portal.get_contribution(contribution, person)).my_rating for person in people])
        assert found.ratings == tally(seen[FOR], seen[NEUTRAL], seen[AGAINST])
    assert (await portal.get_topic(topic.id)).rating_count == total


async def test_a_rating_needs_a_value(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    for value in (0, 4, 99, -1):
        request: Any = SetRatingRequest(contribution_id=made.id)
        request.value = value
        with pytest.raises(DomainError) as refused:
            await portal.contributions(ANNA).SetRating(request)
        assert refused.value.kind is Kind.INVALID
        assert [(found.field, found.reason) for found in refused.value.violations] == [("value", "MALFORMED")]


async def test_there_is_no_such_contribution(portal: Portal, neighbour: Portal) -> None:
    topic = await neighbour.add_topic()
    foreign = await neighbour.contribute(topic.id)
    for contribution_id in ("", "x", foreign.id):
        for call in (portal.rate(contribution_id, ANNA, FOR), unrate(portal, contribution_id, ANNA)):
            with pytest.raises(DomainError) as refused:
                await call
            assert (refused.value.kind, refused.value.reason) == (Kind.NOT_FOUND, "CONTRIBUTION_NOT_FOUND")
