"""Digests: once in the morning, everything once, whatever the clocks do."""

from datetime import UTC, datetime, timedelta

import pytest
from civic.notification.v1 import following_pb2
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_notification.domain.digests import digest_key, next_digest
from civic_notification.domain.followings import Rhythm
from civic_notification.domain.letters import LetterState
from civic_notification.domain.times import spoken
from civic_notification.store import letters
from civic_participation.domain.notices import NoticeKind

from tests.service.notification.conftest import Portal
from tests.service.notification.test_delivery import part


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "daily", "weekly"),
    [
        ("2026-11-23 05:59:59", "2026-11-23 06:00", "2026-11-23 06:00"),  # a Monday, a second before seven
        ("2026-11-23 06:00:00", "2026-11-24 06:00", "2026-11-30 06:00"),
        ("2026-03-28 12:00:00", "2026-03-29 05:00", "2026-03-30 05:00"),  # the night in which summer time begins
        ("2026-10-24 12:00:00", "2026-10-25 06:00", "2026-10-26 06:00"),  # the night in which it ends
        ("2026-10-25 00:30:00", "2026-10-25 06:00", "2026-10-26 06:00"),
        ("2026-12-31 23:30:00", "2027-01-01 06:00", "2027-01-04 06:00"),  # already the new year in Berlin
    ],
)
def test_the_next_digest_is_at_seven_in_berlin(now: str, daily: str, weekly: str) -> None:
    assert next_digest(Rhythm.DAILY, at(now)) == at(daily)
    assert next_digest(Rhythm.WEEKLY, at(now)) == at(weekly)


def test_instants_as_people_say_them() -> None:
    assert spoken(at("2026-12-11 23:00:00"), "de") == "11. Dezember 2026, 24 Uhr"
    assert spoken(at("2026-07-01 12:05:00"), "de") == "1. Juli 2026, 14:05 Uhr"
    assert spoken(at("2026-12-11 23:00:00"), "en") == "11 December 2026, 24:00"
    assert digest_key(Rhythm.DAILY, at("2026-11-24 06:00:00")) == "daily:2026-11-24"


async def test_a_digest_tells_all_of_a_day_in_one_mail(portal: Portal) -> None:
    anna = await portal.follower(rhythm=following_pb2.RHYTHM_DAILY)
    await portal.tell(NoticeKind.CONTRIBUTION_CREATED, words={"title": "Park", "item": "Bänke"})
    portal.clock.advance(timedelta(hours=3))
    await portal.tell(NoticeKind.PHASE_ENDED)
    await portal.deliver()
    assert portal.mail.arrived == []
    portal.clock.move_to(at("2026-11-24 06:00:00"))
    await portal.deliver()
    await portal.deliver()
    [message] = portal.mail.to(anna.address)
    assert message["Subject"] == "Stadt Lindental: Neuigkeiten (2)"
    link = f"https://portal.example/{portal.tenant}/dialoge/stadtpark"
    assert f"das ist neu:\n\nNeuer Beitrag: Bänke\n{link}\n\nBeendet: Neuer Stadtpark\n{link}\n\n" in part(
        message, "plain"
    )
    assert f'<a href="{link}">Neuer Beitrag: Bänke</a><br>\n<a href="{link}">Beendet' in part(message, "html")


async def test_a_week_is_one_mail_on_monday(portal: Portal) -> None:
    anna = await portal.follower(rhythm=following_pb2.RHYTHM_WEEKLY)
    for _ in range(6):
        await portal.tell()
        portal.clock.advance(timedelta(days=1))
        await portal.deliver()
    assert portal.mail.arrived == []
    portal.clock.move_to(at("2026-11-30 06:00:00"))
    await portal.deliver()
    [message] = portal.mail.to(anna.address)
    assert message["Subject"] == "Stadt Lindental: Neuigkeiten (6)"


async def test_a_long_digest_shows_a_hundred_and_counts_the_rest(portal: Portal) -> None:
    anna = await portal.follower(rhythm=following_pb2.RHYTHM_DAILY)
    for number in range(103):
        await portal.tell(NoticeKind.CONTRIBUTION_CREATED, words={"title": "Park", "item": f"Nr. {number:03}"})
    portal.clock.advance(timedelta(days=1))
    await portal.deliver()
    [message] = portal.mail.to(anna.address)
    assert message["Subject"] == "Stadt Lindental: Neuigkeiten (103)"
    text = part(message, "plain")
    assert text.count("Neuer Beitrag: Nr. ") == 100
    assert "und 3 weitere im Portal" in text
    assert await portal.rows("SELECT * FROM letter_notice") == []


async def test_what_comes_while_a_digest_is_sent_is_told_by_a_second_part(portal: Portal) -> None:
    anna = await portal.follower(rhythm=following_pb2.RHYTHM_DAILY)
    await portal.tell()
    portal.clock.advance(timedelta(days=1))
    call = Call(ANONYMOUS, None, portal.clock.now(), "mail", None)
    async with portal.database.unit_of_work(call) as work:
        [letter] = await letters.claim(work, 10)
    [row] = await portal.rows("SELECT run_at FROM letter")
    portal.clock.advance(timedelta(hours=-24))
    await portal.tell(NoticeKind.RESULT_PUBLISHED)
    portal.clock.advance(timedelta(hours=24))
    async with portal.database.unit_of_work(call) as work:
        await letters.finish(work, letter, LetterState.SENT)
    assert await portal.letters() == [("waiting", 0, "")]
    await portal.deliver()
    [message] = portal.mail.to(anna.address)
    assert message["Subject"] == "Stadt Lindental: Neuigkeiten (1)"
    assert str(message["Message-ID"]).endswith(".2@back.portal.example>")
    assert row["run_at"] > portal.clock.now()
