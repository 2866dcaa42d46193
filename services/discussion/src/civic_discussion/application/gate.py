"""Closed topics: for everybody but members and staff nothing of them is there."""

from uuid import UUID

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call

from civic_discussion.domain import policy
from civic_discussion.store import members as store

_MOST = 100_000


class Gate:
    """Says what is hidden from a caller.

    What everybody finds stays so: a published topic is never closed, and nothing moves into a closed one. So a thing
    that was found open once is not asked about again, and only what is closed costs a read each time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: set[tuple[str, UUID]] = set()

    async def hides(self, call: Call, kind: str, thing_id: UUID) -> bool:
        """Whether the thing of the kind (topic, contribution, comment, attachment) is hidden from the caller."""
        tenant = call.tenant
        if tenant is None or (tenant, thing_id) in self._open or policy.is_staff(call.caller, tenant):
            return False
        async with self._database.read(call) as work:
            hidden, open_to_all = await store.is_hidden(work, kind, thing_id, subject=call.caller.subject)
        if open_to_all:
            if len(self._open) >= _MOST:
                self._open.clear()
            self._open.add((tenant, thing_id))
        return hidden
