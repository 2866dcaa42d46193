"""The way to the mail server: a few connections that are used again."""

import logging
import re
import ssl
from dataclasses import dataclass
from time import monotonic

import aiosmtplib
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from civic_notification.application.delivery import Answer, Mail, Verdict
from civic_notification.domain.bounces import Outcome, outcome_of

_log = logging.getLogger(__name__)

# Servers end connections that carried much, or that lay idle.
_MAILS_EACH = 100
_IDLE_SECONDS = 20.0
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CLOSING = 421
_NO_MAILBOX = frozenset({550, 551, 553})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Server:
    """Where and how; `security` is none, starttls or tls."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    timeout_seconds: float = 30.0
    tls: ssl.SSLContext | None = None


@dataclass(slots=True)
class _Line:
    """An open connection."""

    client: aiosmtplib.SMTP
    used: int
    since: float


class SmtpTransport:
    """Any number of `send` at the same time; as many connections stay open as `connections` says."""

    def __init__(self, server: Server, *, connections: int) -> None:
        self.connections = connections
        self._server = server
        self._idle: list[_Line] = []

    async def send(self, mail: Mail) -> Answer:
        """What the server said, never an exception: AWAY where nothing is known of the mail."""
        try:
            line = await self._take()
        except (SMTPException, OSError) as error:
            return _away(error)
        try:
            await line.client.mail(mail.return_path)
            await line.client.rcpt(mail.address)
            await line.client.data(mail.content)
        except (SMTPException, OSError) as error:
            await self._after(line, error)
            return _answer(error)
        await self._give(line)
        return Answer(Verdict.TAKEN)

    async def close(self) -> None:
        """Says goodbye on idle connections."""
        lines, self._idle = self._idle, []
        for line in lines:
            await _end(line)

    async def _take(self) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.used < _MAILS_EACH and monotonic() - line.since < _IDLE_SECONDS and await _answers(line):
                return line
            await _end(line)
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.username or None,
            password=server.password or None,
            timeout=server.timeout_seconds,
            tls_context=server.tls,
        )
        await client.connect()
        return _Line(client, 0, monotonic())

    async def _give(self, line: _Line) -> None:
        line.used += 1
        line.since = monotonic()
        if len(self._idle) < self.connections:
            self._idle.append(line)
        else:
            await _end(line)

    async def _after(self, line: _Line, error: BaseException) -> None:
        """A connection on which the server refused a mail may take the next one."""
        if isinstance(error, SMTPResponseException) and error.code != _CLOSING and line.client.is_connected:
            try:
                await line.client.rset()
            except (SMTPException, OSError):
                await _end(line)
                return
            await self._give(line)
            return
        await _end(line)


def _answer(error: BaseException) -> Answer:
    if not isinstance(error, SMTPResponseException) or error.code == _CLOSING:
        return _away(error)
    found = _ENHANCED.search(error.message)
    status = found[1] if found else str(error.code)
    if isinstance(error, SMTPRecipientRefused):
        return Answer(_of_recipient(error.code, found[1] if found else ""), status)
    if isinstance(error, SMTPDataError):
        if error.code < 500:
            return Answer(Verdict.LATER, status)
        return Answer(Verdict.NO_ADDRESS if status.startswith("5.1.") else Verdict.REFUSED, status)
    if isinstance(error, SMTPSenderRefused):
        # What is refused is ours, not the recipient's: letters wait until somebody has mended it.
        _log.error("the mail server refuses the sender", extra={"status": status})
    return Answer(Verdict.AWAY, status)


def _of_recipient(code: int, enhanced: str) -> Verdict:
    if code < 500:
        return Verdict.LATER
    if enhanced:
        return Verdict.NO_ADDRESS if outcome_of(enhanced) is Outcome.HARD else Verdict.LATER
    return Verdict.NO_ADDRESS if code in _NO_MAILBOX else Verdict.LATER


def _away(error: BaseException) -> Answer:
    code = getattr(error, "code", None)
    return Answer(Verdict.AWAY, str(code) if isinstance(code, int) else type(error).__name__)


async def _answers(line: _Line) -> bool:
    """Whether the server still listens on a connection that lay idle; asked before a letter is put on it."""
    if monotonic() - line.since < 1.0:
        return line.client.is_connected
    try:
        await line.client.noop()
    except (SMTPException, OSError):
        return False
    return True


async def _end(line: _Line) -> None:
    try:
        await line.client.quit()
    except (SMTPException, OSError):
        line.client.close()
