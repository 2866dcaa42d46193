"""A gateway killed under load: another serves the same sessions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from civic_chassis.kernel.call import Caller
from civic_chassis.nats import Connection
from civic_chassis.testing.issuer import subject_of
from civic_gateway.oidc.bucket import Bucket
from civic_gateway.oidc.cookies import SESSION_COOKIE
from civic_gateway.oidc.identity import SESSION_SECONDS
from civic_gateway.oidc.provider import Tokens
from civic_gateway.oidc.seal import Seal
from civic_gateway.oidc.sessions import Sessions

from tests.chaos.stack import SECRET, Stack

GATEWAYS = ("gateway-1", "gateway-2")


class Browser:
    """A browser behind a load balancer: goes to one gateway, and to the next where that one is gone."""

    def __init__(self, stack: Stack, crumb: str) -> None:
        self._stack = stack
        self._headers = {
            "cookie": f"{SESSION_COOKIE}={crumb}",
            "x-csrf-token": Seal(crumb, "session", SECRET.encode()).derive("csrf"),
            "origin": "http://portal.test",
        }
        self._gateway = GATEWAYS[0]

    async def contribute(self, topic: str, title: str) -> httpx.Response:
        headers = self._headers | {"idempotency-key": str(uuid4())}
        for gateway in (self._gateway, *GATEWAYS):
            try:
                answer = await self._stack.http.post(
                    self._stack.api(f"topics/{topic}/contributions", gateway),
                    json={"title": title, "text": "Ein Text."},
                    headers=headers,
                )
            except httpx.TransportError:
                continue
            self._gateway = gateway
            return answer
        raise AssertionError("no gateway answers")

    @property
    def gateway(self) -> str:
        return self._gateway


@pytest.fixture
async def sessions(stack: Stack) -> AsyncIterator[Sessions]:
    """The bucket that both gateways keep sessions in."""
    connection = Connection.open(stack.nats.url, name="chaos")
    await connection.ready()
    bucket = Bucket(connection.client, "sessions", seconds=SESSION_SECONDS, max_bytes=2 * 1024**3)
    # Beginning a session asks no realm.
    yield Sessions(bucket, None, secret=SECRET.encode(), clock=stack.clock)  # type: ignore[arg-type]
    await connection.close()


async def signed_in(stack: Stack, sessions: Sessions, name: str) -> Browser:
    token = stack.issuer.issue(name, clock=stack.clock, lifetime=timedelta(hours=1))
    ends = stack.clock.now().timestamp() + 3600
    tokens = Tokens(
        caller=Caller(subject_of(name), name, {}, frozenset()),
        sid=str(uuid4()),
        access_token=token,
        access_ends=ends,
        refresh_token="-",
        refresh_ends=ends,
        id_token="-",
    )
    return Browser(stack, await sessions.begin(tokens))


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
