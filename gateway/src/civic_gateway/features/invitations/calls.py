"""Calls about invitations: addresses to notification, membership to discussion; each raises DomainError."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from civic.discussion.v1 import invitation_service_pb2, invitation_service_pb2_grpc
from civic.notification.v1 import invitee_service_pb2, invitee_service_pb2_grpc, notice_pb2

from civic_gateway.clients import Asker, Service
from civic_gateway.features.following.calls import TOPIC

Opened = invitation_service_pb2.GetInvitationResponse
Accepted = invitation_service_pb2.AcceptInvitationResponse
Invitation = invitation_service_pb2.Invitation
State = invitation_service_pb2.InvitationState

STATES: Final[Mapping[int, str]] = {
    State.INVITATION_STATE_INVITED: "invited",
    State.INVITATION_STATE_JOINED: "joined",
    State.INVITATION_STATE_REVOKED: "revoked",
}


@dataclass(frozen=True, slots=True, repr=False)
class Invited:
    """An invitation with the address that it went to; empty where notification knows it no longer."""

    invitation: Invitation
    address: str
    unreachable: bool


class InvitationCalls:
    """The discussion and the notification service. Neither knows what the other does: the one no address, the other not
    who is a member."""

    def __init__(self, discussion: Service, notification: Service) -> None:
        self._discussion = discussion
        self._notification = notification
        self._invitations = invitation_service_pb2_grpc.InvitationServiceStub(discussion.channel)
        self._invitees = invitee_service_pb2_grpc.InviteeServiceStub(notification.channel)

    async def list(self, asker: Asker, topic_id: str) -> Sequence[Invited]:
        """Oldest first."""
        asked = invitation_service_pb2.ListInvitationsRequest(topic_id=topic_id)
        known = invitee_service_pb2.ListInviteesRequest(object=_topic(topic_id))
        found, invitees = await asyncio.gather(
            self._discussion.call(self._invitations.ListInvitations, asked, asker),
            self._notification.call(self._invitees.ListInvitees, known, asker),
        )
        by_id: dict[str, Any] = {each.id: each for each in invitees.invitees}
        nobody = invitee_service_pb2.Invitee()
        shown = [(each, by_id.get(each.invitee_id, nobody)) for each in found.invitations]
        return [Invited(each, invitee.address, invitee.unreachable) for each, invitee in shown]

    async def invite(self, asker: Asker, topic_id: str, title: str, addresses: Sequence[str]) -> int:
        """Invites the addresses, again those who have not joined. Returns how many mails are on their way."""
        request = invitee_service_pb2.PutInviteesRequest(object=_topic(topic_id), addresses=addresses)
        kept: invitee_service_pb2.PutInviteesResponse = await self._notification.call(
            self._invitees.PutInvitees, request, asker
        )
        return await self.invite_again(asker, topic_id, title, [each.id for each in kept.invitees])

    async def invite_again(self, asker: Asker, topic_id: str, title: str, invitee_ids: Sequence[str]) -> int:
        """Writes to invitees with new links; earlier ones end."""
        request = invitation_service_pb2.PutInvitationsRequest(topic_id=topic_id, invitee_ids=invitee_ids)
        made: invitation_service_pb2.PutInvitationsResponse = await self._discussion.call(
            self._invitations.PutInvitations, request, asker
        )
        mails = [
            invitee_service_pb2.InvitationMail(
                invitee_id=each.invitee_id, path=f"/{asker.tenant}/einladung/{each.token}"
            )
            for each in made.tokens
        ]
        if mails:
            send = invitee_service_pb2.SendInvitationsRequest(object=_topic(topic_id), title=title, mails=mails)
            await self._notification.call(self._invitees.SendInvitations, send, asker)
        return len(mails)

    async def revoke(self, asker: Asker, invitation: str) -> Invitation:
        """Ends an invitation and the membership. Raises INVITATION_NOT_FOUND."""
        request = invitation_service_pb2.RevokeInvitationRequest(id=invitation)
        answer: invitation_service_pb2.RevokeInvitationResponse = await self._discussion.call(
            self._invitations.RevokeInvitation, request, asker
        )
        return answer.invitation

    async def get(self, asker: Asker, token: str) -> Opened:
        """What a token opens. Raises INVITATION_NOT_FOUND."""
        request = invitation_service_pb2.GetInvitationRequest(token=token)
        answer: Opened = await self._discussion.call(self._invitations.GetInvitation, request, asker)
        return answer

    async def accept(self, asker: Asker, token: str) -> Accepted:
        """Makes the person a member. Raises INVITATION_NOT_FOUND."""
        request = invitation_service_pb2.AcceptInvitationRequest(token=token)
        answer: Accepted = await self._discussion.call(self._invitations.AcceptInvitation, request, asker)
        return answer


def _topic(topic_id: str) -> notice_pb2.FollowedObject:
    return notice_pb2.FollowedObject(kind=TOPIC, id=topic_id)
