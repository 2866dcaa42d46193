"""Bodies that are too large, too slow or never end, spoken over a bare socket."""

import asyncio
import json
from typing import Any

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

ADDRESS = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}/contributions"
HEAD = f"POST {ADDRESS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


async def talk(
    gateway: Running, *pieces: bytes, pause: float = 0.0, wait: float = 20.0
) -> tuple[int, dict[str, Any], int, str]:
    """Sends the pieces as long as the server takes them; returns status, problem, and how many bytes were sent."""
    reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
    sent = 0

    async def send() -> None:
        nonlocal sent
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
            await asyncio.sleep(pause)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(wait):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next(int(line[16:]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
            body = await reader.readexactly(length)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
    return int(head.split()[1]), json.loads(body), sent, head.lower()


async def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(gateway: Running) -> None:
    status, problem, sent, head = await talk(gateway, f"{HEAD}Content-Length: 1073741824\r\n\r\n".encode())
    assert (status, problem["reason"]) == (413, "BODY_TOO_LARGE")
    assert problem["detail"] == "Erlaubt sind 1.048.576 Byte."
    assert "connection: close" in head
    assert sent < 1000


async def test_the_answer_is_read_by_a_client_that_goes_on_sending(gateway: Running) -> None:
    chunk = b"x" * 65536
    status, problem, _, _ = await talk(gateway, f"{HEAD}Content-Length: 1073741824\r\n\r\n".encode(), *[chunk] * 50)
    assert (status, problem["reason"]) == (413, "BODY_TOO_LARGE")


async def test_a_chunked_body_is_refused_once_it_is_too_large(run: Run) -> None:
    gateway = await run(max_body_bytes=100_000)
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    status, problem, _, _ = await talk(gateway, f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode(), *[chunk] * 5)
    assert (status, problem["reason"]) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_never_ends_is_given_up(run: Run) -> None:
    gateway = await run(body_timeout_seconds=0.5)
    drops = [b"1\r\nx\r\n"] * 100
    status, problem, _, _ = await talk(
        gateway, f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode(), *drops, pause=0.05
    )
    assert (status, problem["reason"]) == (408, "BODY_TIMEOUT")


async def test_a_get_with_a_large_body_is_refused_too(gateway: Running) -> None:
    head = f"GET {ADDRESS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n"
    status, problem, _, _ = await talk(gateway, head.encode())
    assert (status, problem["reason"]) == (413, "BODY_TOO_LARGE")


async def test_the_connection_of_a_refused_body_is_closed(gateway: Running) -> None:
    reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
    writer.write(f"{HEAD}Content-Length: 1073741824\r\n\r\n".encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
