"""Lists of topics: order, pages, phases, words, and the list of the whole state."""

from datetime import timedelta
from typing import Any

import pytest
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.topic_service_pb2 import EndTopicRequest, ListStateTopicsRequest, ListTopicsRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, Portal, timestamp
from tests.service.discussion.test_taking_part import CATEGORIES, settings

DAY = timedelta(days=1)
IN_ORDER = ["soon", "later", "next week", "next month", "ended late", "ended early", "archived"]


async def seven_topics(portal: Portal) -> dict[str, topic_pb2.Topic]:
    """Two active, two announced, two ended, one archived; added in another order."""
    now = portal.clock.now()
    dates = {
        "next month": (now + 30 * DAY, now + 60 * DAY),
        "ended early": (now, now + 5 * DAY),
        "archived": (now, now + 3 * DAY),
        "later": (now, now + 28 * DAY),
        "soon": (now, now + 21 * DAY),
        "ended late": (now, now + 6 * DAY),
        "next week": (now + 27 * DAY, now + 50 * DAY),
    }
    made = {}
    for title, (start, end) in dates.items():
        archive = {"archive_time": timestamp(end)} if title == "archived" else {}
        texts = topic_pb2.TopicTexts(title=title, teaser="Kurz gesagt.", text="Ein langer Text.")
        made[title] = await portal.add_topic(
            texts=texts, start_time=timestamp(start), end_time=timestamp(end), **archive
        )
    portal.clock.advance(20 * DAY)
    return made


async def titles(portal: Portal, caller: Any = None, **asked: Any) -> list[str]:
    answer = await portal.topics(caller).ListTopics(ListTopicsRequest(page_size=100, **asked))
    return [topic.texts.title for topic in answer.topics]


async def state_titles(portal: Portal, **asked: Any) -> list[str]:
    request = ListStateTopicsRequest(page_size=100, **asked)
    answer = await portal.topics(tenant=None).ListStateTopics(request)
    return [topic.texts.title for topic in answer.topics]


async def test_what_runs_comes_first_soonest_end_first(portal: Portal) -> None:
    await seven_topics(portal)
    assert await titles(portal) == IN_ORDER
    assert await state_titles(portal, tenant=portal.tenant) == IN_ORDER


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (topic_pb2.PHASE_ACTIVE, IN_ORDER[:2]),
        (topic_pb2.PHASE_ANNOUNCED, IN_ORDER[2:4]),
        (topic_pb2.PHASE_ENDED, IN_ORDER[4:6]),
        (topic_pb2.PHASE_ARCHIVED, IN_ORDER[6:]),
    ],
)
async def test_one_phase_alone(portal: Portal, phase: int, expected: list[str]) -> None:
    await seven_topics(portal)
    assert await titles(portal, phase=phase) == expected
    assert await state_titles(portal, phase=phase, tenant=portal.tenant) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
async def test_pages_hold_each_topic_once_also_while_the_clock_goes_on(portal: Portal, size: int) -> None:
    await seven_topics(portal)
    seen: list[str] = []
    token = ""
    while True:
        answer = await portal.topics().ListTopics(ListTopicsRequest(page_size=size, page_token=token))
        assert len(answer.topics) <= size
        seen += [topic.texts.title for topic in answer.topics]
        token = answer.next_page_token
        if not token:
            break
        portal.clock.advance(2 * DAY)
    assert seen == IN_ORDER


async def test_pages_of_the_state_hold_each_topic_once(portal: Portal) -> None:
    await seven_topics(portal)
    seen: list[str] = []
    token = ""
    while True:
        request = ListStateTopicsRequest(page_size=3, page_token=token, tenant=portal.tenant)
        answer = await portal.topics(tenant=None).ListStateTopics(request)
        seen += [topic.texts.title for topic in answer.topics]
        token = answer.next_page_token
        if not token:
            break
    assert seen == IN_ORDER


async def test_lists_leave_the_full_text_out_and_count(portal: Portal) -> None:
    made = await portal.add_topic(translations={"en": topic_pb2.TopicTexts(title="Square", teaser="T", text="Long")})
    contribution = await portal.contribute(made.id)
    await portal.comment(contribution.id)
    await portal.rate(contribution.id, ANNA, contribution_pb2.RATING_VALUE_FOR)
    full = await portal.get_topic(made.id)
    assert (full.contribution_count, full.comment_count, full.rating_count) == (1, 1, 1)
    listed = topic_pb2.Topic()
    listed.CopyFrom(full)
    listed.texts.text = ""
    state = topic_pb2.Topic()
    state.CopyFrom(listed)
    state.translations["en"].text = ""
    listed.translations["en"].text = ""
    assert list((await portal.topics().ListTopics(ListTopicsRequest())).topics) == [listed]
    request = ListStateTopicsRequest(tenant=portal.tenant)
    assert list((await portal.topics(tenant=None).ListStateTopics(request)).topics) == [state]


async def test_lists_leave_choices_out_and_keep_other_settings(portal: Portal) -> None:
    chosen = settings(preset=topic_pb2.TOPIC_PRESET_INITIATIVE, support_goal=50, categories=CATEGORIES)
    await portal.add_topic(settings=chosen)
    (listed,) = (await portal.topics().ListTopics(ListTopicsRequest())).topics
    assert listed.settings == settings(preset=topic_pb2.TOPIC_PRESET_INITIATIVE, support_goal=50)


