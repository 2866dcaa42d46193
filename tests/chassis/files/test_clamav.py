"""ClamAV's INSTREAM, spoken with a small server that looks for one word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from civic_chassis.clamav import ClamAV
from civic_chassis.kernel.errors import DomainError, Kind

VIRUS = b"X5O!P%@AP"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
    whole = b""
    while size := int.from_bytes(await reader.readexactly(4), "big"):
        whole += await reader.readexactly(size)
    verdict = b"stream: OK"
    if VIRUS in whole:
        verdict = b"stream: Eicar-Test-Signature FOUND"
    if len(whole) > 1_000_000:
        verdict = b"INSTREAM size limit exceeded. ERROR"
    writer.write(verdict + b"\0")
    await writer.drain()
    writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def scanner() -> AsyncIterator[ClamAV]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield ClamAV(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_clean_file_and_one_that_is_not(scanner: ClamAV) -> None:
    assert await scanner.scan(b"x" * 600_000) is None
    assert await scanner.scan(b"x" * 600_000 + VIRUS) == "Eicar-Test-Signature"


async def test_what_nobody_looked_at_is_not_clean(scanner: ClamAV) -> None:
    for asked in (scanner.scan(b"x" * 1_000_001), ClamAV("127.0.0.1:1").scan(b"x")):
        with pytest.raises(DomainError) as caught:
            await asked
        assert caught.value.kind is Kind.UNAVAILABLE
