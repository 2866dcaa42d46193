"""Heads of requests that come too slowly or grow too large, spoken over a bare socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest_asyncio
import uvicorn
from civic_gateway.heads import BoundedHeads
from starlette.types import Receive, Scope, Send

from tests.gateway import scripted

Answers = Callable[..., Awaitable[bytes]]
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Hasty(BoundedHeads):
    # Long enough for the first drop to arrive on a busy machine: before it the connection is closed without a word.
    head_seconds = 1.0


@pytest_asyncio.fixture
async def answers() -> AsyncIterator[Answers]:
    """`await answers(piece, …)`: all that the server says until it closes the connection."""
    async with AsyncExitStack() as stack:

        async def talk(*pieces: bytes, protocol: type[BoundedHeads] = BoundedHeads, pause: float = 0.0) -> bytes:
            config = uvicorn.Config(
                app, host="127.0.0.1", port=0, http=protocol, lifespan="off", log_config=None, timeout_keep_alive=1
            )
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server._serve())
            stack.push_async_callback(asyncio.wait_for, serving, 10)
            stack.callback(setattr, server, "should_exit", True)
            await scripted.eventually(lambda: server.started)
            reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
            stack.callback(writer.close)

            async def send() -> None:
                for piece in pieces:
                    writer.write(piece)
                    await asyncio.sleep(pause)

            sending = asyncio.create_task(send())
            async with asyncio.timeout(10):
                heard = await reader.read()
            sending.cancel()
            return heard

        yield talk


async def test_a_head_that_comes_in_drops_is_given_up(answers: Answers) -> None:
    drops = [b"X-Drop: 1\r\n"] * 100
    heard = await answers(REQUEST, *drops, protocol=Hasty, pause=0.1)
    assert heard.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_a_connection_that_says_nothing_is_closed_without_a_word(answers: Answers) -> None:
    assert await answers(protocol=Hasty) == b""


async def test_a_head_that_never_ends_is_refused_before_it_is_kept(answers: Answers) -> None:
    heard = await answers(REQUEST + b"X-Bomb: ", *[b"x" * 10_000] * 50, pause=0.001)
    assert heard.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


async def test_a_head_in_two_pieces_and_a_second_request_are_answered(answers: Answers) -> None:
    first, second = REQUEST + b"X-Piece: 1", b"\r\n\r\n" + REQUEST + b"Connection: close\r\n\r\n"
    heard = await answers(first, second, pause=0.05)
    assert heard.count(b"HTTP/1.1 200 OK\r\n") == 2
