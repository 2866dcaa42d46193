"""Subscriptions of the list: kept filters, and telling their followers what they find anew."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.event import Event
from civic_participation.domain.notices import Notice

from civic_catalog.domain import errors
from civic_catalog.domain import subscriptions as domain
from civic_catalog.domain.filters import FilterInput
from civic_catalog.domain.offers import KeptOffer
from civic_catalog.domain.subscriptions import UNFOLLOWED_FOR, Subscription
from civic_catalog.store import subscriptions as store


class Subscriptions:
    """The verbs; `encode` turns a notice into its event."""

    def __init__(self, database: Database, encode: Callable[[Notice], Event]) -> None:
        self._database = database
        self._encode = encode

    async def create(self, call: Call, given: FilterInput, *, title: str, subscriber: str) -> UUID:
        """Raises INVALID_ARGUMENT."""
        tenant = call.require_tenant()
        wanted = domain.checked(tenant, given, title, subject=call.caller.subject, subscriber=subscriber)
        async with self._database.unit_of_work(call) as work:
            await store.forget_unfollowed(work, call.received_at - UNFOLLOWED_FOR)
            return await store.keep(work, wanted)

    async def get(self, call: Call, subscription_id: UUID) -> Subscription:
        """Raises SUBSCRIPTION_NOT_FOUND."""
        async with self._database.read(call) as work:
            found = await store.get(work, subscription_id)
        if found is None:
            raise errors.subscription_not_found()
        return found

    async def followed(self, work: UnitOfWork, subscription_id: UUID, at: datetime) -> None:
        """Somebody follows it since the instant."""
        await store.begin(work, subscription_id, at)

    async def unfollowed(self, work: UnitOfWork, subscription_id: UUID) -> None:
        """Its one follower has left."""
        await store.end(work, subscription_id)

    async def offer_told(self, work: UnitOfWork, kept: KeptOffer) -> None:
        """Tells of an offer the first time that an event brings it. A rebuild tells nobody, and hinders nobody."""
        if kept.removed or not await store.claim(work, kept.id):
            return
        for match in await store.matches(work, kept.id):
            work.stage(self._encode(domain.matched(match, kept)), tenant=match.tenant)
