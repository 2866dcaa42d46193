"""A gateway killed under load: another serves the same sessions."""

import asyncio
from uuid import uuid4

from civic_gateway.oidc.sessions import Sessions

from tests.chaos.browsers import Browser, signed_in
from tests.chaos.stack import Stack


async def test_the_other_gateway_serves_the_session(stack: Stack, sessions: Sessions) -> None:
    topic = await stack.new_topic()
    browsers = [await signed_in(stack, sessions, f"person-{number}") for number in range(4)]
    stop = asyncio.Event()
    done: list[str] = []

    async def write(browser: Browser, number: int) -> None:
        while not stop.is_set():
            title = f"Beitrag {number} {uuid4().hex}"
            answer = await browser.contribute(topic, title)
            assert answer.status_code == 201, answer.text
            assert answer.json()["author_name"] == f"person-{number}"
            done.append(title)

    writers = [asyncio.create_task(write(browser, number)) for number, browser in enumerate(browsers)]
    await asyncio.sleep(1)
    before = len(done)
    stack.kill("gateway-1")
    await asyncio.sleep(1.5)
    stop.set()
    await asyncio.gather(*writers)
    assert before > 0
    assert len(done) > before
    assert {browser.gateway for browser in browsers} == {"gateway-2"}
    # Repeated under the same key by another gateway, each was made once.
    assert sorted(await stack.titles(topic)) == sorted(done)
