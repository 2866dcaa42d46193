"""Numbers of topics and tenants: one definition everywhere, and nothing told of few."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from civic.common.v1 import moderation_pb2
from civic.discussion.v1 import contribution_pb2, statistics_service_pb2, topic_service_pb2
from civic.discussion.v1.contribution_service_pb2 import (
    DeleteRatingRequest,
    ListContributionsRequest,
    MergeContributionsRequest,
    WithdrawContributionRequest,
)
from civic.discussion.v1.statistics_service_pb2 import GetTenantStatisticsRequest, GetTopicStatisticsRequest
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.testing.service import Person
from civic_discussion.domain.contributions import State, Tally
from civic_discussion.domain.policy import NOBODY
from civic_discussion.domain.statistics import FEW, Day, InState, Statistics, Totals, told
from civic_discussion.store import contributions as contribution_store
from civic_discussion.store import curation, moderated
from hypothesis import given
from hypothesis import strategies as st

from tests.service.discussion.conftest import ANNA, BORA, CLARA, NOWHERE, Portal
from tests.service.discussion.test_exports import comments, contributions, put_into
from tests.service.discussion.test_moderation import KEEP, decide, hide, open_cases
from tests.service.discussion.test_taking_part import CATEGORIES, settings
from tests.service.discussion.test_topics import refusal

FOR, AGAINST = contribution_pb2.RATING_VALUE_FOR, contribution_pb2.RATING_VALUE_AGAINST
PEOPLE = [Person(name=f"person-{number}") for number in range(8)]


async def of_topic(portal: Portal, topic_id: str, caller: Person | None = None, **asked: Any) -> Any:
    request = GetTopicStatisticsRequest(topic_id=topic_id, **asked)
    return await portal.statistics(caller).GetTopicStatistics(request)


async def of_tenant(portal: Portal, caller: Person | None = None, **asked: Any) -> Any:
    return await portal.statistics(caller).GetTenantStatistics(GetTenantStatisticsRequest(**asked))


def totals(message: statistics_service_pb2.Totals) -> tuple[int, int, int]:
    return message.contributions, message.comments, message.ratings


def figure(message: statistics_service_pb2.Figure) -> int | None:
    return message.value if message.HasField("value") else None


def days(answer: Any) -> list[tuple[str, int, int, int | None]]:
    return [(day.day, day.contributions, day.comments, figure(day.ratings)) for day in answer.statistics.days]


async def test_the_numbers_of_a_topic(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(categories=CATEGORIES))
    first = await portal.contribute(topic.id, ANNA, category="verkehr")
    second = await portal.contribute(topic.id, BORA)
    await portal.comment(first.id, ANNA)
    for person in PEOPLE[:6]:
        await portal.rate(first.id, person, FOR)
    await portal.rate(second.id, PEOPLE[0], AGAINST)
    answer = await of_topic(portal, topic.id)
    numbers = answer.statistics
    assert totals(numbers.totals) == (2, 1, 7)
    assert figure(numbers.participants) == 8
    assert (getattr(numbers.ratings, "for"), numbers.ratings.neutral, numbers.ratings.against) == (6, 0, 1)
    assert [(each.category, totals(each.totals)) for each in answer.categories] == [
        ("", (1, 0, 1)),
        ("verkehr", (1, 1, 6)),
    ]
    assert [(each.state, figure(each.contributions)) for each in numbers.states] == [
        (contribution_pb2.CONTRIBUTION_STATE_PUBLISHED, 2)
    ]
    today = portal.clock.now().astimezone().strftime("%Y")
    assert [day[0][:4] for day in days(answer)] == [today]
    assert [day[1:] for day in days(answer)] == [(2, 1, 7)]
    assert (numbers.suppressed, numbers.read_time.ToDatetime(UTC)) == (True, portal.clock.now())


async def test_a_day_is_a_day_in_berlin(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    for time, day in (
        ("2026-06-30T21:59:59+00:00", "2026-06-30"),
        ("2026-06-30T22:00:00+00:00", "2026-07-01"),
        ("2026-12-31T22:59:59+00:00", "2026-12-31"),
        ("2026-12-31T23:00:00+00:00", "2027-01-01"),
    ):
        await portal.rows(
            "UPDATE contribution SET create_time = $1 WHERE id = $2::uuid RETURNING id",
            datetime.fromisoformat(time),
            made.id,
        )
        assert days(await of_topic(portal, topic.id)) == [(day, 1, 0, 0)]


async def test_few_persons_are_not_told_of_but_to_staff(portal: Portal, neighbour: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    await portal.rate(made.id, BORA, FOR)
    hidden = await portal.contribute(topic.id, ANNA)
    await put_into(portal, hidden.id, "hidden")
    for caller in (None, ANNA, neighbour.admin):
        numbers = (await of_topic(portal, topic.id, caller)).statistics
        assert (figure(numbers.participants), figure(numbers.days[0].ratings)) == (None, None)
        assert totals(numbers.totals) == (1, 0, 1)
        assert {each.state: figure(each.contributions) for each in numbers.states} == {
            contribution_pb2.CONTRIBUTION_STATE_PUBLISHED: 1,
            contribution_pb2.CONTRIBUTION_STATE_HIDDEN: None,
        }
        assert figure((await of_tenant(portal, caller)).statistics.participants) is None
    numbers = (await of_topic(portal, topic.id, portal.moderator)).statistics
    assert (figure(numbers.participants), figure(numbers.days[0].ratings), numbers.suppressed) == (2, 1, False)
    numbers = (await of_topic(portal, topic.id, portal.moderator, public_only=True)).statistics
    assert (figure(numbers.participants), numbers.suppressed) == (None, True)
    assert figure((await of_tenant(portal, portal.editor)).statistics.participants) == 2
    assert figure((await of_tenant(portal, portal.editor, public_only=True)).statistics.participants) is None


async def test_where_the_office_may_not_know_who_wrote_it_is_told_as_everybody_is(portal: Portal) -> None:
    topic = await portal.add_topic(settings=settings(without_office_name=True), names_public=False)
    await portal.contribute(topic.id, ANNA)
    assert figure((await of_topic(portal, topic.id, portal.admin)).statistics.participants) is None
    assert figure((await of_tenant(portal, portal.admin)).statistics.participants) is None


async def test_numbers_of_a_tenant_are_those_of_its_published_topics(portal: Portal, neighbour: Portal) -> None:
    await portal.add_draft()
    for number in range(2):
        topic = await portal.add_topic()
        for person in PEOPLE[: 4 + number]:
            await portal.contribute(topic.id, person)
    other = await neighbour.add_topic()
    await neighbour.contribute(other.id, CLARA)
    answer = await of_tenant(portal)
    assert (answer.topic_count, totals(answer.statistics.totals)) == (2, (9, 0, 0))
    # Whoever took part in both counts once.
    assert figure(answer.statistics.participants) == 5
    assert (await of_tenant(neighbour)).topic_count == 1


async def test_a_draft_and_nothing_have_no_numbers(portal: Portal) -> None:
    draft = await portal.add_draft()
    for topic_id in (draft.id, NOWHERE, "kein"):
        assert (await refusal(of_topic(portal, topic_id))).reason == "TOPIC_NOT_FOUND"
    empty = await of_topic(portal, draft.id, portal.editor)
    assert (totals(empty.statistics.totals), figure(empty.statistics.participants)) == ((0, 0, 0), 0)
    assert (list(empty.statistics.days), list(empty.categories), list(empty.statistics.states)) == ([], [], [])


async def test_tile_page_export_and_statistics_agree_whatever_happens(portal: Portal) -> None:
    """What anybody counts, anywhere, is the same number."""
    topic = await portal.add_topic(settings=settings(categories=CATEGORIES))
    chance = random.Random(4)
    made: list[str] = []
    said: list[str] = []
    hidden: list[str] = []
    authors: dict[str, Person] = {}
    for step in range(90):
        person, at = chance.choice(PEOPLE), chance.choice(made) if made else ""
        match chance.randrange(9) if made else 0:
            case 0:
                category = chance.choice(["", "verkehr", "gruen"])
                made.append((await portal.contribute(topic.id, person, category=category)).id)
                authors[made[-1]] = person
            case 1 | 2:
                await portal.rate(at, person, chance.choice([FOR, AGAINST, contribution_pb2.RATING_VALUE_NEUTRAL]))
            case 3:
                said.append((await portal.comment(at, person)).id)
            case 4:
                kind, text_id = chance.choice([("contribution", at), *(("comment", each) for each in said)])
                await hide(portal, kind, text_id)
                if kind == "contribution":
                    made.remove(text_id)
                    # What stands below it takes no report any more.
                    said.clear()
                else:
                    said.remove(text_id)
                hidden.append(text_id)
            case 5:
                if hidden:
                    await release(portal, hidden.pop())
            case 6:
                await portal.contributions(authors[at]).WithdrawContribution(WithdrawContributionRequest(id=at))
                made.remove(at)
                said.clear()
            case 7 if len(made) > 1:
                made.remove(at)
                said.clear()
                request = MergeContributionsRequest(id=made[0], source_ids=[at])
                await portal.contributions(portal.moderator).MergeContributions(request)
            case _:
                await portal.contributions(person).DeleteRating(DeleteRatingRequest(contribution_id=at))
        if step % 20 == 19:
            portal.clock.advance(timedelta(hours=20))
            await check_agreement(portal, topic.id)


@pytest.mark.parametrize("moved", [False, True])
async def test_numbers_agree_where_a_contribution_goes_while_people_answer(portal: Portal, moved: bool) -> None:
    """Whoever rates or comments in the moment in which it is hidden or moved has to wait for that, and counts there."""
    topic, other = await portal.add_topic(), await portal.add_topic()
    made = await portal.contribute(topic.id)
    await portal.rate(made.id, CLARA, FOR)
    call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "test", None)
    async with portal.database.unit_of_work(call) as work:
        if moved:
            found = await contribution_store.get(work, UUID(made.id), viewer=NOBODY)
            assert found is not None
            await curation.move(work, replace(found, row_version=2), topic_id=UUID(other.id))
        else:
            await moderated.move_contribution(work, UUID(made.id), State.HIDDEN)
        taking_back = portal.contributions(CLARA).DeleteRating(DeleteRatingRequest(contribution_id=made.id))
        tasks = [
            asyncio.create_task(each)
            for each in (
                portal.rate(made.id, ANNA, FOR),
                portal.rate(made.id, BORA, AGAINST),
                portal.comment(made.id, BORA),
                taking_back,
            )
        ]
        await portal.wait_for_locks(len(tasks))
    await asyncio.gather(*tasks)
    pages = [await portal.get_topic(each.id) for each in (topic, other)]
    counts = [(page.contribution_count, page.comment_count, page.rating_count) for page in pages]
    assert counts == [(0, 0, 0), (1, 1, 2) if moved else (0, 0, 0)]


async def release(portal: Portal, text_id: str) -> None:
    """A moderator thinks again."""
    decided = await open_cases(portal, state=moderation_pb2.CASE_STATE_DECIDED)
    (case,) = [each for each in decided if each.text_id == text_id]
    await decide(portal, case, KEEP)


async def check_agreement(portal: Portal, topic_id: str) -> None:
    """Tile, page, list, export and statistics of a topic, and of a tenant that has no other."""
    page = await portal.get_topic(topic_id)
    tile = (
        await portal.topics(tenant=None).ListStateTopics(topic_service_pb2.ListStateTopicsRequest(tenant=portal.tenant))
    ).topics[0]
    listed = await portal.contributions().ListContributions(ListContributionsRequest(topic_id=topic_id, page_size=100))
    rows, said = await contributions(portal, topic_id), await comments(portal, topic_id)
    expected = (len(rows), len(said), sum(sum(row["ratings"].values()) for row in rows))
    assert (page.contribution_count, page.comment_count, page.rating_count) == expected
    assert (tile.contribution_count, tile.comment_count, tile.rating_count) == expected
    assert {entry.id: entry.comment_count for entry in listed.contributions} == {
        row["id"]: row["comment_count"] for row in rows
    }
    assert sum(row["comment_count"] for row in rows) == len(said)
    answer = await of_topic(portal, topic_id, portal.moderator)
    numbers = answer.statistics
    assert totals(numbers.totals) == expected
    assert (getattr(numbers.ratings, "for"), numbers.ratings.neutral, numbers.ratings.against) == tuple(
        sum(row["ratings"][value] for row in rows) for value in ("for", "neutral", "against")
    )
    by_day = [day[1:] for day in days(answer)]
    assert tuple(sum(numbers_of_day[place] or 0 for numbers_of_day in by_day) for place in range(3)) == expected
    for place in range(3):
        assert sum(totals(each.totals)[place] for each in answer.categories) == expected[place]
    of_all = await of_tenant(portal, portal.moderator)
    assert totals(of_all.statistics.totals) == expected
    assert of_all.statistics.participants == numbers.participants
    assert days(of_all) == days(answer)


def counted(ratings: Sequence[int], participants: int = 100) -> Statistics:
    return Statistics(
        totals=Totals(0, 0, sum(ratings)),
        participants=participants,
        tally=Tally(),
        days=[Day(f"day {index}", 0, 0, number) for index, number in enumerate(ratings)],
        categories=(),
        states=(),
        topics=1,
        read_time=datetime(2026, 11, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("ratings", "shown"),
    [
        ([], []),
        ([0, 5, 17], [0, 5, 17]),
        # One small number alone is what the sum leaves over.
        ([3, 0, 9, 20], [None, 0, None, 20]),
        ([4, 4, 9], [None, None, 9]),
        ([1, 1, 9, 20], [None, None, None, 20]),
        ([2], [None]),
        ([1, 2], [None, None]),
    ],
)
def test_small_numbers_and_those_that_give_them_away_are_not_told(ratings: list[int], shown: list[int | None]) -> None:
    assert [day.ratings for day in told(counted(ratings)).days] == shown


@given(st.lists(st.integers(0, 30), max_size=12))
def test_the_sum_gives_no_small_number_away(ratings: list[int]) -> None:
    shown = [day.ratings for day in told(counted(ratings)).days]
    hidden = [number for number, seen in zip(ratings, shown, strict=True) if seen is None]
    assert all(seen is None or seen == number for number, seen in zip(ratings, shown, strict=True))
    assert all(seen is None or seen == 0 or seen >= FEW for seen in shown)
    left = [seen for seen in shown if seen]
    assert not hidden or not left or (len(hidden) >= 2 and sum(hidden) >= FEW)


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (1, None), (4, None), (5, 5)])
def test_persons_are_told_of_from_five_on(number: int, shown: int | None) -> None:
    assert told(counted([], participants=number)).participants == shown
    states = replace(counted([]), states=[InState(State.HIDDEN, number), InState(State.PUBLISHED, number)])
    assert [each.contributions for each in told(states).states] == [shown, number]
