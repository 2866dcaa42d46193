"""The servicer of invitations: parse, call one verb, render."""

from typing import Any
from uuid import UUID

from civic.discussion.v1 import invitation_service_pb2 as messages
from civic.discussion.v1 import invitation_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel.errors import Violation, ViolationReason, invalid

from civic_discussion.api import wire
from civic_discussion.application.invitations import Invitations
from civic_discussion.domain import errors
from civic_discussion.domain.invitations import Invitation, InvitationState

Context = Any

_STATES = {
    InvitationState.INVITED: messages.INVITATION_STATE_INVITED,
    InvitationState.JOINED: messages.INVITATION_STATE_JOINED,
    InvitationState.REVOKED: messages.INVITATION_STATE_REVOKED,
}


def servicer(invitations: Invitations) -> Servicer:
    """The servicer with the function that registers it."""
    return invitation_service_pb2_grpc.add_InvitationServiceServicer_to_server, InvitationApi(invitations)


class InvitationApi(invitation_service_pb2_grpc.InvitationServiceServicer):
    """InvitationService."""

    def __init__(self, invitations: Invitations) -> None:
        self._invitations = invitations

    async def ListInvitations(
        self, request: messages.ListInvitationsRequest, context: Context
    ) -> messages.ListInvitationsResponse:
        found = await self._invitations.list(current_call(), wire.topic_id(request.topic_id))
        return messages.ListInvitationsResponse(invitations=[_message(each) for each in found])

    async def PutInvitations(
        self, request: messages.PutInvitationsRequest, context: Context
    ) -> messages.PutInvitationsResponse:
        invitees = [_invitee(text) for text in request.invitee_ids]
        tokens = await self._invitations.put(current_call(), wire.topic_id(request.topic_id), invitees)
        return messages.PutInvitationsResponse(
            tokens=[messages.InvitationToken(invitee_id=str(invitee), token=token) for invitee, token in tokens]
        )

    async def RevokeInvitation(
        self, request: messages.RevokeInvitationRequest, context: Context
    ) -> messages.RevokeInvitationResponse:
        try:
            invitation_id = UUID(request.id)
        except ValueError:
            raise errors.invitation_not_found() from None
        return messages.RevokeInvitationResponse(
            invitation=_message(await self._invitations.revoke(current_call(), invitation_id))
        )

    async def GetInvitation(
        self, request: messages.GetInvitationRequest, context: Context
    ) -> messages.GetInvitationResponse:
        call = current_call()
        found = await self._invitations.get(call, request.token)
        return messages.GetInvitationResponse(
            topic_id=str(found.invitation.topic_id),
            topic_title=found.topic_title,
            joined=found.joined_by(call.caller.subject),
        )

    async def AcceptInvitation(
        self, request: messages.AcceptInvitationRequest, context: Context
    ) -> messages.AcceptInvitationResponse:
        found = await self._invitations.accept(current_call(), request.token)
        return messages.AcceptInvitationResponse(topic_id=str(found.invitation.topic_id), topic_title=found.topic_title)


def _message(invitation: Invitation) -> messages.Invitation:
    joined = invitation.join_time
    return messages.Invitation(
        id=str(invitation.id),
        invitee_id=str(invitation.invitee_id),
        state=_STATES[invitation.state],
        invite_time=wire.timestamp(invitation.invite_time),
        join_time=wire.timestamp(joined) if joined is not None else None,
    )


def _invitee(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise invalid(Violation("invitee_ids", ViolationReason.MALFORMED, "is no id")) from None
