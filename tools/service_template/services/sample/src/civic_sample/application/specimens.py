"""What readers and staff do with specimens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.event import Event
from civic_chassis.kernel.ids import new_id
from civic_chassis.kernel.page import PageRequest, encode_token
from civic_chassis.kernel.repeat import Repeat
from civic_participation.tenants import ensure_open

from civic_sample.domain import errors, specimens
from civic_sample.domain.events import SampleEvent, SpecimenChanged, SpecimenCreated, SpecimenDeleted
from civic_sample.domain.specimens import Specimen
from civic_sample.store import specimens as store

Encode = Callable[[SampleEvent], Event]


@dataclass(frozen=True, slots=True)
class Page:
    """Specimens and the token of the page after them, empty on the last one."""

    items: Sequence[Specimen]
    next_page_token: str


class Specimens:
    """The verbs; `encode` turns events into messages."""

    def __init__(self, database: Database, encode: Encode) -> None:
        self._database = database
        self._encode = encode

    async def get(self, call: Call, specimen_id: UUID) -> Specimen:
        """Raises SPECIMEN_NOT_FOUND."""
        call.require_tenant()
        async with self._database.read(call) as work:
            return _found(await store.get(work, specimen_id))

    async def list(self, call: Call, *, page_size: int, page_token: str) -> Page:
        """Newest first."""
        scope = f"specimens of {call.require_tenant()}"
        request = PageRequest.parse(page_size, page_token, scope=scope, shape=(str,))
        after = UUID(str(request.position[0])) if request.position is not None else None
        async with self._database.read(call) as work:
            found = await store.page(work, after=after, limit=request.size + 1)
        shown = found[: request.size]
        more = len(found) > request.size
        return Page(shown, encode_token(scope, (str(shown[-1].id),)) if more else "")

    async def create(self, call: Call, *, title: str, text: str, repeat: Repeat) -> Specimen:
        """Raises INVALID_ARGUMENT."""
        tenant = call.require_tenant()
        added = specimens.added(new_id(), tenant=tenant, words=specimens.checked(title, text), at=call.received_at)
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            earlier = await work.remembered(repeat.request_id, repeat.fingerprint, added.id)
            if earlier is not None:
                return _found(await store.get(work, UUID(earlier)))
            work.audit("specimen.create", "specimen", added.id, {})
            work.stage(self._encode(SpecimenCreated(added.id, added.row_version)))
            await store.add(work, added)
        return added

    async def update(
        self, call: Call, specimen_id: UUID, expected: str, *, title: str | None, text: str | None
    ) -> Specimen:
        """Raises SPECIMEN_NOT_FOUND, ETAG_REQUIRED, ETAG_MISMATCH or INVALID_ARGUMENT."""
        async with self._database.unit_of_work(call) as work:
            before = await self._locked(work, specimen_id, expected)
            after = specimens.edited(before, title=title, text=text, at=call.received_at)
            if after is not before:
                work.audit("specimen.update", "specimen", after.id, {})
                work.stage(self._encode(SpecimenChanged(after.id, after.row_version)))
                await store.change(work, after)
        return after

    async def delete(self, call: Call, specimen_id: UUID, expected: str) -> None:
        """Raises SPECIMEN_NOT_FOUND, ETAG_REQUIRED or ETAG_MISMATCH."""
        async with self._database.unit_of_work(call) as work:
            gone = await self._locked(work, specimen_id, expected)
            work.audit("specimen.delete", "specimen", gone.id, {})
            work.stage(self._encode(SpecimenDeleted(gone.id, gone.row_version + 1)))
            await store.remove(work, gone.id)

    async def _locked(self, work: UnitOfWork, specimen_id: UUID, expected: str) -> Specimen:
        await ensure_open(work)
        specimen = _found(await store.get_for_update(work, specimen_id))
        etag.check(expected, specimen.row_version, True)
        return specimen


def _found(specimen: Specimen | None) -> Specimen:
    if specimen is None:
        raise errors.specimen_not_found()
    return specimen
