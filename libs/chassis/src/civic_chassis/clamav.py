"""Asks a ClamAV daemon about a file, by INSTREAM (man clamd)."""

import asyncio
import re
from collections.abc import Iterable, Iterator

from civic_chassis.kernel.errors import DomainError, Kind

_STEP = 256 * 1024
_SECONDS = 60.0
_NAME = re.compile(r"^stream: (.+) FOUND$")


class ClamAV:
    """`address` is host:port."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port = host, int(port)

    async def scan(self, contents: bytes | Iterable[bytes]) -> str | None:
        """The name of what was found, None for a clean file. Raises UNAVAILABLE where no answer can be had.

        A large file comes in pieces; the daemon's StreamMaxLength has to be as large as it is.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._ask(contents)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise _away() from error
        if answer == "stream: OK":
            return None
        found = _NAME.match(answer)
        if found is None:
            # Its own limit of size, or a signature file that is missing: nobody has looked.
            raise _away()
        return found[1]

    async def _ask(self, contents: bytes | Iterable[bytes]) -> str:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            for piece in _steps(contents) if isinstance(contents, bytes) else contents:
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
            writer.write((0).to_bytes(4, "big"))
            await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()
        finally:
            writer.close()


def _steps(contents: bytes) -> Iterator[bytes]:
    for begin in range(0, len(contents), _STEP):
        yield contents[begin : begin + _STEP]


def _away() -> DomainError:
    return DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the virus scanner is away")
