"""Following without an account: one question to the address, its answer, and the links of mails as the permission."""

import asyncio
import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from civic.notification.v1 import (
    following_pb2,
    guest_service_pb2,
    guest_service_pb2_grpc,
    notice_pb2,
    notification_events_pb2,
    unsubscribe_service_pb2,
)
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Stub
from civic_participation.domain.notices import FollowersOf, NoticeKind

from tests.service.notification.conftest import Portal

KIND = "catalog.subscription"
NOW, WEEKLY, NEVER = following_pb2.RHYTHM_NOW, following_pb2.RHYTHM_WEEKLY, following_pb2.RHYTHM_NEVER
SPAM = "Gewinnen Sie jetzt: spam.example"


def guests(portal: Portal) -> Stub:
    return portal.stub(guest_service_pb2_grpc.GuestServiceStub, None)


async def ask(portal: Portal, address: str, object_id: str = "", **changes: Any) -> str:
    """Somebody enters the address in a form. Returns the id of what is to be followed."""
    object_id = object_id or str(uuid4())
    values: dict[str, Any] = {
        "address": address,
        "language": "de",
        "object": notice_pb2.FollowedObject(kind=KIND, id=object_id),
        "rhythm": NOW,
        "title": SPAM,
        "path": f"/abonnement/{object_id}",
    }
    await guests(portal).RequestFollowing(guest_service_pb2.RequestFollowingRequest(**(values | changes)))
    return object_id


