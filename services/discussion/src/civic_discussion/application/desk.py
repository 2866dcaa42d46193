"""What staff does at the desk: finds contributions of all topics, and notes who looks after what."""

from dataclasses import replace
from uuid import UUID

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.page import PageRequest, encode_token, from_micros, from_text, to_micros
from civic_participation.tenants import ensure_open

from civic_discussion.application.paging import Asked, Page
from civic_discussion.domain import desk, errors
from civic_discussion.domain.desk import ME, Colleague, DeskFilter, Mark, MarkChange, OnDesk
from civic_discussion.store import desk as store


class Desk:
    """The verbs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, call: Call, wanted: DeskFilter, topic_id: UUID | None, asked: Asked) -> Page[OnDesk]:
        """Raises INVALID_ARGUMENT for a token of other filters."""
        if wanted.assignee == ME:
            wanted = replace(wanted, assignee=call.require_subject())
        scope = f"desk of {call.require_tenant()}: {wanted}"
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=(int, str))
        after = None
        if request.position is not None:
            time, last_id = request.position
            after = (from_micros(time), from_text(last_id))
        async with self._database.read(call) as work:
            found = await store.page(work, wanted, topic_id=topic_id, after=after, limit=request.size + 1)
        shown = [item for item, _ in found[: request.size]]
        if len(found) <= request.size:
            return Page(shown, "")
        begun, place = found[request.size - 1][1]
        return Page(shown, encode_token(scope, (to_micros(begun), str(place))))

    async def get(self, call: Call) -> desk.Desk:
        call.require_tenant()
        async with self._database.read(call) as work:
            return await store.desk(work)

    async def mark_of(self, call: Call, contribution_id: UUID) -> Mark:
        """Raises CONTRIBUTION_NOT_FOUND."""
        call.require_tenant()
        async with self._database.read(call) as work:
            found = await store.mark_of(work, contribution_id)
        if found is None:
            raise errors.contribution_not_found()
        return found

    async def mark(self, call: Call, contribution_id: UUID, change: MarkChange) -> Mark:
        """Raises CONTRIBUTION_NOT_FOUND or INVALID_ARGUMENT."""
        person = Colleague(call.require_subject(), call.caller.name or "")
        if change.assignee == ME:
            change = replace(change, assignee=person.subject)
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            before = await store.mark_for_update(work, contribution_id)
            if before is None:
                raise errors.contribution_not_found()
            await store.know(work, person)
            after = desk.marked(before, change, await store.colleagues(work))
            if after != before:
                await store.set_mark(work, contribution_id, after)
                work.audit("contribution.mark", "contribution", contribution_id, {"starred": str(after.starred)})
        return after
