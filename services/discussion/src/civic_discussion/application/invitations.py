"""Inviting to closed topics, and accepting."""

from collections.abc import Sequence
from uuid import UUID

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import Violation, ViolationReason, invalid
from civic_chassis.kernel.ids import new_id
from civic_participation.tenants import ensure_open

from civic_discussion.domain import errors, invitations
from civic_discussion.domain.invitations import INVITATIONS_MAX, INVITEES_MAX, Invitation, InvitationState, Opened
from civic_discussion.store import members as store
from civic_discussion.store import topics as topic_store


class Invitations:
    """The verbs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, call: Call, topic_id: UUID) -> Sequence[Invitation]:
        """Oldest first. Raises TOPIC_NOT_FOUND."""
        async with self._database.read(call) as work:
            if await topic_store.get(work, topic_id) is None:
                raise errors.topic_not_found()
            return await store.of_topic(work, topic_id)

    async def put(self, call: Call, topic_id: UUID, invitees: Sequence[UUID]) -> Sequence[tuple[UUID, str]]:
        """Each invitee with a new token. Raises INVALID_ARGUMENT, TOPIC_NOT_FOUND, TOPIC_NOT_CLOSED or
        INVITATION_LIMIT_REACHED."""
        wanted = list(dict.fromkeys(invitees))
        if not 1 <= len(wanted) <= INVITEES_MAX:
            limits = {"min": "1", "max": str(INVITEES_MAX)}
            raise invalid(Violation("invitee_ids", ViolationReason.OUT_OF_RANGE, "not 1 to 100", limits))
        subject, at, tokens = call.require_subject(), call.received_at, []
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            # Its lock keeps two from exceeding the limit together.
            topic = invitations.require_closed(await topic_store.get_for_update(work, topic_id))
            known = {each.invitee_id: each for each in await store.of_topic(work, topic_id)}
            if len(known.keys() | set(wanted)) > INVITATIONS_MAX:
                raise errors.invitation_limit_reached(INVITATIONS_MAX)
            for invitee_id in wanted:
                before = known.get(invitee_id)
                if before is not None and before.state is InvitationState.JOINED:
                    continue
                token = invitations.new_token()
                before = before or Invitation(
                    id=new_id(),
                    tenant=topic.tenant,
                    topic_id=topic_id,
                    invitee_id=invitee_id,
                    state=InvitationState.INVITED,
                    token_hash=b"",
                    invite_time=at,
                    invited_by=subject,
                    create_time=at,
                )
                await store.put(work, invitations.renewed(before, token, by=subject, at=at))
                tokens.append((invitee_id, token))
            work.audit("topic.invite", "topic", topic_id, {"count": len(tokens)})
        return tokens

    async def revoke(self, call: Call, invitation_id: UUID) -> Invitation:
        """Raises INVITATION_NOT_FOUND."""
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            before = await store.get_for_update(work, invitation_id)
            if before is None:
                raise errors.invitation_not_found()
            after = invitations.revoked(before)
            if after != before:
                await store.put(work, after)
                work.audit("topic.revoke", "topic", before.topic_id, {"invitation": str(before.id)})
        return after

    async def get(self, call: Call, token: str) -> Opened:
        """Raises INVITATION_NOT_FOUND."""
        call.require_tenant()
        async with self._database.read(call) as work:
            found = await store.opened(work, invitations.hash_of(token))
        return invitations.usable(found, call.caller.subject)

    async def accept(self, call: Call, token: str) -> Opened:
        """Raises INVITATION_NOT_FOUND."""
        call.require_tenant()
        subject = call.require_subject()
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            found = await store.opened(work, invitations.hash_of(token))
            after = invitations.accepted(found, subject, at=call.received_at)
            assert found is not None  # noqa: S101 - accepted above, for the type checker
            if after != found.invitation:
                await store.put(work, after)
        return Opened(after, found.topic_title)
