"""Mail that comes back, by a real SMTP listener."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import aiosmtplib
import pytest
import pytest_asyncio
from civic_notification.api import returned
from civic_notification.application.bounces import Bounces
from civic_notification.domain.bounces import Outcome, letter_of, outcome_of
from civic_notification.domain.tokens import return_token

from tests.service.notification.conftest import SECRET, Portal

REPORT = """\
From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; x@y.example
Action: {action}
Status: {status}

--b--
"""


def report(status: str, action: str = "failed") -> bytes:
    """A delivery report as RFC 3464 has it."""
    return REPORT.format(status=status, action=action).replace("\n", "\r\n").encode()


async def sent(portal: Portal) -> str:
    """The return path of the newest mail."""
    await portal.tell()
    await portal.deliver()
    return portal.mail.arrived[-1][0]


class Listener:
    """The listener that runs, and a way to hand mail to it."""

    def __init__(self, server: asyncio.Server) -> None:
        self.port = server.sockets[0].getsockname()[1]

    async def hand_in(self, address: str, content: bytes) -> int:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False)
        async with client:
            try:
                await client.sendmail("", [address], content)
            except aiosmtplib.SMTPRecipientsRefused as error:
                return error.recipients[0].code
        return 250


@pytest_asyncio.fixture(loop_scope="session")
async def listener(portal: Portal) -> AsyncIterator[Listener]:
    server = await returned.listen(Bounces(portal.database, SECRET), "127.0.0.1", 0)
    yield Listener(server)
    server.close()


async def test_an_address_that_does_not_exist_is_given_up(portal: Portal, listener: Listener) -> None:
    anna = await portal.follower()
    assert await listener.hand_in((await sent(portal)).upper(), report("5.1.1")) == 250
    assert (await portal.keep(anna)).suppressed
    await portal.tell()
    await portal.deliver()
    assert len(portal.mail.arrived) == 1
    rows = await portal.rows("SELECT address, status FROM suppression")
    assert [tuple(row) for row in rows] == [(anna.address, "5.1.1")]


async def test_a_full_mailbox_is_given_up_after_five_times(portal: Portal, listener: Listener) -> None:
    anna = await portal.follower()
    for number in range(5):
        assert (await portal.keep(anna)).suppressed is False, number
        await listener.hand_in(await sent(portal), report("5.2.2"))
    assert (await portal.keep(anna)).suppressed


@pytest.mark.parametrize("content", [report("4.4.1", "delayed"), report("2.0.0", "delivered"), b"I am on holiday", b""])
async def test_what_is_no_failure_changes_nothing(portal: Portal, listener: Listener, content: bytes) -> None:
    await portal.follower()
    assert await listener.hand_in(await sent(portal), content) == 250
    assert await portal.rows("SELECT * FROM suppression") == []


async def test_nobody_can_stop_mail_to_others(portal: Portal, listener: Listener) -> None:
    """Only who got the mail knows the return path; anything else is no address here, so nothing is relayed."""
    await portal.follower()
    path = await sent(portal)
    forged = f"bounce+{return_token(uuid4(), b'another secret of somebody')}@back.portal.example"
    token = path[7:46]
    damaged = path.replace(token, ("a" if token[0] != "a" else "b") + token[1:])
    for address in (forged, damaged, "anna@example.com", "bounce+@back.portal.example"):
        assert await listener.hand_in(address, report("5.1.1")) == 550
    assert await portal.rows("SELECT * FROM suppression") == []


async def test_a_report_about_an_address_that_is_no_longer_the_persons_counts_for_nothing(
    portal: Portal, listener: Listener
) -> None:
    anna = await portal.follower()
    path = await sent(portal)
    portal.clock.advance(timedelta(minutes=1))
    moved = type(anna)(name=anna.name, address="new@example.com")
    await portal.keep(moved)
    await listener.hand_in(path, report("5.1.1"))
    assert not (await portal.keep(moved)).suppressed


async def test_a_storm_of_reports_is_taken(portal: Portal, listener: Listener) -> None:
    for number in range(50):
        await portal.follower(f"p{number}")
    await portal.tell()
    await portal.deliver()
    paths = [path for path, _, _ in portal.mail.arrived]
    answers = await asyncio.gather(*(listener.hand_in(path, report("5.1.1")) for path in paths * 4))
    assert set(answers) == {250}
    [row] = await portal.rows("SELECT count(*) FROM suppression WHERE suppress_time IS NOT NULL")
    assert row[0] == 50


def test_what_a_status_says() -> None:
    said = {status: outcome_of(status) for status in ("5.1.1", "5.2.1", "5.2.2", "5.7.1", "4.4.7", "2.1.5", "nonsense")}
    assert said == {
        "5.1.1": Outcome.HARD,
        "5.2.1": Outcome.HARD,
        "5.2.2": Outcome.SOFT,
        "5.7.1": Outcome.SOFT,
        "4.4.7": Outcome.SOFT,
        "2.1.5": Outcome.NOTHING,
        "nonsense": Outcome.NOTHING,
    }
    assert letter_of("", SECRET) is None
