"""Sending over TLS and with a password, by a real mail server: nothing is said in the clear, nothing is lost."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from civic_notification.api.smtp import Server, SmtpTransport
from civic_notification.application.delivery import Delivery
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.service.notification.conftest import Portal

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")

NAME, PASSWORD = "portal", "ein Passwort nur für Tests"


@dataclass
class Secured:
    """A mail server that wants TLS and a password, and what it was told."""

    port: int = 0
    starts_tls: bool = True
    password: str = PASSWORD
    arrived: list[tuple[str, bool]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def authenticate(
        self, _server: SMTP, session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.tried.append(data.password.decode())
        known = (data.login.decode(), data.password.decode()) == (NAME, self.password)
        # Not handled here: the server itself says no.
        return AuthResult(success=known, handled=False)

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        self.arrived.append((envelope.rcpt_tos[0], bool(session.authenticated)))
        return "250 2.0.0 taken"


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of 127.0.0.1 shows, and what trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, secret = folder / "mail.pem", folder / "mail.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(shown, secret)
    return server, ssl.create_default_context(cafile=str(shown))


@asynccontextmanager
async def listening(secured: Secured, context: ssl.SSLContext, *, implicit: bool) -> AsyncIterator[Secured]:
    loop = asyncio.get_running_loop()

    def protocol() -> Any:
        return SMTP(
            secured,
            hostname="mail.test",
            loop=loop,
            tls_context=context if secured.starts_tls and not implicit else None,
            require_starttls=secured.starts_tls and not implicit,
            authenticator=secured.authenticate,
            auth_required=True,
            # What is encrypted from the start needs no STARTTLS; the other server must not hear a password without.
            auth_require_tls=not implicit and secured.starts_tls,
        )

    server = await loop.create_server(protocol, "127.0.0.1", secured.port, ssl=context if implicit else None)
    secured.port = server.sockets[0].getsockname()[1]
    try:
        yield secured
    finally:
        server.close()


def delivery(portal: Portal, secured: Secured, security: str, trust: ssl.SSLContext | None) -> Delivery:
    server = Server(
        host="127.0.0.1",
        port=secured.port,
        security=security,
        username=NAME,
        password=PASSWORD,
        timeout_seconds=5.0,
        tls=trust,
    )
    return Delivery(portal.database, SmtpTransport(server, connections=2), portal.composer.mail)


async def told(portal: Portal) -> str:
    """The address of somebody for whom a letter is due."""
    person = await portal.follower()
    await portal.tell()
    assert person.address is not None
    return person.address


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_goes_out_over_tls_with_a_password(portal: Portal, tmp_path: Path, security: str) -> None:
    address = await told(portal)
    context, trust = certificate(tmp_path)
    async with listening(Secured(), context, implicit=security == "tls") as secured:
        sender = delivery(portal, secured, security, trust)
        await sender.step()
    assert (secured.arrived, secured.tried) == ([(address, True)], [PASSWORD])
    assert await portal.letters() == [("sent", 0, "")]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_trusts_gets_neither_password_nor_mail(
    portal: Portal, tmp_path: Path, security: str
) -> None:
    await told(portal)
    context, _ = certificate(tmp_path)
    async with listening(Secured(), context, implicit=security == "tls") as secured:
        sender = delivery(portal, secured, security, None)
        await sender.step()
        assert (sender.waits, secured.arrived, secured.tried) == (True, [], [])
    assert [(state, attempts) for state, attempts, _ in await portal.letters()] == [("waiting", 0)]


async def test_without_tls_nothing_is_said(portal: Portal, tmp_path: Path) -> None:
    """A server, or somebody between, that does not offer STARTTLS is none of ours."""
    await told(portal)
    context, trust = certificate(tmp_path)
    async with listening(Secured(starts_tls=False), context, implicit=False) as secured:
        sender = delivery(portal, secured, "starttls", trust)
        await sender.step()
        assert (sender.waits, secured.arrived, secured.tried) == (True, [], [])


async def test_letters_wait_an_hour_for_the_right_password_and_go_once(portal: Portal, tmp_path: Path) -> None:
    address = await told(portal)
    context, trust = certificate(tmp_path)
    async with listening(Secured(password="neu"), context, implicit=False) as secured:
        sender = delivery(portal, secured, "starttls", trust)
        for _ in range(60):
            await sender.step()
            portal.clock.advance(timedelta(minutes=1))
        assert (sender.waits, secured.arrived, set(secured.tried)) == (True, [], {PASSWORD})
        assert [(state, attempts) for state, attempts, _ in await portal.letters()] == [("waiting", 0)]
        secured.password = PASSWORD
        while await sender.step():
            pass
    assert secured.arrived == [(address, True)]
    assert await portal.letters() == [("sent", 0, "")]
