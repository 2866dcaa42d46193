"""Many readers of the same at once: one asks, the others wait for it, and nobody gets what is older than they are."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import nats
import pytest
from civic.discussion.v1 import discussion_events_pb2, topic_service_pb2
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.nats import NatsServer
from civic_gateway.cache import AnswerCache
from civic_gateway.cache_layer import CacheLayer
from starlette.types import Message, Receive, Scope, Send

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

TOPIC = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}"
READERS = 20


class Held:
    """GetTopic with answers that wait to be let go: the first call gets the first of them, and so on."""

    def __init__(self, gateway: Running, *answers: int | DomainError) -> None:
        self._answers = iter(answers)
        self._go_on = asyncio.Event()
        self.calls = 0
        gateway.script.on["GetTopic"] = self._answer

    async def _answer(self, _: Any, __: Call) -> Any:
        answer = next(self._answers)
        self.calls += 1
        await self._go_on.wait()
        if isinstance(answer, DomainError):
            raise answer
        return topic_service_pb2.GetTopicResponse(topic=scripted.topic(contribution_count=answer))

    def let_go(self) -> None:
        self._go_on.set()


async def readers(gateway: Running, count: int = READERS, **headers: str) -> list[asyncio.Task[httpx.Response]]:
    """Requests that have all looked for a kept answer and found none."""
    misses = gateway.gateway.cache.counts.misses
    tasks = [asyncio.create_task(gateway.http.get(TOPIC, headers=headers)) for _ in range(count)]
    await scripted.eventually(lambda: gateway.gateway.cache.counts.misses == misses + count)
    return tasks


async def answers(tasks: list[asyncio.Task[httpx.Response]]) -> list[tuple[int, int | None]]:
    """Status and number of contributions of each."""
    responses = await asyncio.gather(*tasks)
    return [(response.status_code, response.json().get("contribution_count")) for response in responses]


async def test_many_readers_of_the_same_ask_once(gateway: Running) -> None:
    held = Held(gateway, 7)
    waiting = await readers(gateway)
    held.let_go()
    assert await answers(waiting) == [(200, 7)] * READERS
    assert (held.calls, gateway.gateway.cache.counts.joined) == (1, READERS - 1)


async def test_each_waiting_reader_gets_the_form_that_it_asked_for(gateway: Running) -> None:
    held = Held(gateway, 1, 1, 1)
    german, english = await readers(gateway, 2), await readers(gateway, 2, **{"Accept-Language": "en"})
    known = await readers(gateway, 2, **{"If-None-Match": "*"})
    somebody = asyncio.create_task(gateway.http.get(TOPIC, headers={"Authorization": f"Bearer {gateway.token()}"}))
    await scripted.eventually(lambda: held.calls == 3)
    held.let_go()
    titles = [(await task).json()["title"] for task in (*german, *english)]
    assert titles == ["Marktplatz", "Marktplatz", "Market square", "Market square"]
    assert [((await task).status_code, (await task).content) for task in known] == [(304, b"")] * 2
    assert (await somebody).headers["cache-control"] == "private, no-cache"


async def test_a_reader_that_fails_takes_no_other_along(gateway: Running) -> None:
    held = Held(gateway, DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "away"), *range(1, 4))
    waiting = await readers(gateway, 4)
    held.let_go()
    assert sorted(await answers(waiting), key=str) == [(200, 1), (200, 2), (200, 3), (503, None)]
    # The failure is over: the next ones wait for one another again.
    assert gateway.gateway.cache.counts.joined == 0
    assert (await gateway.http.get(TOPIC)).status_code == 200
    assert held.calls == 4


async def test_an_answer_that_is_not_kept_is_nobody_elses(gateway: Running) -> None:
    held = Held(gateway, *[DomainError(Kind.NOT_FOUND, "TOPIC_NOT_FOUND", "no such topic")] * 3)
    waiting = await readers(gateway, 3)
    held.let_go()
    assert await answers(waiting) == [(404, None)] * 3
    assert held.calls == 3


async def test_who_comes_after_a_change_does_not_get_what_was_read_before(
    gateway: Running, nats_server: NatsServer
) -> None:
    held = Held(gateway, 2, 3)
    before = await readers(gateway, 3)
    generation = gateway.gateway.cache.begin()
    connection = await nats.connect(nats_server.url)
    event = discussion_events_pb2.ContributionCreated(topic_id=scripted.TOPIC)
    await connection.publish("civic.discussion.contribution.created.v1.lindental", event.SerializeToString())
    await scripted.eventually(lambda: gateway.gateway.cache.begin() > generation)
    await connection.close()
    after = await readers(gateway, 3)
    held.let_go()
    assert await answers(before) == [(200, 2)] * 3
    assert await answers(after) == [(200, 3)] * 3
    assert await answers([asyncio.create_task(gateway.http.get(TOPIC))]) == [(200, 3)]
    assert held.calls == 2


async def test_without_memory_for_answers_nobody_waits(run: Run) -> None:
    gateway = await run(cache_bytes=0)
    held = Held(gateway, *range(3))
    waiting = await readers(gateway, 3)
    await scripted.eventually(lambda: held.calls == 3)
    held.let_go()
    assert sorted(await answers(waiting)) == [(200, 0), (200, 1), (200, 2)]


# The layer itself, around an application that a test lets go.

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


async def ask(layer: CacheLayer) -> bytes:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/a", "query_string": b"", "headers": []}
    await layer(scope, receive, send)
    return b"".join(message.get("body", b"") for message in sent)


def application(*steps: Callable[[], Awaitable[bytes]]) -> Application:
    following = iter(steps)

    async def serve(scope: Scope, _: Receive, send: Send) -> None:
        body = await next(following)()
        scope["civic.cache"].keep("a")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return serve


async def at_once() -> bytes:
    return b"at once"


async def never() -> bytes:
    await asyncio.Event().wait()
    return b""


async def broken() -> bytes:
    await asyncio.sleep(0)
    raise ValueError("broken")


async def test_patience_ends() -> None:
    cache = AnswerCache(max_bytes=100_000, seconds=30)
    layer = CacheLayer(application(never, at_once), cache, patience_seconds=0.01)
    hanging = asyncio.create_task(ask(layer))
    await asyncio.sleep(0)
    assert await ask(layer) == b"at once"
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    # Kept by now; and whoever was given up keeps nobody waiting.
    assert await ask(layer) == b"at once"


@pytest.mark.parametrize("how", ["raised", "cancelled"])
async def test_whatever_ends_the_first_the_others_ask_themselves(how: str) -> None:
    layer = CacheLayer(
        application(broken if how == "raised" else never, at_once), AnswerCache(max_bytes=100_000, seconds=30)
    )
    first = asyncio.create_task(ask(layer))
    await asyncio.sleep(0)
    second = asyncio.create_task(ask(layer))
    await asyncio.sleep(0)
    if how == "cancelled":
        first.cancel()
    assert await second == b"at once"
    assert first.done()
    await asyncio.gather(first, return_exceptions=True)
