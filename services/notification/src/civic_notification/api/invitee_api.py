"""The servicer of invitees: parse, call one verb, render."""

from typing import Any
from uuid import UUID

from civic.notification.v1 import invitee_service_pb2 as messages
from civic.notification.v1 import invitee_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel.errors import Violation, invalid

from civic_notification.application.invitees import Invitees
from civic_notification.domain.invitees import InvitationMail, Invitee

Context = Any


def servicer(invitees: Invitees) -> Servicer:
    """The servicer with the function that registers it."""
    return invitee_service_pb2_grpc.add_InviteeServiceServicer_to_server, InviteeApi(invitees)


class InviteeApi(invitee_service_pb2_grpc.InviteeServiceServicer):
    """InviteeService."""

    def __init__(self, invitees: Invitees) -> None:
        self._invitees = invitees

    async def PutInvitees(self, request: messages.PutInviteesRequest, context: Context) -> messages.PutInviteesResponse:
        named = request.object
        found = await self._invitees.put(current_call(), named.kind, named.id, request.addresses)
        return messages.PutInviteesResponse(invitees=[_message(each) for each in found])

    async def ListInvitees(
        self, request: messages.ListInviteesRequest, context: Context
    ) -> messages.ListInviteesResponse:
        found = await self._invitees.list(current_call(), request.object.kind, request.object.id)
        return messages.ListInviteesResponse(invitees=[_message(each) for each in found])

    async def SendInvitations(
        self, request: messages.SendInvitationsRequest, context: Context
    ) -> messages.SendInvitationsResponse:
        mails = [InvitationMail(_id(mail.invitee_id), mail.path) for mail in request.mails]
        await self._invitees.send(current_call(), request.object.kind, request.object.id, request.title, mails)
        return messages.SendInvitationsResponse()


def _message(invitee: Invitee) -> messages.Invitee:
    return messages.Invitee(id=str(invitee.id), address=invitee.address, unreachable=invitee.unreachable)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise invalid(Violation("mails.invitee_id", "MALFORMED", "is no id")) from None
