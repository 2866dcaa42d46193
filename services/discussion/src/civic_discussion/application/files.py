"""What people do with the files of contributions and objects: see them, say what they show, find what is missing."""

from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.page import PageRequest, encode_token, from_micros, from_text, to_micros
from civic_participation.domain.attachments import checked_alt_text, not_found
from civic_participation.store import attachments as attachment_store

from civic_discussion.application.paging import Asked, Page
from civic_discussion.application.topics import Encode
from civic_discussion.domain import policy
from civic_discussion.domain.events import ContributionChanged, ObjectChanged
from civic_discussion.store import files as store
from civic_discussion.store.files import Held

_GAPS = "files that hinder somebody"


class ContributionFiles:
    """The verbs; `encode` turns events into messages."""

    def __init__(self, database: Database, encode: Encode) -> None:
        self._database = database
        self._encode = encode

    async def get(self, call: Call, attachment_id: UUID) -> Held:
        """Raises FILE_NOT_FOUND, also for what the caller may not see."""
        viewer = policy.viewer(call.caller, call.require_tenant())
        async with self._database.read(call) as work:
            found = await store.get(work, attachment_id, viewer=viewer)
        if found is None:
            raise not_found()
        return found

    async def describe(self, call: Call, attachment_id: UUID, alt_text: str) -> Held:
        """Raises FILE_NOT_FOUND, INVALID_ARGUMENT, NOT_THE_AUTHOR."""
        tenant = call.require_tenant()
        words = checked_alt_text(alt_text)
        viewer = policy.viewer(call.caller, tenant)
        async with self._database.unit_of_work(call) as work:
            found = await store.get(work, attachment_id, viewer=viewer)
            if found is None:
                raise not_found()
            policy.require_author_or_staff(mine=found.mine, staff=viewer.staff)
            await attachment_store.describe(work, attachment_id, words)
            if not found.mine:
                work.audit("attachment.describe", "attachment", attachment_id, {})
            await self.show(work, found.contribution_id or found.topic_id)
            changed = await store.get(work, attachment_id, viewer=viewer)
        return changed or found

    async def gaps(self, call: Call, asked: Asked) -> Page[Held]:
        """Pictures without words and documents with faults, oldest first."""
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=_GAPS, shape=(int, str))
        after = None
        if request.position is not None:
            time, last_id = request.position
            after = (from_micros(time), from_text(last_id))
        async with self._database.read(call) as work:
            found = list(await store.gaps(work, after=after, limit=request.size + 1))
        if len(found) <= request.size:
            return Page(found, "")
        last = found[request.size - 1].attachment
        token = encode_token(_GAPS, (to_micros(last.create_time), str(last.id)))
        return Page(found[: request.size], token)

    async def show(self, work: UnitOfWork, holder_id: UUID) -> None:
        """Keeps with a contribution what is to be seen of its files, and tells of the change, also in a topic."""
        kept = await store.keep_shown(work, holder_id)
        if kept is not None:
            work.stage(self._encode(ContributionChanged(holder_id, *kept)))
        elif await store.public_topic(work, holder_id):
            work.stage(self._encode(ObjectChanged(holder_id, "")))
