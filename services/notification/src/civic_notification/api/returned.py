"""The SMTP listener that takes mail that comes back; it knows no other addresses and passes nothing on."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from civic_chassis.kernel.errors import DomainError

from civic_notification.application.bounces import Bounces

# A report quotes the mail that it speaks of.
_LARGEST_BYTES = 256 * 1024
_AT_ONCE = 8


@dataclass(frozen=True)
class Returned:
    """The handler of aiosmtpd, which fixes the names of its methods."""

    bounces: Bounces
    # A storm of them must not take every connection to the database.
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.bounces.expected(address) is None:
            return "550 5.1.1 no such address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        try:
            async with self.places:
                for address in envelope.rcpt_tos:
                    letter = self.bounces.expected(address)
                    if letter is not None:
                        await self.bounces.take(letter, raw)
        except DomainError:
            return "451 4.3.0 try again later"
        return "250 2.0.0 noted"


async def listen(bounces: Bounces, host: str, port: int) -> asyncio.Server:
    """A server that runs; the caller closes it."""
    loop = asyncio.get_running_loop()
    handler = Returned(bounces)

    def protocol() -> Any:
        # Its name is given, since aiosmtpd would ask the name service for one, which may take long.
        return SMTP(handler, data_size_limit=_LARGEST_BYTES, hostname=host, loop=loop, timeout=60)

    return await loop.create_server(protocol, host, port)


async def serve(bounces: Bounces, host: str, port: int) -> None:
    """Until cancelled."""
    server = await listen(bounces, host, port)
    try:
        await server.serve_forever()
    finally:
        server.close()