async def test_drafts_are_for_staff_who_ask(portal: Portal, neighbour: Portal) -> None:
    draft = await portal.add_draft(texts=topic_pb2.TopicTexts(title="Entwurf"))
    await portal.add_topic(texts=topic_pb2.TopicTexts(title="Offen"))
    for caller in (portal.admin, portal.editor, portal.moderator):
        assert sorted(await titles(portal, caller, drafts=True)) == ["Entwurf", "Offen"]
        assert await titles(portal, caller) == ["Offen"]
    assert await titles(portal) == ["Offen"]
    assert await state_titles(portal, tenant=portal.tenant) == ["Offen"]
    refusals: list[tuple[Person | None, Kind, str]] = [
        (None, Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED"),
        (ANNA, Kind.FORBIDDEN, "ROLE_REQUIRED"),
        (neighbour.admin, Kind.FORBIDDEN, "ROLE_REQUIRED"),
    ]
    for stranger, kind, reason in refusals:
        with pytest.raises(DomainError) as refused:
            await portal.topics(stranger).ListTopics(ListTopicsRequest(drafts=True))
        assert (refused.value.kind, refused.value.reason) == (kind, reason)
    assert draft.published is False


async def test_the_state_follows_every_change(portal: Portal) -> None:
    made = await portal.add_topic()
    request = EndTopicRequest(id=made.id, reason="Der Beschluss ist gefallen.")
    await portal.topics(portal.admin).EndTopic(request)
    answer = await portal.topics(tenant=None).ListStateTopics(ListStateTopicsRequest(tenant=portal.tenant))
    assert [(topic.phase, topic.end_reason, topic.etag) for topic in answer.topics] == [
        (topic_pb2.PHASE_ENDED, "Der Beschluss ist gefallen.", "3")
    ]


async def test_the_state_lists_all_tenants(portal: Portal, neighbour: Portal) -> None:
    one, two = await portal.add_topic(), await neighbour.add_topic()
    token, found = "", set()
    while True:
        request = ListStateTopicsRequest(page_size=100, page_token=token)
        answer = await portal.topics(tenant=None).ListStateTopics(request)
        found |= {(topic.tenant, topic.id) for topic in answer.topics}
        token = answer.next_page_token
        if not token:
            break
    assert {(portal.tenant, one.id), (neighbour.tenant, two.id)} <= found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("   ", True),
        ("?!", True),
        ("Marktplatz", True),
        ("marktplätze", True),
        ("MARKT", True),
        ("der", True),
        ("Brunnen der Marktplatz", True),
        ("Linden", True),
        ("fountain", True),
        ("Freibad", False),
        ("Marktplatz Freibad", False),
        ("Brunnen & !Marktplatz | (", True),
        ("'; DROP TABLE topic; --", False),
        ("Ма́рт", False),
        ("مرحبا", False),
        ("🌳", True),
    ],
)
async def test_words_are_found_in_title_teaser_and_text(portal: Portal, query: str, found: bool) -> None:
    texts = topic_pb2.TopicTexts(
        title="Neugestaltung des Marktplatzes",
        teaser="Braucht der Platz einen Brunnen?",
        text="Die vier **Linden** bleiben.",
    )
    english = topic_pb2.TopicTexts(title="Redesigning the square", teaser="Does it need a fountain?")
    await portal.add_topic(texts=texts, translations={"en": english})
    expected = [texts.title] if found else []
    assert await titles(portal, query=query) == expected
    assert await state_titles(portal, query=query, tenant=portal.tenant) == expected


@pytest.mark.parametrize(
    ("asked", "violations"),
    [
        ({"page_size": -1}, [("page_size", "OUT_OF_RANGE")]),
        ({"page_size": 101}, [("page_size", "OUT_OF_RANGE")]),
        ({"page_size": 1_000_000_000}, [("page_size", "OUT_OF_RANGE")]),
        ({"phase": 99}, [("phase", "MALFORMED")]),
        ({"query": "x" * 201}, [("query", "TOO_LONG")]),
        ({"query": "x" * 100_000}, [("query", "TOO_LONG")]),
        ({"query": "a\x00b"}, [("query", "CONTROL_CHARACTER")]),
        ({"page_token": "x"}, [("page_token", "MALFORMED")]),
    ],
)
async def test_bad_questions_are_refused(portal: Portal, asked: dict[str, Any], violations: list[Any]) -> None:
    for call in (
        portal.topics().ListTopics(ListTopicsRequest(**asked)),
        portal.topics(tenant=None).ListStateTopics(ListStateTopicsRequest(**asked)),
    ):
        with pytest.raises(DomainError) as refused:
            await call
        assert [(found.field, found.reason) for found in refused.value.violations] == violations


async def test_a_token_of_another_list_is_refused(portal: Portal, neighbour: Portal) -> None:
    for _ in range(2):
        await portal.add_topic()
    token = (await portal.topics().ListTopics(ListTopicsRequest(page_size=1))).next_page_token
    assert token
    for call in (
        portal.topics().ListTopics(ListTopicsRequest(page_token=token, query="markt")),
        portal.topics().ListTopics(ListTopicsRequest(page_token=token, phase=topic_pb2.PHASE_ENDED)),
        portal.topics(portal.admin).ListTopics(ListTopicsRequest(page_token=token, drafts=True)),
        neighbour.topics().ListTopics(ListTopicsRequest(page_token=token)),
        portal.topics(tenant=None).ListStateTopics(ListStateTopicsRequest(page_token=token)),
    ):
        with pytest.raises(DomainError) as refused:
            await call
        assert refused.value.reason == "PAGE_TOKEN_INVALID"


async def test_a_made_up_tenant_has_no_topics(portal: Portal) -> None:
    assert await state_titles(portal, tenant="nirgendwo") == []
    with pytest.raises(DomainError) as refused:
        await state_titles(portal, tenant="Nirgend\x00wo")
    assert [(found.field, found.reason) for found in refused.value.violations] == [("tenant", "MALFORMED")]
