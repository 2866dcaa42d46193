"""Ready answers: who gets them, when they go, and that no old one survives a change."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import nats
import pytest
from civic.discussion.v1 import (
    contribution_service_pb2,
    discussion_events_pb2,
    topic_service_pb2,
)
from civic_chassis.kernel.call import Call
from civic_chassis.testing.nats import NatsServer
from civic_gateway.cache import Admission, AnswerCache, Entry, Key
from civic_gateway.etags import etag_of, matches
from google.protobuf.message import Message

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

BASE = "/api/v1/lindental/discussion"
TOPIC = f"{BASE}/topics/{scripted.TOPIC}"
Publish = Callable[[str, Message], Awaitable[None]]
LONG = "Ein langer Text. " * 200


@pytest.fixture
async def publish(nats_server: NatsServer) -> AsyncIterator[Publish]:
    """Publishes an event as a relay would."""
    connection = await nats.connect(nats_server.url)

    async def send(subject: str, message: Message) -> None:
        await connection.publish(subject, message.SerializeToString())
        await connection.flush()

    yield send
    await connection.close()


def shows(gateway: Running, **values: Any) -> None:
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic(**values)))


async def test_a_second_reader_asks_nobody(gateway: Running) -> None:
    shows(gateway)
    first = await gateway.http.get(TOPIC)
    second = await gateway.http.get(TOPIC)
    assert first.content == second.content
    assert {**first.headers, "x-request-id": "", "date": ""} == {**second.headers, "x-request-id": "", "date": ""}
    assert len(gateway.script.requests("GetTopic")) == 1


async def test_an_answer_that_is_already_there_is_not_sent_again(gateway: Running) -> None:
    shows(gateway)
    first = await gateway.http.get(TOPIC)
    for _ in range(2):
        again = await gateway.http.get(TOPIC, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await gateway.http.get(TOPIC, headers={"If-None-Match": '"3.000000000000000000"'})
    assert other.status_code == 200


async def test_a_signed_in_reader_is_asked_about_each_time_and_still_gets_304(gateway: Running) -> None:
    shows(gateway)
    headers = {"Authorization": f"Bearer {gateway.token()}"}
    first = await gateway.http.get(TOPIC, headers=headers)
    assert first.headers["cache-control"] == "private, no-cache"
    again = await gateway.http.get(TOPIC, headers=headers | {"If-None-Match": f'W/"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert len(gateway.script.requests("GetTopic")) == 2
    assert len(gateway.gateway.cache) == 0


async def test_what_was_kept_for_nobody_is_not_shown_to_somebody(gateway: Running) -> None:
    shows(gateway)
    await gateway.http.get(TOPIC)
    shows(gateway, published=False)
    answer = await gateway.http.get(TOPIC, headers={"Authorization": f"Bearer {gateway.token()}"})
    assert answer.json()["published"] is False
    with_session = await gateway.http.get(TOPIC, headers={"Cookie": "a=b; civic_session=x"})
    assert with_session.json()["published"] is False


async def test_each_language_is_kept_for_itself(gateway: Running) -> None:
    shows(gateway)
    titles = [
        (await gateway.http.get(TOPIC, headers={"Accept-Language": language})).json()["title"]
        for language in ("de", "en", "de", "en")
    ]
    assert titles == ["Marktplatz", "Market square"] * 2
    by_cookie = await gateway.http.get(TOPIC, headers={"Accept-Language": "de", "Cookie": "civic_lang=en"})
    assert by_cookie.json()["title"] == "Market square"
    assert len(gateway.script.requests("GetTopic")) == 2


async def test_a_page_remembers_the_chosen_language_and_theme_also_when_it_is_kept(gateway: Running) -> None:
    for _ in range(2):
        page = await gateway.http.get("/nothing?lang=en&theme=dark&q=x")
        assert page.headers.get_list("set-cookie") == [
            "civic_lang=en; Path=/; Max-Age=31536000; SameSite=Lax",
            "civic_theme=dark; Path=/; Max-Age=31536000; SameSite=Lax",
        ]
    gateway.http.cookies.clear()
    for address in ("/nothing?lang=xx&theme=pink", "/nothing", f"{TOPIC}?lang=en"):
        assert "set-cookie" not in (await gateway.http.get(address)).headers


async def test_errors_and_strange_queries_are_not_kept(gateway: Running) -> None:
    shows(gateway)
    for _ in range(2):
        assert (await gateway.http.get(f"{TOPIC}?utm_source=x")).status_code == 200
    gateway.script.on.pop("GetTopic")
    for _ in range(2):
        assert (await gateway.http.get(TOPIC)).status_code == 500
    assert len(gateway.gateway.cache) == 0
    assert len(gateway.script.requests("GetTopic")) == 4


async def test_a_long_answer_is_kept_compressed_and_plain(gateway: Running) -> None:
    shows(gateway, end_reason=LONG)
    packed = await gateway.http.get(TOPIC, headers={"Accept-Encoding": "gzip, br"})
    plain = await gateway.http.get(TOPIC, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'


@pytest.mark.parametrize(
    ("subject", "message", "gone"),
    [
        (
            "civic.discussion.topic.changed.v1.lindental",
            discussion_events_pb2.TopicChanged(topic_id=scripted.TOPIC),
            True,
        ),
        (
            "civic.discussion.topic.phase_changed.v1.lindental",
            discussion_events_pb2.TopicPhaseChanged(topic_id=scripted.TOPIC),
            True,
        ),
        (
            "civic.discussion.comment.created.v1.lindental",
            discussion_events_pb2.CommentCreated(topic_id=scripted.TOPIC, contribution_id=scripted.CONTRIBUTION),
            True,
        ),
        (
            "civic.discussion.rating.changed.v1.lindental",
            discussion_events_pb2.RatingChanged(topic_id=scripted.TOPIC),
            True,
        ),
        (
            "civic.discussion.contribution.created.v1.lindental",
            discussion_events_pb2.ContributionCreated(topic_id=scripted.COMMENT),
            False,
        ),
        ("civic.discussion.topic.burned.v1.lindental", discussion_events_pb2.TopicChanged(), True),
        ("civic.discussion.topic.burned.v1.hohenau", discussion_events_pb2.TopicChanged(), False),
        ("civic.tenant.tenant.changed.v1.lindental", discussion_events_pb2.TopicChanged(), True),
        ("civic.tenant.tenant.changed.v1.hohenau", discussion_events_pb2.TopicChanged(), False),
        ("civic.strange", discussion_events_pb2.TopicChanged(), True),
    ],
)
async def test_an_event_takes_away_what_it_changed(
    gateway: Running, publish: Publish, subject: str, message: Message, gone: bool
) -> None:
    shows(gateway)
    await gateway.http.get(TOPIC)
    generation = gateway.gateway.cache.begin()
    await publish(subject, message)
    await scripted.eventually(lambda: gateway.gateway.cache.begin() > generation)
    assert len(gateway.gateway.cache) == (0 if gone else 1)


async def test_every_gateway_hears_of_a_change(run: Run, publish: Publish) -> None:
    gateways = [await run(), await run()]
    shows(gateways[0])
    for gateway in gateways:
        assert (await gateway.http.get(TOPIC)).json()["contribution_count"] == 2
    shows(gateways[0], contribution_count=3)
    await publish(
        "civic.discussion.contribution.created.v1.lindental",
        discussion_events_pb2.ContributionCreated(topic_id=scripted.TOPIC),
    )
    await scripted.eventually(lambda: all(len(gateway.gateway.cache) == 0 for gateway in gateways))
    for gateway in gateways:
        assert (await gateway.http.get(TOPIC)).json()["contribution_count"] == 3


async def test_a_read_that_began_before_a_change_is_not_kept(gateway: Running, publish: Publish) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Any, __: Call) -> Any:
        began.set()
        await go_on.wait()
        return topic_service_pb2.GetTopicResponse(topic=scripted.topic(contribution_count=2))

    gateway.script.on["GetTopic"] = slow
    reading = asyncio.create_task(gateway.http.get(TOPIC))
    await began.wait()
    generation = gateway.gateway.cache.begin()
    await publish(
        "civic.discussion.contribution.created.v1.lindental",
        discussion_events_pb2.ContributionCreated(topic_id=scripted.TOPIC),
    )
    await scripted.eventually(lambda: gateway.gateway.cache.begin() > generation)
    go_on.set()
    assert (await reading).json()["contribution_count"] == 2
    shows(gateway, contribution_count=3)
    assert (await gateway.http.get(TOPIC)).json()["contribution_count"] == 3


async def test_nothing_outlives_a_gap_in_the_events(run: Run) -> None:
    server = NatsServer()
    server.start()
    try:
        gateway = await run(nats_url=server.url)
        await scripted.eventually(lambda: gateway.gateway.cache.connected)
        shows(gateway)
        await gateway.http.get(TOPIC)
        server.stop()
        await scripted.eventually(lambda: not gateway.gateway.cache.connected)
        # What was kept is young enough for a second; then it is read again, and that is kept for a second.
        shows(gateway, contribution_count=7)
        await asyncio.sleep(1.1)
        assert (await gateway.http.get(TOPIC)).json()["contribution_count"] == 7
        server.start()
        await scripted.eventually(lambda: gateway.gateway.cache.connected)
        assert len(gateway.gateway.cache) == 0
    finally:
        server.remove()


async def test_a_gateway_without_events_answers_and_says_so(run: Run) -> None:
    gateway = await run(nats_url="nats://127.0.0.1:1")
    shows(gateway)
    assert (await gateway.http.get(TOPIC)).status_code == 200
    ready = await gateway.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.json()["parts"]["events"]) == (200, "ok", "away")


async def test_a_tenant_event_lets_the_tenants_be_read_again(gateway: Running, publish: Publish) -> None:
    await gateway.http.get("/api/v1/tenants")
    asked = len(gateway.script.requests("ListTenants"))
    generation = gateway.gateway.cache.begin()
    await publish("civic.tenant.tenant.changed.v1.lindental", discussion_events_pb2.TopicChanged())
    await scripted.eventually(lambda: gateway.gateway.cache.begin() > generation)
    await gateway.http.get("/api/v1/tenants")
    assert len(gateway.script.requests("ListTenants")) == 2 * asked


async def test_contributions_and_state_lists_are_kept_too(gateway: Running) -> None:
    answer = contribution_service_pb2.ListContributionsResponse(items_json=b"[]")
    gateway.script.answer("ListContributions", answer)
    gateway.script.answer("ListStateTopics", topic_service_pb2.ListStateTopicsResponse(topics=[scripted.topic()]))
    for _ in range(2):
        await gateway.http.get(f"{TOPIC}/contributions?page_size=5")
        await gateway.http.get("/api/v1/topics?phase=active")
    assert len(gateway.script.requests("ListContributions")) == 1
    assert len(gateway.script.requests("ListStateTopics")) == 1


# The store itself, with clocks that stand.


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def entry(cache: AnswerCache, *tags: str, size: int = 100, until: float = float("inf")) -> Entry:
    stored, expires = cache.life(Admission(frozenset(tags), until))
    return Entry({}, {}, {}, b'"x"', frozenset(tags), stored, expires, size)


def key(name: str) -> Key:
    return (name, b"", "de", "", False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> AnswerCache:
    made = AnswerCache(max_bytes=1000, seconds=30, clock=clock, wall_clock=lambda: clock() + 5000)
    made.connected = True
    return made


def test_the_longest_unused_goes_first(cache: AnswerCache) -> None:
    for name in "abcdefghij":
        assert cache.store(key(name), entry(cache, name), begun=cache.begin())
    assert cache.find(key("a")) is not None
    cache.store(key("k"), entry(cache, "k"), begun=cache.begin())
    assert cache.size == 1000
    assert [name for name in "abcdefghijk" if cache.find(key(name)) is not None] == list("acdefghijk")


def test_what_would_push_most_others_out_is_not_kept(cache: AnswerCache) -> None:
    assert not cache.store(key("a"), entry(cache, "a", size=126), begun=cache.begin())
    assert len(cache) == 0


def test_an_entry_ends_after_its_time_or_at_the_next_phase(cache: AnswerCache, clock: Clock) -> None:
    cache.store(key("a"), entry(cache, "a"), begun=cache.begin())
    cache.store(key("b"), entry(cache, "b", until=6010.0), begun=cache.begin())
    clock.now += 9.9
    assert cache.find(key("b")) is not None
    clock.now += 0.1
    assert cache.find(key("b")) is None
    clock.now += 19.9
    assert cache.find(key("a")) is not None
    clock.now += 0.1
    assert cache.find(key("a")) is None
    assert (len(cache), cache.size) == (0, 0)


def test_without_events_an_entry_lives_for_a_second(cache: AnswerCache, clock: Clock) -> None:
    cache.store(key("a"), entry(cache, "a"), begun=cache.begin())
    cache.connected = False
    clock.now += 0.9
    assert cache.find(key("a")) is not None
    clock.now += 0.1
    assert cache.find(key("a")) is None


def test_a_change_of_another_tag_lets_a_read_be_kept(cache: AnswerCache) -> None:
    begun = cache.begin()
    cache.drop({"b"})
    assert cache.store(key("a"), entry(cache, "a"), begun=begun)
    assert not cache.store(key("b"), entry(cache, "a", "b"), begun=begun)
    assert cache.store(key("b"), entry(cache, "a", "b"), begun=cache.begin())


def test_a_change_that_was_forgotten_still_counts(cache: AnswerCache) -> None:
    begun = cache.begin()
    cache.drop({"a"})
    for number in range(10_000):
        cache.drop({str(number)})
    assert not cache.store(key("a"), entry(cache, "a"), begun=begun)


def test_clearing_keeps_reads_under_way_out(cache: AnswerCache) -> None:
    cache.store(key("a"), entry(cache, "a"), begun=cache.begin())
    begun = cache.begin()
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)
    assert not cache.store(key("a"), entry(cache, "a"), begun=begun)
    assert cache.store(key("a"), entry(cache, "a"), begun=cache.begin())


@pytest.mark.parametrize(
    ("if_none_match", "expected"),
    [(b'"x"', True), (b'W/"x"', True), (b'"y", W/"x"', True), (b"*", True), (b'"xy"', False), (b"x", False)],
)
def test_if_none_match_is_compared_weakly(if_none_match: bytes, expected: bool) -> None:
    assert matches(if_none_match, b'"x"') is expected


def test_an_etag_changes_with_version_and_bytes() -> None:
    assert etag_of(b"a", "3") != etag_of(b"b", "3")
    assert etag_of(b"a", "3").startswith('"3.')
