"""Invitations to closed topics, and the members that they make."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from civic_discussion.domain import errors
from civic_discussion.domain.topics import Topic

INVITATIONS_MAX = 1_000
INVITEES_MAX = 100
_TOKEN_MAX = 100
_TOKEN_BYTES = 24


class InvitationState(StrEnum):
    """Where an invitation stands."""

    INVITED = "invited"
    JOINED = "joined"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation; `member` is the subject of an account, or later the id of a guest, once it was accepted.

    `token_hash` is all that is kept of what opens it; the invitee's address is known to the notification service alone.
    """

    id: UUID
    tenant: str
    topic_id: UUID
    invitee_id: UUID
    state: InvitationState
    token_hash: bytes
    invite_time: datetime
    invited_by: str
    join_time: datetime | None = None
    member: str | None = None
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation as whoever holds its token sees it."""

    invitation: Invitation
    topic_title: str

    def joined_by(self, subject: str | None) -> bool:
        return subject is not None and self.invitation.member == subject


def require_closed(topic: Topic | None) -> Topic:
    """Raises TOPIC_NOT_FOUND, TOPIC_NOT_CLOSED or TOPIC_NOT_PUBLISHED, as the link of a mail would lead to nothing."""
    if topic is None:
        raise errors.topic_not_found()
    if not topic.settings.closed:
        raise errors.topic_not_closed()
    if not topic.published:
        raise errors.topic_not_published()
    return topic


def new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """Raises INVITATION_NOT_FOUND for what no invitation carries."""
    if not token or len(token) > _TOKEN_MAX:
        raise errors.invitation_not_found()
    return sha256(token.encode()).digest()


def renewed(invitation: Invitation, token: str, *, by: str, at: datetime) -> Invitation:
    """Invited anew; the earlier token opens nothing any more."""
    return replace(
        invitation,
        state=InvitationState.INVITED,
        token_hash=hash_of(token),
        invite_time=at,
        invited_by=by,
        join_time=None,
        member=None,
    )


def accepted(opened: Opened | None, subject: str, *, at: datetime) -> Invitation:
    """With its member; the same again for the same person. Raises INVITATION_NOT_FOUND."""
    found = usable(opened, subject).invitation
    if found.state is InvitationState.JOINED:
        return found
    return replace(found, state=InvitationState.JOINED, member=subject, join_time=at)


def usable(opened: Opened | None, subject: str | None) -> Opened:
    """Raises INVITATION_NOT_FOUND for what was revoked, or accepted by somebody else."""
    if opened is None or opened.invitation.state is InvitationState.REVOKED:
        raise errors.invitation_not_found()
    if opened.invitation.state is InvitationState.JOINED and not opened.joined_by(subject):
        raise errors.invitation_not_found()
    return opened


def revoked(invitation: Invitation) -> Invitation:
    """Without a member."""
    return replace(invitation, state=InvitationState.REVOKED, member=None)
