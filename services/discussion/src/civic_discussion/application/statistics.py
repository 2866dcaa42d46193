"""Numbers of a topic and of a tenant."""

from uuid import UUID

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call

from civic_discussion.domain import errors, policy, statistics
from civic_discussion.domain.statistics import Statistics
from civic_discussion.store import statistics as store


class Numbers:
    """The verbs. Small figures are told to staff alone, and where a topic hides who wrote, to nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_topic(self, call: Call, topic_id: UUID, *, public_only: bool) -> Statistics:
        """Raises TOPIC_NOT_FOUND."""
        staff = policy.is_staff(call.caller, call.require_tenant())
        async with self._database.read(call) as work:
            found = await store.of_topic(work, topic_id, staff=staff)
        if found is None:
            raise errors.topic_not_found()
        counted, names_known = found
        return counted if staff and names_known and not public_only else statistics.told(counted)

    async def of_tenant(self, call: Call, *, public_only: bool) -> Statistics:
        """Numbers of all published topics."""
        staff = policy.is_staff(call.caller, call.require_tenant())
        async with self._database.read(call) as work:
            counted, names_known = await store.of_tenant(work)
        return counted if staff and names_known and not public_only else statistics.told(counted)
