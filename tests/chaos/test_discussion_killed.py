"""kill -9 of the discussion service between commit and reply: the retry creates nothing twice."""

import asyncio
from uuid import uuid4

import httpx
from civic_chassis.testing.waiting import eventually

from tests.chaos.stack import Stack
from tests.chaos.wires import Trap


async def test_the_retry_with_the_same_key_finds_what_was_made(stack: Stack) -> None:
    topic = await stack.new_topic()
    title, key = f"Mehr Bänke {uuid4().hex}", str(uuid4())
    trap = stack.api_wire.set(Trap(at=title.encode(), reply=True))
    call = asyncio.create_task(stack.contribute(topic, title, key=key))
    await asyncio.wait_for(trap.sprung.wait(), 20)
    # Written by the one statement that holds the title, and nobody was told.
    assert await stack.titles(topic) == [title]
    assert not call.done()
    stack.kill("api")
    lost = await call
    assert lost.status_code == 503, lost.text

    await stack.start("api")
    again = await _patiently(stack, topic, title, key)
    assert again.status_code == 201, again.text
    twice = await stack.contribute(topic, title, key=key)
    assert twice.json()["id"] == again.json()["id"]
    assert await stack.titles(topic) == [title]
    other = await stack.contribute(topic, "Ein anderer Titel", key=key)
    assert (other.status_code, other.json()["reason"]) == (409, "REQUEST_ID_REUSED")


async def test_killed_before_the_commit_nothing_stays(stack: Stack) -> None:
    topic = await stack.new_topic()
    title, key = f"Mehr Bäume {uuid4().hex}", str(uuid4())
    trap = stack.api_wire.set(Trap(at=title.encode()))
    call = asyncio.create_task(stack.contribute(topic, title, key=key))
    await asyncio.wait_for(trap.sprung.wait(), 20)
    stack.kill("api")
    lost = await call
    assert lost.status_code == 503, lost.text
    assert await stack.titles(topic) == []

    await stack.start("api")
    again = await _patiently(stack, topic, title, key)
    assert again.status_code == 201, again.text
    assert await stack.titles(topic) == [title]


async def _patiently(stack: Stack, topic: str, title: str, key: str) -> httpx.Response:
    """Repeats while the gateway has not noticed yet that the service is back, as a client does on 503."""
    answers: list[httpx.Response] = []

    async def answered() -> bool:
        answers.append(await stack.contribute(topic, title, key=key))
        return answers[-1].status_code != 503

    await eventually(answered)
    return answers[-1]
