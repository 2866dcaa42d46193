"""What people think of contributions: they rate and take it back."""

from uuid import UUID

from civic_chassis.db import Database, SingleWrite
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.ids import new_id
from civic_participation.tenants import ensure_open

from civic_discussion.application.topics import Encode
from civic_discussion.domain import errors, policy
from civic_discussion.domain.contributions import Rating, Tally
from civic_discussion.domain.events import RatingChanged
from civic_discussion.domain.topics import Frame
from civic_discussion.store import contributions as store
from civic_discussion.store import ratings


class Ratings:
    """The verbs; `encode` turns events into messages."""

    def __init__(self, database: Database, encode: Encode) -> None:
        self._database = database
        self._encode = encode

    async def rate(self, call: Call, contribution_id: UUID, value: Rating) -> Tally:
        """The tally after the change. Raises CONTRIBUTION_NOT_FOUND, SUPPORT_ONLY, or why the topic takes nothing."""
        call.require_tenant()
        async with self._database.single_write(call) as work:
            frame, title = await self._rateable(work, contribution_id)
            policy.require_rating(frame, value)
            work.stage(self._encode(RatingChanged(contribution_id, frame.topic_id)))
            tally = await ratings.rate(work, contribution_id, value, entry_id=new_id(), titles=(frame, title))
            return tally or await ratings.tally(work, contribution_id)

    async def unrate(self, call: Call, contribution_id: UUID) -> Tally:
        """The tally after the change. Raises CONTRIBUTION_NOT_FOUND, or why the topic takes nothing."""
        call.require_tenant()
        async with self._database.single_write(call) as work:
            frame, _ = await self._rateable(work, contribution_id)
            work.stage(self._encode(RatingChanged(contribution_id, frame.topic_id)))
            tally = await ratings.unrate(work, contribution_id)
            return tally or await ratings.tally(work, contribution_id)

    async def _rateable(self, work: SingleWrite, contribution_id: UUID) -> tuple[Frame, str]:
        await ensure_open(work)
        found = await store.frame(work, contribution_id)
        if found is None:
            raise errors.contribution_not_found()
        call, (frame, title) = work.call, found
        policy.require_taking(frame, call.caller, tenant=call.require_tenant(), received_at=call.received_at)
        return frame, title