def token_in(message: EmailMessage, path: str) -> str:
    """The token of the link below that path."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https://portal\.example{path}([\w-]+)", body.get_content())
    assert found is not None
    return found[1]


async def question(portal: Portal, address: str) -> str:
    """The token of the last question that arrived."""
    await portal.deliver()
    return token_in(portal.mail.to(address)[-1], "/abonnements/bestaetigen/")


async def confirm(portal: Portal, token: str) -> str:
    answer = await guests(portal).ConfirmFollowing(guest_service_pb2.ConfirmFollowingRequest(token=token))
    manage: str = answer.manage_token
    return manage


async def followed(portal: Portal, manage: str) -> list[tuple[str, int]]:
    answer = await guests(portal).ListGuestFollowings(guest_service_pb2.ListGuestFollowingsRequest(token=manage))
    return [(each.object.id, each.rhythm) for each in answer.followings]


async def events(portal: Portal) -> list[tuple[str, str]]:
    rows = await portal.rows(
        "SELECT subject, payload FROM outbox WHERE subject LIKE $1 ORDER BY id", f"%{portal.tenant}"
    )
    return [
        (row["subject"].split(".")[3], notification_events_pb2.FollowingStarted.FromString(row["payload"]).object_id)
        for row in rows
    ]


async def test_an_address_is_asked_first_and_then_hears(portal: Portal) -> None:
    address = f"gast@{portal.tenant}.example"
    made = await ask(portal, address)
    await portal.tell(NoticeKind.OFFER_MATCHED, FollowersOf(KIND, made), words={"title": "Park", "search": "Park"})
    token = await question(portal, address)
    [mail] = portal.mail.to(address)
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["Subject"] == "Bitte bestätigen Sie Ihre Adresse"
    # Nothing that was typed reaches the address before its owner wants it.
    assert SPAM not in mail.as_string()
    assert "Waren Sie das nicht, müssen Sie nichts tun" in body.get_content()
    assert await events(portal) == []
    asked = await guests(portal).GetQuestion(guest_service_pb2.GetQuestionRequest(token=token))
    assert (asked.following.object.id, asked.following.title, asked.confirmed) == (made, SPAM, False)
    manage = await confirm(portal, token)
    assert await confirm(portal, token) == manage
    assert await events(portal) == [("started", made)]
    assert await followed(portal, manage) == [(made, NOW)]
    [kept] = await portal.rows("SELECT confirm_time FROM following")
    assert kept["confirm_time"] == portal.clock.now()
    await portal.tell(NoticeKind.OFFER_MATCHED, FollowersOf(KIND, made), words={"title": "Park", "search": "Park"})
    await portal.deliver()
    [_, told] = portal.mail.to(address)
    assert told["Subject"] == "Neue Beteiligung: Park"
    assert token_in(told, "/abonnements/") == manage
    leave = token_in(told, "/abbestellen/")
    stub = portal.unsubscribing()
    found = await stub.GetSubscription(unsubscribe_service_pb2.GetSubscriptionRequest(token=leave))
    assert (found.scope, found.active) == (unsubscribe_service_pb2.SUBSCRIPTION_SCOPE_OBJECT, True)
    for _ in range(2):
        await stub.Unsubscribe(unsubscribe_service_pb2.UnsubscribeRequest(token=leave))
    assert await events(portal) == [("started", made), ("ended", made)]
    assert await followed(portal, manage) == []


async def test_a_guest_changes_and_ends_by_the_link_of_a_mail(portal: Portal) -> None:
    address = f"gast@{portal.tenant}.example"
    made = await ask(portal, address)
    manage = await confirm(portal, await question(portal, address))
    change = guest_service_pb2.ChangeGuestFollowingRequest(
        token=manage, tenant=portal.tenant, object=notice_pb2.FollowedObject(kind=KIND, id=made), rhythm=WEEKLY
    )
    await guests(portal).ChangeGuestFollowing(change)
    assert await followed(portal, manage) == [(made, WEEKLY)]
    change.rhythm = NEVER
    for _ in range(2):
        await guests(portal).ChangeGuestFollowing(change)
    assert await followed(portal, manage) == []
    assert await events(portal) == [("started", made), ("ended", made)]
    # What is followed no longer is not followed again by choosing how often.
    change.rhythm = WEEKLY
    await guests(portal).ChangeGuestFollowing(change)
    assert await followed(portal, manage) == []


async def test_the_answer_says_nothing_about_the_address(portal: Portal) -> None:
    """Known, unknown, asked too often, given up, or unwilling: whoever asks sees the same."""
    known, other = f"gast@{portal.tenant}.example", f"neu@{portal.tenant}.example"
    await ask(portal, known)
    await confirm(portal, await question(portal, known))
    answers = []
    for address in (known, known.upper(), other, *[other] * 4):
        request = guest_service_pb2.RequestFollowingRequest(
            address=address,
            object=notice_pb2.FollowedObject(kind=KIND, id=str(uuid4())),
            rhythm=NOW,
            title="Park",
            path="/a",
        )
        answers.append(await guests(portal).RequestFollowing(request))
    assert answers == [guest_service_pb2.RequestFollowingResponse()] * 7
    await portal.deliver()
    # One and the same guest, however the address is written; at most three questions a day.
    assert len(await portal.rows("SELECT * FROM recipient WHERE guest")) == 2
    assert [len(portal.mail.to(address)) for address in (known, other)] == [3, 3]


async def test_an_address_that_was_given_up_is_not_written_to(portal: Portal) -> None:
    address = f"gast@{portal.tenant}.example"
    portal.mail.answer_rcpt = lambda _: "550 5.1.1 unknown"
    await ask(portal, address)
    await portal.deliver()
    portal.mail.answer_rcpt = lambda _: None
    await ask(portal, address)
    await portal.deliver()
    assert portal.mail.to(address) == []


async def test_whoever_wants_no_questions_gets_none(portal: Portal) -> None:
    address = f"gast@{portal.tenant}.example"
    await ask(portal, address)
    await portal.deliver()
    [mail] = portal.mail.to(address)
    leave = token_in(mail, "/abbestellen/")
    found = await portal.unsubscribing().GetSubscription(unsubscribe_service_pb2.GetSubscriptionRequest(token=leave))
    assert (found.kind, found.active) == ("question", True)
    await portal.unsubscribing().Unsubscribe(unsubscribe_service_pb2.UnsubscribeRequest(token=leave))
    portal.clock.advance(timedelta(days=30))
    await ask(portal, address)
    await portal.deliver()
    assert len(portal.mail.to(address)) == 1


async def test_questions_at_the_same_time_are_counted_together(portal: Portal) -> None:
    address = f"gast@{portal.tenant}.example"
    await asyncio.gather(*(ask(portal, address) for _ in range(8)))
    assert len(await portal.rows("SELECT * FROM question")) == 3


async def test_a_question_that_is_answered_late_does_nothing(portal: Portal) -> None:
    address = f"gast@{portal.tenant}.example"
    await ask(portal, address)
    token = await question(portal, address)
    portal.clock.advance(timedelta(days=3))
    for call in (
        guests(portal).GetQuestion(guest_service_pb2.GetQuestionRequest(token=token)),
        guests(portal).ConfirmFollowing(guest_service_pb2.ConfirmFollowingRequest(token=token)),
    ):
        with pytest.raises(DomainError) as caught:
            await call
        assert (caught.value.kind, caught.value.reason) == (Kind.NOT_FOUND, "QUESTION_EXPIRED")
    assert await portal.rows("SELECT * FROM following") == []


async def test_what_was_not_confirmed_is_forgotten(portal: Portal) -> None:
    asked, kept = f"gast@{portal.tenant}.example", f"treu@{portal.tenant}.example"
    await ask(portal, asked)
    await ask(portal, kept)
    await confirm(portal, await question(portal, kept))
    portal.clock.advance(timedelta(days=7, seconds=1))
    await portal.deliver()
    rows = await portal.rows("SELECT address FROM recipient WHERE guest")
    assert [row["address"] for row in rows] == [kept]
    assert await portal.rows("SELECT * FROM question") == []


@pytest.mark.parametrize("damage", ["", "x", "manage", "leave", "other secret"])
async def test_a_token_is_for_what_it_was_signed_for(portal: Portal, damage: str) -> None:
    address = f"gast@{portal.tenant}.example"
    await ask(portal, address)
    token = await question(portal, address)
    [mail] = portal.mail.to(address)
    given = {"manage": token_in(mail, "/abonnements/(?!best)"), "leave": token_in(mail, "/abbestellen/")}.get(
        damage, token[:-1] + ("A" if token[-1] != "A" else "B") if damage == "other secret" else damage
    )
    with pytest.raises(DomainError) as caught:
        await confirm(portal, given)
    assert caught.value.reason == "TOKEN_UNKNOWN"
    for wrong in (token, "", "x"):
        with pytest.raises(DomainError) as caught:
            await followed(portal, wrong)
        assert caught.value.reason == "TOKEN_UNKNOWN"
        request = unsubscribe_service_pb2.UnsubscribeRequest(token=wrong)
        with pytest.raises(DomainError) as caught:
            await portal.unsubscribing().Unsubscribe(request)
        assert caught.value.reason == "TOKEN_UNKNOWN"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"address": "a@b.example\nBcc: all@example.com"}, "address", "NO_ADDRESS"),
        ({"address": "x" * 300 + "@b.example"}, "address", "TOO_LONG"),
        ({"address": "gast"}, "address", "NO_ADDRESS"),
        ({"address": "a@b.example, c@d.example"}, "address", "NO_ADDRESS"),
        ({"address": " "}, "address", "EMPTY"),
        ({"language": "fr"}, "language", "NOT_ALLOWED"),
        ({"rhythm": NEVER}, "rhythm", "NOT_ALLOWED"),
        ({"title": ""}, "title", "EMPTY"),
        ({"path": "//evil.example"}, "path", "MALFORMED"),
        ({"object": notice_pb2.FollowedObject(kind="x", id="1")}, "object.kind", "MALFORMED"),
    ],
)
async def test_bad_input_is_named(portal: Portal, changes: dict[str, Any], field: str, reason: str) -> None:
    values = {"address": f"gast@{portal.tenant}.example"} | changes
    with pytest.raises(DomainError) as caught:
        await ask(portal, **values)
    assert [(each.field, each.reason) for each in caught.value.violations] == [(field, reason)]
    assert await portal.rows("SELECT * FROM recipient") == []
