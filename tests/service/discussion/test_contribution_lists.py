"""Lists of contributions: pages, orders, names."""

import asyncio
from datetime import timedelta

from civic.discussion.v1 import contribution_pb2, contribution_service_pb2
from civic.discussion.v1.contribution_service_pb2 import (
    ListContributionsRequest,
)
from civic_chassis.kernel.errors import Kind
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, BORA, Portal
from tests.service.discussion.test_contributions import FOR, MOST_SUPPORTED, NEWEST, OLDEST, refusal, titles


class TestListContributions:
    async def test_every_order_and_page_size(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        people = [Person(name=f"person-{number}") for number in range(4)]
        support = [0, 3, 1, 3, 0, 2]
        for number, supporters in enumerate(support):
            made = await portal.contribute(topic.id, title=f"Beitrag {number}")
            for person in people[:supporters]:
                await portal.rate(made.id, person, FOR)
            if number % 2:  # two at each instant
                portal.clock.advance(timedelta(microseconds=1))
        oldest = [f"Beitrag {number}" for number in range(6)]
        supported = [f"Beitrag {number}" for number in (3, 1, 5, 2, 4, 0)]
        for size in (1, 2, 4, 6, 100):
            assert await titles(portal, topic.id, OLDEST, size=size) == oldest
            assert await titles(portal, topic.id, NEWEST, size=size) == oldest[::-1]
            assert await titles(portal, topic.id, MOST_SUPPORTED, size=size) == supported
        assert await titles(portal, topic.id, contribution_service_pb2.CONTRIBUTION_ORDER_UNSPECIFIED) == oldest[::-1]

    async def test_what_is_added_meanwhile_moves_nothing(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        for number in range(4):
            await portal.contribute(topic.id, title=f"Beitrag {number}")
        request = ListContributionsRequest(topic_id=topic.id, page_size=2)
        first = await portal.contributions().ListContributions(request)
        await portal.contribute(topic.id, title="Dazwischen")
        request.page_token = first.next_page_token
        second = await portal.contributions().ListContributions(request)
        assert [item.title for item in second.contributions] == ["Beitrag 1", "Beitrag 0"]

    async def test_an_empty_topic_has_an_empty_page(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        answer = await portal.contributions().ListContributions(ListContributionsRequest(topic_id=topic.id))
        assert (list(answer.contributions), answer.next_page_token, answer.items_json) == ([], "", b"")

    async def test_20_are_a_page_where_nothing_is_asked(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        await asyncio.gather(*(portal.contribute(topic.id) for _ in range(21)))
        answer = await portal.contributions().ListContributions(ListContributionsRequest(topic_id=topic.id))
        assert len(answer.contributions) == 20
        assert answer.next_page_token

    async def test_a_draft_is_not_found(self, portal: Portal) -> None:
        topic = await portal.add_draft()
        request = ListContributionsRequest(topic_id=topic.id)
        for stranger in (None, ANNA):
            error = await refusal(portal.contributions(stranger).ListContributions(request))
            assert (error.kind, error.reason) == (Kind.NOT_FOUND, "TOPIC_NOT_FOUND")
        answer = await portal.contributions(portal.moderator).ListContributions(request)
        assert list(answer.contributions) == []

    async def test_each_sees_what_is_theirs(self, portal: Portal) -> None:
        topic = await portal.add_topic()
        one = await portal.contribute(topic.id, ANNA, title="Von Anna")
        two = await portal.contribute(topic.id, BORA, title="Von Bora")
        await portal.rate(one.id, BORA, contribution_pb2.RATING_VALUE_AGAINST)
        await portal.rate(two.id, ANNA, FOR)

        async def seen(caller: Person | None) -> list[tuple[str, bool, int]]:
            request = ListContributionsRequest(topic_id=topic.id, order=OLDEST)
            answer = await portal.contributions(caller).ListContributions(request)
            return [(item.title, item.mine, item.my_rating) for item in answer.contributions]

        assert await seen(ANNA) == [("Von Anna", True, 0), ("Von Bora", False, 1)]
        assert await seen(BORA) == [("Von Anna", False, 3), ("Von Bora", True, 0)]
        assert await seen(None) == [("Von Anna", False, 0), ("Von Bora", False, 0)]

    async def test_a_token_of_another_list_is_refused(self, portal: Portal) -> None:
        one, two = await portal.add_topic(), await portal.add_topic()
        for _ in range(2):
            await portal.contribute(one.id)
        request = ListContributionsRequest(topic_id=one.id, page_size=1)
        token = (await portal.contributions().ListContributions(request)).next_page_token
        for wrong in (
            ListContributionsRequest(topic_id=two.id, page_token=token),
            ListContributionsRequest(topic_id=one.id, page_token=token, order=OLDEST),
            ListContributionsRequest(topic_id=one.id, page_token=token[:-2]),
            ListContributionsRequest(topic_id=one.id, page_token="\x00"),
        ):
            assert (await refusal(portal.contributions().ListContributions(wrong))).reason == "PAGE_TOKEN_INVALID"
