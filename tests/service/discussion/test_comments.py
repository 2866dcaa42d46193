"""Comments: in reading order, in pages, and counted."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from civic.discussion.v1 import contribution_pb2
from civic.discussion.v1.comment_service_pb2 import CreateCommentRequest, ListCommentsRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, BORA, NOWHERE, Portal, timestamp


async def refusal(call: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value


async def outline(portal: Portal, contribution_id: str, *, size: int = 100) -> list[tuple[str, int]]:
    """Text and depth of all comments in reading order, over all pages."""
    seen: list[tuple[str, int]] = []
    token = ""
    while True:
        request = ListCommentsRequest(contribution_id=contribution_id, page_size=size, page_token=token)
        answer = await portal.comments().ListComments(request)
        assert len(answer.comments) <= size
        seen += [(comment.text, comment.depth) for comment in answer.comments]
        token = answer.next_page_token
        if not token:
            return seen


async def test_CreateComment_answers_what_everybody_reads(portal: Portal) -> None:
    topic = await portal.add_topic()
    contribution = await portal.contribute(topic.id)
    made = await portal.comment(contribution.id, BORA, text="Gute Idee.\nWirklich.")
    assert made == contribution_pb2.Comment(
        name=f"tenants/{portal.tenant}/comments/{made.id}",
        id=made.id,
        contribution_id=contribution.id,
        etag="1",
        create_time=timestamp(portal.clock.now()),
        text="Gute Idee.\nWirklich.",
        author_name="bora",
        mine=True,
        state=contribution_pb2.CONTRIBUTION_STATE_PUBLISHED,
    )
    expected: list[tuple[Person | None, bool]] = [(BORA, True), (ANNA, False), (None, False)]
    for caller, mine in expected:
        answer = await portal.comments(caller).ListComments(ListCommentsRequest(contribution_id=contribution.id))
        made.mine = mine
        assert list(answer.comments) == [made]


async def test_replies_stand_below_what_they_reply_to(portal: Portal) -> None:
    topic = await portal.add_topic()
    contribution = await portal.contribute(topic.id)

    async def add(text: str, parent: str = "") -> str:
        portal.clock.advance(timedelta(seconds=1))
        made = await portal.comment(contribution.id, text=text, parent=parent)
        assert made.parent_id == parent
        return made.id

    a = await add("a")
    b = await add("b")
    a1 = await add("a1", a)
    b1 = await add("b1", b)
    await add("a2", a)
    a11 = await add("a11", a1)
    await add("b11", b1)
    a111 = await add("a111", a11)
    a1111 = await add("a1111", a111)
    deepest = await add("a1111 x", a1111)
    await add("a1111 y", deepest)
    await add("c")
    expected = [
        ("a", 0),
        ("a1", 1),
        ("a11", 2),
        ("a111", 3),
        ("a1111", 4),
        ("a1111 x", 4),
        ("a1111 y", 4),
        ("a2", 1),
        ("b", 0),
        ("b1", 1),
        ("b11", 2),
        ("c", 0),
    ]
    for size in (1, 5, 12, 100):
        assert await outline(portal, contribution.id, size=size) == expected


async def test_a_thousand_comments_page_well(portal: Portal) -> None:
    topic = await portal.add_topic()
    contribution = await portal.contribute(topic.id)
    people = [Person(name=f"person-{number}") for number in range(20)]
    for start in range(0, 1_000, 20):
        await asyncio.gather(
            *(
                portal.comment(contribution.id, person, text=f"Kommentar {start + number:04}")
                for number, person in enumerate(people)
            )
        )
        portal.clock.advance(timedelta(seconds=1))
    read = await outline(portal, contribution.id)
    assert sorted(text for text, _ in read) == [f"Kommentar {number:04}" for number in range(1_000)]
    assert [int(text[-4:]) // 20 for text, _ in read] == [number // 20 for number in range(1_000)]
    assert (await portal.get_contribution(contribution.id)).comment_count == 1_000
    assert (await portal.get_topic(topic.id)).comment_count == 1_000
    plan = await portal.rows(
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM comment WHERE contribution_id = $1 AND path > $2"
        " ORDER BY path LIMIT 101",
        contribution.id,
        b"\x00",
    )
    assert "comment_path" in str(plan[0][0])


async def test_the_same_key_makes_one(portal: Portal) -> None:
    topic = await portal.add_topic()
    contribution = await portal.contribute(topic.id)
    made = await asyncio.gather(*(portal.comment(contribution.id, key="k") for _ in range(6)))
    assert len({comment.id for comment in made}) == 1
    assert (await portal.get_contribution(contribution.id)).comment_count == 1
    error = await refusal(portal.comment(contribution.id, key="k", text="Anders."))
    assert (error.kind, error.reason) == (Kind.CONFLICT, "REQUEST_ID_REUSED")


async def test_a_reply_belongs_to_its_contribution(portal: Portal, neighbour: Portal) -> None:
    topic, foreign_topic = await portal.add_topic(), await neighbour.add_topic()
    one, two = await portal.contribute(topic.id), await portal.contribute(topic.id)
    foreign = await neighbour.comment((await neighbour.contribute(foreign_topic.id)).id)
    elsewhere = await portal.comment(two.id)
    for parent in (elsewhere.id, foreign.id, NOWHERE, "x", "\x00"):
        error = await refusal(portal.comment(one.id, parent=parent))
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "COMMENT_NOT_FOUND")
    assert await outline(portal, one.id) == []


async def test_a_token_of_another_contribution_is_refused(portal: Portal) -> None:
    topic = await portal.add_topic()
    one, two = await portal.contribute(topic.id), await portal.contribute(topic.id)
    for _ in range(2):
        await portal.comment(one.id)
    request = ListCommentsRequest(contribution_id=one.id, page_size=1)
    token = (await portal.comments().ListComments(request)).next_page_token
    for wrong in (
        ListCommentsRequest(contribution_id=two.id, page_token=token),
        ListCommentsRequest(contribution_id=one.id, page_token="nonsense"),
    ):
        assert (await refusal(portal.comments().ListComments(wrong))).reason == "PAGE_TOKEN_INVALID"


@pytest.mark.parametrize("contribution_id", ["", "x", "\x00", NOWHERE])
async def test_there_is_no_such_contribution(portal: Portal, contribution_id: str) -> None:
    listed = ListCommentsRequest(contribution_id=contribution_id)
    added = CreateCommentRequest(contribution_id=contribution_id, text="Gute Idee.")
    for call in (portal.comments().ListComments(listed), portal.comments(ANNA).CreateComment(added)):
        error = await refusal(call)
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "CONTRIBUTION_NOT_FOUND")


async def test_hidden_names_are_seen_by_author_and_staff(portal: Portal) -> None:
    topic = await portal.add_topic(names_public=False)
    contribution = await portal.contribute(topic.id)
    await portal.comment(contribution.id, BORA)
    expected: list[tuple[Person | None, str]] = [(None, ""), (ANNA, ""), (BORA, "bora"), (portal.moderator, "bora")]
    for caller, name in expected:
        answer = await portal.comments(caller).ListComments(ListCommentsRequest(contribution_id=contribution.id))
        assert [comment.author_name for comment in answer.comments] == [name]
