"""Invitees: addresses that staff invites, one mail each, and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from civic.notification.v1 import invitee_service_pb2, invitee_service_pb2_grpc, notice_pb2, unsubscribe_service_pb2
from civic_chassis.kernel.errors import DomainError
from civic_chassis.testing.service import Person, Stub

from tests.service.notification.conftest import Portal
from tests.service.notification.test_guests import token_in


def stub(portal: Portal, caller: Person | None = None) -> Stub:
    return portal.stub(invitee_service_pb2_grpc.InviteeServiceStub, caller or portal.editor)


async def put(portal: Portal, *addresses: str, object_id: str = "") -> list[invitee_service_pb2.Invitee]:
    request = invitee_service_pb2.PutInviteesRequest(object=portal.named(object_id), addresses=addresses)
    return list((await stub(portal).PutInvitees(request)).invitees)


async def listed(portal: Portal) -> list[tuple[str, bool]]:
    request = invitee_service_pb2.ListInviteesRequest(object=portal.named())
    return [(each.address, each.unreachable) for each in (await stub(portal).ListInvitees(request)).invitees]


async def send(portal: Portal, *invitees: str, object_id: str = "") -> None:
    mails = [invitee_service_pb2.InvitationMail(invitee_id=each, path=f"/ort/einladung/t-{each}") for each in invitees]
    request = invitee_service_pb2.SendInvitationsRequest(
        object=portal.named(object_id), title="Runder Tisch", mails=mails
    )
    await stub(portal).SendInvitations(request)
    await portal.deliver()


async def test_each_invitee_gets_one_mail_with_a_link_of_their_own(portal: Portal) -> None:
    anna, ben = f"anna@{portal.tenant}.example", f"ben@{portal.tenant}.example"
    made = await put(portal, anna, ben, anna.upper())
    assert [each.address for each in made] == [anna, ben]
    assert [each.id for each in await put(portal, ben, anna)] == [made[1].id, made[0].id]
    await portal.deliver()
    assert portal.mail.to(anna) == []
    await send(portal, made[0].id, made[1].id)
    [mail] = portal.mail.to(anna)
    assert mail["Subject"] == "Einladung: Runder Tisch"
    assert token_in(mail, "/ort/einladung/") == f"t-{made[0].id}"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Bitte geben Sie ihn nicht weiter." in body.get_content()
    # What opens the invitation is gone with the mail.
    portal.clock.advance(timedelta(minutes=1))
    await portal.deliver()
    assert [row["path"] for row in await portal.rows("SELECT path FROM notice")] == ["/", "/"]
    assert await listed(portal) == [(anna, False), (ben, False)]
    # Invited people are kept, and asked nothing.
    portal.clock.advance(timedelta(days=30))
    await portal.deliver()
    assert await listed(portal) == [(anna, False), (ben, False)]


async def test_who_wants_no_invitations_or_takes_no_mail_is_shown(portal: Portal) -> None:
    anna, ben = f"anna@{portal.tenant}.example", f"ben@{portal.tenant}.example"
    first, second = await put(portal, anna, ben)
    portal.mail.answer_rcpt = lambda address: "550 5.1.1 unknown" if address == ben else None
    await send(portal, first.id, second.id)
    leave = token_in(portal.mail.to(anna)[0], "/abbestellen/")
    await portal.unsubscribing().Unsubscribe(unsubscribe_service_pb2.UnsubscribeRequest(token=leave))
    await send(portal, first.id, second.id)
    assert (len(portal.mail.to(anna)), portal.mail.to(ben)) == (1, [])
    assert await listed(portal) == [(anna, True), (ben, True)]


async def test_invitees_are_the_tenants_and_the_objects_own(portal: Portal, neighbour: Portal) -> None:
    anna = f"anna@{portal.tenant}.example"
    [made] = await put(portal, anna)
    assert await listed(neighbour) == []
    await send(neighbour, made.id)
    await send(portal, made.id, object_id="other")
    assert portal.mail.to(anna) == []
    [other] = await put(neighbour, anna)
    assert other.id != made.id


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        (["a@b.example", "c@d.example\nBcc: x@y.example", "gast"], ["c@d.example Bcc: x@y.example", "gast"]),
        (["x" * 300 + "@b.example"], ["x" * 60]),
        ([""], [""]),
    ],
)
async def test_every_line_that_is_no_address_is_named(portal: Portal, addresses: list[str], found: list[str]) -> None:
    with pytest.raises(DomainError) as caught:
        await put(portal, *addresses)
    assert [(each.field, each.reason, each.metadata["line"]) for each in caught.value.violations] == [
        ("addresses", "NO_ADDRESSES", line) for line in found
    ]
    assert await portal.rows("SELECT * FROM recipient") == []


@pytest.mark.parametrize("count", [0, 101])
async def test_not_too_many_at_once(portal: Portal, count: int) -> None:
    with pytest.raises(DomainError) as caught:
        await put(portal, *(f"gast{number}@{portal.tenant}.example" for number in range(count)))
    assert [each.reason for each in caught.value.violations] == ["OUT_OF_RANGE"]


@pytest.mark.parametrize("method", ["PutInvitees", "ListInvitees", "SendInvitations"])
async def test_invitees_are_for_editors_of_the_tenant(portal: Portal, neighbour: Portal, method: str) -> None:
    request: Any = getattr(invitee_service_pb2, f"{method}Request")(
        object=notice_pb2.FollowedObject(kind="discussion.topic", id=str(uuid4()))
    )
    for caller in (portal.person(), portal.moderator, neighbour.admin):
        with pytest.raises(DomainError) as caught:
            await getattr(stub(portal, caller), method)(request)
        assert caught.value.reason == "ROLE_REQUIRED"
    with pytest.raises(DomainError) as caught:
        await getattr(portal.stub(invitee_service_pb2_grpc.InviteeServiceStub, None), method)(request)
    assert caught.value.reason == "SIGN_IN_REQUIRED"
