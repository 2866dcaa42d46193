"""Letters on their way: what a mail holds, who gets one, and what happens when the mail server does not take it."""

import re
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from civic.notification.v1 import following_pb2
from civic_chassis.testing.issuer import subject_of
from civic_notification.application.delivery import Mail
from civic_notification.domain.tokens import return_token
from civic_participation.domain.notices import FollowersOf, NoticeKind, People, Staff

from tests.service.notification.conftest import SECRET, Portal


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body(preferencelist=(kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


async def test_a_follower_gets_one_mail_with_all_that_belongs_to_it(portal: Portal) -> None:
    anna = await portal.follower()
    await portal.tell()
    await portal.deliver()
    [(return_path, _, message)] = portal.mail.arrived
    [row] = await portal.rows("SELECT id FROM letter")
    assert return_path == f"bounce+{return_token(row['id'], SECRET)}@back.portal.example"
    assert message["To"] == anna.address
    assert message["From"] == "Stadt Lindental <portal@portal.example>"
    assert message["Subject"] == "Beendet: Neuer Stadtpark"
    assert message["Message-ID"] == f"<{row['id'].hex}.1@back.portal.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = re.fullmatch(r"<(https://portal\.example/abbestellen/[\w-]+)>", message["List-Unsubscribe"])
    assert leave is not None
    link = f"https://portal.example/{portal.tenant}/dialoge/stadtpark"
    assert part(message, "plain") == (
        "Guten Tag,\n\nNeuer Stadtpark ist seit 23. November 2026, 09:00 Uhr beendet. "
        f"Alle Beiträge können Sie weiterhin lesen.\n\n{link}\n\nStadt Lindental\n\n-- \n"
        "Sie bekommen diese Mail, weil Sie diesem Angebot folgen.\n"
        f"Abbestellen: {leave[1]}\nEinstellungen: https://portal.example/mein-bereich/benachrichtigungen\n"
    )
    page = part(message, "html")
    assert f'<a href="{link}">{link}</a>' in page
    assert "<strong>Neuer Stadtpark</strong>" in page
    assert await portal.letters() == [("sent", 0, "")]


async def test_the_mail_speaks_the_readers_language(portal: Portal) -> None:
    anna = await portal.follower(language="en")
    await portal.tell(translations={"en": {"title": "New park"}})
    await portal.deliver()
    [message] = portal.mail.to(anna.address)
    assert message["Subject"] == "Ended: New park"


async def test_what_a_citizen_wrote_stays_text(portal: Portal) -> None:
    anna = await portal.follower()
    item = "<b>x</b> [a](http://evil.example) {link} **y** \r\nBcc: all@example.com"
    await portal.tell(NoticeKind.CONTRIBUTION_CREATED, words={"title": "T", "item": item})
    await portal.deliver()
    [message] = portal.mail.to(anna.address)
    assert message["Bcc"] is None
    assert message["Subject"] == "Neuer Beitrag: <b>x</b> [a](http://evil.example) {link} **y** Bcc: all@example.com"
    page = part(message, "html")
    assert "&lt;b&gt;x&lt;/b&gt; [a](http://evil.example) {link} **y**" in page
    assert 'href="http://evil.example' not in page


async def test_the_same_happening_is_heard_once(portal: Portal) -> None:
    """By the event's id, and by the notice's where a tool told it twice."""
    await portal.follower()
    event_id = uuid4()
    notice_id = await portal.tell(event_id=event_id)
    await portal.tell(event_id=event_id, notice_id=uuid4())
    await portal.tell(notice_id=notice_id)
    await portal.deliver()
    await portal.deliver()
    assert len(portal.mail.arrived) == 1


async def test_who_made_it_happen_does_not_hear_of_it(portal: Portal) -> None:
    anna, ben = await portal.follower(), await portal.follower("ben")
    await portal.tell(except_subject=subject_of(anna.name))
    await portal.deliver()
    assert [to for _, to, _ in portal.mail.arrived] == [ben.address]


async def test_followers_of_another_tenants_object_hear_nothing(portal: Portal, neighbour: Portal) -> None:
    await neighbour.follower()
    await portal.tell()
    await portal.deliver()
    assert portal.mail.arrived == []


async def test_people_are_told_by_name_and_staff_by_role(portal: Portal, neighbour: Portal) -> None:
    anna = portal.person()
    await portal.keep(anna)
    for staff in (portal.moderator, portal.editor, neighbour.moderator):
        await portal.keep(staff)
    await portal.tell(NoticeKind.TEXT_DECIDED, People((subject_of(anna.name), subject_of(anna.name))))
    await portal.tell(NoticeKind.CASE_WAITING, Staff(("moderator", "admin")), words={"title": "T", "count": "2"})
    await portal.deliver()
    # The neighbour's moderator is the same person here: roles are those of the newest token.
    assert sorted(to for _, to, _ in portal.mail.arrived) == [anna.address]
    await portal.keep(portal.moderator)
    await portal.tell(NoticeKind.CASE_WAITING, Staff(("moderator", "admin")), words={"title": "T", "count": "2"})
    await portal.deliver()
    [message] = portal.mail.to(portal.moderator.address)
    assert message["Subject"] == "Zu prüfen: 2"


async def test_a_preference_counts_before_the_rhythm_of_the_object(portal: Portal) -> None:
    await portal.follower("anna")
    await portal.follower("ben", following_pb2.RHYTHM_DAILY)
    await portal.rows(
        "INSERT INTO preference VALUES ($1, 'phase.ended', 'never'), ($2, 'phase.ended', 'now')",
        subject_of(portal.person("anna").name),
        subject_of(portal.person("ben").name),
    )
    await portal.tell()
    await portal.deliver()
    assert [to for _, to, _ in portal.mail.arrived] == [portal.person("ben").address]


async def test_whoever_has_no_address_yet_is_told_as_soon_as_there_is_one(portal: Portal) -> None:
    anna = portal.person()
    await portal.tell(NoticeKind.TEXT_DECIDED, People((subject_of(anna.name),)))
    await portal.deliver()
    assert await portal.letters() == [("waiting", 0, "no address")]
    await portal.keep(anna)
    portal.clock.advance(timedelta(hours=1))
    await portal.deliver()
    assert len(portal.mail.to(anna.address)) == 1


async def test_a_paragraph_without_a_value_is_left_out(portal: Portal) -> None:
    anna = await portal.follower()
    for explanation in ("", "Danke für den Hinweis."):
        words = {"title": "Stadtpark", "item": "Bänke", "explanation": explanation}
        await portal.tell(NoticeKind.TEXT_SHOWN, People((subject_of(anna.name),)), words=words)
    await portal.deliver()
    second, first = sorted(portal.mail.to(anna.address), key=lambda mail: "Danke" not in part(mail, "plain"))
    assert "ist jetzt für alle zu lesen.\n\nhttps://" in part(first, "plain")
    assert "ist jetzt für alle zu lesen.\n\nDanke für den Hinweis.\n\nhttps://" in part(second, "plain")
    assert "<p></p>" not in part(first, "html")


async def test_whoever_never_has_an_address_is_given_up(portal: Portal) -> None:
    await portal.tell(NoticeKind.TEXT_DECIDED, People(("nobody",)))
    portal.clock.advance(timedelta(days=14, seconds=1))
    await portal.deliver()
    assert await portal.letters() == [("dropped", 0, "no address")]


async def test_what_is_of_no_interest_any_more_is_not_sent(portal: Portal) -> None:
    await portal.follower()
    await portal.tell(NoticeKind.PHASE_ENDING, expire_time=portal.clock.now() + timedelta(hours=1))
    portal.clock.advance(timedelta(hours=1))
    await portal.deliver()
    assert portal.mail.arrived == []
    assert await portal.letters() == [("dropped", 0, "expired")]


async def test_nothing_is_lost_while_the_mail_server_is_away_for_an_hour(portal: Portal) -> None:
    anna = await portal.follower()
    await portal.mail.close()
    await portal.tell()
    for _ in range(60):
        await portal.deliver()
        portal.clock.advance(timedelta(minutes=1))
    assert await portal.letters() == [("waiting", 0, "")]
    await portal.mail.open()
    await portal.deliver()
    assert len(portal.mail.to(anna.address)) == 1


@pytest.mark.parametrize("stage", ["mail", "greeting"])
async def test_a_server_that_refuses_everything_counts_as_away(portal: Portal, stage: str) -> None:
    anna = await portal.follower()
    await portal.tell()
    portal.mail.answer_mail = lambda _: "421 4.3.2 closing" if stage == "greeting" else "550 5.7.1 not you"
    await portal.deliver()
    assert await portal.letters() == [("waiting", 0, "")]
    portal.mail.answer_mail = lambda _: None
    portal.clock.advance(timedelta(minutes=1))
    await portal.deliver()
    assert len(portal.mail.to(anna.address)) == 1


async def test_a_mail_refused_for_now_is_tried_again_and_given_up_after_days(portal: Portal) -> None:
    await portal.follower()
    await portal.tell()
    portal.mail.answer_rcpt = lambda _: "450 4.2.1 greylisted"
    seen: list[tuple[str, int, str]] = []
    for _ in range(12):
        await portal.deliver()
        seen.append(*await portal.letters())
        portal.clock.advance(timedelta(days=1))
    assert seen[:3] == [("waiting", 1, "4.2.1"), ("waiting", 2, "4.2.1"), ("waiting", 3, "4.2.1")]
    assert seen[9:] == [("refused", 0, "4.2.1")] * 3
    assert [tuple(row) for row in await portal.rows("SELECT soft_count, suppress_time FROM suppression")] == [(1, None)]


async def test_a_letter_that_we_cannot_write_says_nothing_of_its_address(portal: Portal) -> None:
    await portal.follower()
    await portal.tell()

    def broken(*_: object) -> Mail:
        raise LookupError("a placeholder without a value")

    delivery = portal.delivery(compose=broken)
    for _ in range(10):
        await delivery.step()
        portal.clock.advance(timedelta(days=1))
    assert await portal.letters() == [("refused", 0, "unwritable")]
    assert await portal.rows("SELECT * FROM suppression") == []


async def test_a_greylisted_mail_arrives_once(portal: Portal) -> None:
    anna = await portal.follower()
    await portal.tell()
    portal.mail.answer_data = lambda _: "451 4.7.1 later"
    await portal.deliver()
    portal.mail.answer_data = lambda _: None
    await portal.deliver()
    assert portal.mail.arrived == []
    portal.clock.advance(timedelta(minutes=1))
    await portal.deliver()
    await portal.deliver()
    assert len(portal.mail.to(anna.address)) == 1
    assert await portal.letters() == [("sent", 0, "")]


async def test_an_address_that_is_refused_for_good_is_tried_no_more(portal: Portal) -> None:
    anna = await portal.follower()
    await portal.tell()
    portal.mail.answer_rcpt = lambda _: "550 5.1.1 no such user"
    await portal.deliver()
    portal.mail.answer_rcpt = lambda _: None
    await portal.tell()
    await portal.deliver()
    assert portal.mail.arrived == []
    assert sorted(await portal.letters()) == [("refused", 0, "5.1.1"), ("refused", 0, "suppressed")]
    assert (await portal.keep(anna)).suppressed


async def test_a_content_that_is_refused_says_nothing_about_the_address(portal: Portal) -> None:
    anna = await portal.follower()
    await portal.tell()
    portal.mail.answer_data = lambda _: "554 5.6.0 not like this"
    await portal.deliver()
    assert await portal.letters() == [("refused", 0, "5.6.0")]
    assert not (await portal.keep(anna)).suppressed


async def test_one_refusal_holds_up_nobody_else(portal: Portal) -> None:
    for name in ("anna", "ben", "clara", "dora", "emil"):
        await portal.follower(name)
    await portal.tell()
    bad = portal.person("clara").address
    portal.mail.answer_rcpt = lambda address: "550 5.1.1 no" if address == bad else None
    await portal.deliver()
    assert len(portal.mail.arrived) == 4


async def test_connections_are_used_again(portal: Portal) -> None:
    for number in range(20):
        await portal.follower(f"person{number}")
    await portal.tell()
    await portal.deliver()
    assert len({to for _, to, _ in portal.mail.arrived}) == len(portal.mail.arrived) == 20
    assert portal.mail.sessions <= 2


async def test_words_go_when_everybody_was_told(portal: Portal) -> None:
    await portal.follower()
    await portal.tell()
    await portal.deliver()
    delivery = portal.delivery()
    await delivery.step()
    [row] = await portal.rows("SELECT words, translations, cleared FROM notice")
    assert (row["words"], row["translations"], row["cleared"]) == ({}, {}, True)
    assert await portal.rows("SELECT * FROM letter_notice") == []
    columns = {name for row in await portal.rows("SELECT * FROM letter") for name in row.keys()}  # noqa: SIM118
    assert columns.isdisjoint({"text", "html", "body", "address", "words"})


async def test_a_notice_that_leads_out_of_the_portal_is_refused(portal: Portal) -> None:
    for path in ("//evil.example/x", "https://evil.example", "/a\nb", "javascript:alert(1)", "/" + "x" * 500):
        with pytest.raises(ValueError, match="nowhere"):
            await portal.tell(path=path)


async def test_an_object_nobody_follows_makes_no_letter(portal: Portal) -> None:
    await portal.follower()
    await portal.tell(audience=FollowersOf("discussion.topic", str(UUID(int=1))))
    assert await portal.letters() == []
