"""Building the list anew from the stream, while it is read."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from civic_chassis.db import Database
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.event import Event

from civic_catalog.domain.events import OfferChanged
from civic_catalog.domain.offers import KeptOffer
from civic_catalog.store import generations
from civic_catalog.store import offers as store

# Opens the stream, and gives what it holds in batches.
Source = Callable[[], AbstractAsyncContextManager[AsyncIterator[Sequence[KeptOffer]]]]
Encode = Callable[[OfferChanged], Event]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many offers the stream held, and in how many tenants the list was another one before."""

    seen: int
    tenants_changed: int


class Rebuilding:
    """The verb; `encode` turns events into messages."""

    def __init__(self, database: Database, encode: Encode) -> None:
        self._database = database
        self._encode = encode

    async def rebuild(self, source: Source) -> Rebuilt:
        """Raises UNAVAILABLE where the stream is empty and the list is not: somebody lost the stream."""
        async with self._database.unit_of_work(self._call()) as work:
            # What the stream gets after this is handled by the consumer, which writes the new generation.
            generation = await generations.begin(work)
        seen, changed = 0, dict[str, OfferChanged]()
        async with source() as batches:
            async for batch in batches:
                seen += len(batch)
                async with self._database.unit_of_work(self._call()) as work:
                    for kept in batch:
                        if await store.keep_anew(work, kept, generation):
                            changed[kept.tenant] = OfferChanged(kept.id, kept.version, kept.kind)
        async with self._database.unit_of_work(self._call()) as work:
            if not seen and await generations.any_kept(work):
                raise DomainError(
                    Kind.UNAVAILABLE, "UNAVAILABLE", "the stream OFFER is empty: let the tools tell their offers first"
                )
            changed |= await generations.forget_older(work, generation)
        # One event for each tenant is enough: whoever keeps lists of it forgets them all.
        for tenant, event in sorted(changed.items()):
            async with self._database.unit_of_work(self._call(tenant)) as work:
                work.stage(self._encode(event))
        return Rebuilt(seen, len(changed))

    def _call(self, tenant: str | None = None) -> Call:
        return Call(ANONYMOUS, tenant, self._database.clock.now(), "rebuild", None)
