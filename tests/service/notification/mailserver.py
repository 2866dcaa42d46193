"""A real mail server for tests, that can be away, refuse, and be slow."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailServer:
    """What arrived, in order. `answer_rcpt` and `answer_data` may refuse; None takes the mail."""

    host: str = "127.0.0.1"
    port: int = 0
    arrived: list[tuple[str, str, EmailMessage]] = field(default_factory=list)
    raw: bool = False
    count: int = 0
    sessions: int = 0
    open_sessions: list[Any] = field(default_factory=list)
    answer_rcpt: Callable[[str], str | None] = lambda _address: None
    answer_mail: Callable[[str], str | None] = lambda _address: None
    answer_data: Callable[[str], str | None] = lambda _address: None
    _server: Any = None

    async def open(self) -> None:
        """Under the same port as before."""
        loop = asyncio.get_running_loop()

        def protocol() -> Any:
            self.sessions += 1
            made = SMTP(_Handler(self), hostname="mail.test", loop=loop)
            self.open_sessions.append(made)
            return made

        self._server = await loop.create_server(protocol, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Nobody listens; what is open is broken."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            for protocol in self.open_sessions:
                if protocol.transport is not None:
                    protocol.transport.abort()
            self.open_sessions.clear()

    def to(self, address: str) -> list[EmailMessage]:
        return [message for _, to, message in self.arrived if to == address]


@dataclass
class _Handler:
    server: MailServer

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = self.server.answer_mail(address)
        if refusal is None:
            envelope.mail_from = address
        return refusal or "250 2.1.0 ok"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = self.server.answer_rcpt(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        refusal = self.server.answer_data(address)
        if refusal is None:
            self.server.count += 1
            if not self.server.raw:
                content = envelope.content if isinstance(envelope.content, bytes) else b""
                message = email.message_from_bytes(content, policy=email.policy.default)
                assert isinstance(message, EmailMessage)
                self.server.arrived.append((envelope.mail_from or "", address, message))
        return refusal or "250 2.0.0 taken"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.open()
    try:
        yield server
    finally:
        await server.close()
