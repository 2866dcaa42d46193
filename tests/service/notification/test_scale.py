"""Ten thousand followers at one phase change, and senders that die."""

import asyncio
import tracemalloc
from datetime import timedelta

from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError, Kind
from civic_notification.application.delivery import Delivery
from civic_notification.store import letters

from tests.service.notification.conftest import TOPIC, Portal

FOLLOWERS = 10_000
MEGABYTE = 1024 * 1024


async def followers(portal: Portal, count: int) -> None:
    await portal.rows(
        "INSERT INTO recipient SELECT 'p' || n, gen_random_uuid(), 'p' || n || '@many.example', 'de', $2, $2"
        " FROM generate_series(1, $1::int) AS n",
        count,
        portal.clock.now(),
    )
    await portal.rows(
        "INSERT INTO following SELECT $2, $3, $4, 'p' || n, gen_random_uuid(), 'now', 'T', '/a', $5"
        " FROM generate_series(1, $1::int) AS n",
        count,
        portal.tenant,
        TOPIC,
        portal.followed,
        portal.clock.now(),
    )


async def test_ten_thousand_followers_in_bounded_memory(portal: Portal) -> None:
    """Hearing holds one row, sending a batch: what it takes does not grow with the number of people."""
    await followers(portal, FOLLOWERS)
    await portal.tell()
    tracemalloc.start()
    try:
        await portal.tell()
        heard = tracemalloc.get_traced_memory()[1]
        [row] = await portal.rows("SELECT count(*) FROM letter")
        assert row[0] == 2 * FOLLOWERS
        tracemalloc.reset_peak()
        delivery = portal.delivery(connections=4)
        for _ in range(10):
            assert await delivery.step()
        sent = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(portal.mail.arrived) == 320
    assert heard < 2 * MEGABYTE
    # The mails that the test's own mail server keeps are most of it.
    assert sent < 16 * MEGABYTE


async def test_many_senders_send_each_letter_once(portal: Portal) -> None:
    await followers(portal, 300)
    await portal.tell()

    async def work(delivery: Delivery) -> None:
        while await delivery.step():
            pass

    await asyncio.gather(*(work(portal.delivery()) for _ in range(4)))
    addresses = [to for _, to, _ in portal.mail.arrived]
    assert len(addresses) == len(set(addresses)) == 300


async def test_a_sender_that_is_stopped_finishes_what_it_began(portal: Portal) -> None:
    await followers(portal, 300)
    await portal.tell()
    begun = asyncio.Event()

    def answer(_address: str) -> str | None:
        begun.set()
        return None

    portal.mail.answer_data = answer
    task = asyncio.create_task(portal.delivery().run())
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    [row] = await portal.rows("SELECT count(*) FROM letter WHERE state = 'sent'")
    assert 0 < row[0] == len(portal.mail.arrived) < 300
    # What was claimed and not begun was given back: nothing waits for a claim to run out.
    await portal.deliver()
    addresses = [to for _, to, _ in portal.mail.arrived]
    assert len(addresses) == len(set(addresses)) == 300


async def test_what_a_killed_sender_had_claimed_goes_out_later_under_the_same_name(portal: Portal) -> None:
    """The one window: the server took the mail, and nobody noted it."""
    anna = await portal.follower()
    await portal.tell()
    call = Call(ANONYMOUS, None, portal.clock.now(), "mail", None)
    async with portal.database.unit_of_work(call) as work:
        [letter] = await letters.claim(work, 10)
    mail = portal.composer.mail(letter, letter.notices, {}, portal.clock.now())
    delivery = portal.delivery()
    await delivery._transport.send(mail)
    await portal.deliver()
    assert len(portal.mail.to(anna.address)) == 1
    portal.clock.advance(timedelta(minutes=10))
    await portal.deliver()
    first, second = portal.mail.to(anna.address)
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_database_that_is_away_after_sending_makes_no_second_mail(portal: Portal) -> None:
    """The answer is kept until it can be written."""
    anna = await portal.follower()
    await portal.tell()
    database = portal.database
    broken = 3
    real = database.unit_of_work

    def unit_of_work(call: Call):  # type: ignore[no-untyped-def]
        nonlocal broken
        if portal.mail.arrived and broken:
            broken -= 1
            raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the database is away")
        return real(call)

    database.unit_of_work = unit_of_work  # type: ignore[method-assign]
    try:
        await portal.deliver()
    finally:
        database.unit_of_work = real  # type: ignore[method-assign]
    assert broken == 0
    assert len(portal.mail.to(anna.address)) == 1
    assert await portal.letters() == [("sent", 0, "")]
