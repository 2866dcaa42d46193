"""What readers do with the state's list, and how events change it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from civic_chassis.db import Database, Reading, UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.event import Event
from civic_chassis.kernel.page import PageRequest, encode_token, from_micros, from_text, refused, to_micros
from civic_participation.domain.offers import BoundingBox

from civic_catalog.application.subscriptions import Subscriptions
from civic_catalog.domain.events import OfferChanged
from civic_catalog.domain.filters import Filter, FilterInput, checked
from civic_catalog.domain.offers import Choices, KeptOffer, Listed, Point
from civic_catalog.domain.phases import RANKS
from civic_catalog.store import maps, words
from civic_catalog.store import offers as store
from civic_catalog.store.offers import After, Found

# The instant of the first page, rank, time and id of the last offer, and the words that were searched instead.
_SHAPE = (int, int, int, str, str)

Encode = Callable[[OfferChanged], Event]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page of which list, unchecked."""

    filter: FilterInput
    page_size: int = 0
    page_token: str = ""
    newest: bool = False
    count: bool = False


@dataclass(frozen=True, slots=True)
class OfferPage:
    """A page; `hits` is at most one more than MOST_HITS, None where nobody asked."""

    offers: Sequence[Listed]
    next_page_token: str
    at: datetime
    hits: int | None
    corrected_query: str


@dataclass(frozen=True, slots=True)
class MapView:
    """The map's points, how many offers they stand for, and the rectangle around them."""

    points: Sequence[Point]
    placed: int
    around: BoundingBox | None
    at: datetime


class Catalog:
    """The verbs; `encode` turns events into messages."""

    def __init__(self, database: Database, encode: Encode, subscriptions: Subscriptions) -> None:
        self._database = database
        self._encode = encode
        self._subscriptions = subscriptions

    async def list_offers(self, call: Call, asked: Asked) -> OfferPage:
        """Raises INVALID_ARGUMENT or PAGE_TOKEN_INVALID."""
        wanted = checked(asked.filter)
        scope = f"offers: {asked.filter} {asked.newest}"
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=_SHAPE)
        at, after, corrected = _continued(request, call)
        if corrected:
            wanted = replace(wanted, words=tuple(corrected.split()))
        async with self._database.read(call) as work:
            found = await self._page(work, wanted, asked, at, after, request.size)
            if not found and wanted.words and after is None:
                wanted, corrected = await _alike(work, wanted)
                if corrected:
                    found = await self._page(work, wanted, asked, at, after, request.size)
            hits = await store.hits(work, wanted, at=at) if asked.count else None
        if not found:
            corrected = ""
        shown, token = found[: request.size], ""
        if len(found) > request.size:
            last = shown[-1].place
            token = encode_token(scope, (to_micros(at), last.rank, to_micros(last.time), str(last.id), corrected))
        return OfferPage([item.listed for item in shown], token, at, hits, corrected)

    async def map(self, call: Call, given: FilterInput) -> MapView:
        """Raises INVALID_ARGUMENT."""
        wanted, at = checked(given), call.received_at
        async with self._database.read(call) as work:
            found, placed, around = await maps.points(work, wanted, at=at)
            if not found and wanted.words:
                wanted, corrected = await _alike(work, wanted)
                if corrected:
                    found, placed, around = await maps.points(work, wanted, at=at)
        return MapView(found, placed, around, at)

    async def choices(self, call: Call, tenant: str) -> Choices:
        """Raises INVALID_ARGUMENT for what cannot be a tenant's name."""
        checked(FilterInput(tenant=tenant))
        async with self._database.read(call) as work:
            return await maps.choices(work, tenant, at=call.received_at)

    async def keep(self, work: UnitOfWork, kept: KeptOffer) -> None:
        """Shows what an event told, unless a newer one was shown before, and tells subscribers of what is new."""
        if await store.keep(work, kept):
            work.stage(self._encode(OfferChanged(kept.id, kept.version, kept.kind)))
        await self._subscriptions.offer_told(work, kept)

    async def _page(
        self, work: Reading, wanted: Filter, asked: Asked, at: datetime, after: After | None, size: int
    ) -> list[Found]:
        return await store.page(work, wanted, at=at, newest=asked.newest, after=after, limit=size + 1)


async def _alike(work: Reading, wanted: Filter) -> tuple[Filter, str]:
    """The filter with words that are written alike, and these words; the same filter where there are none."""
    alike = await words.corrected(work, wanted.words)
    return (replace(wanted, words=alike), " ".join(alike)) if alike != wanted.words else (wanted, "")


def _continued(request: PageRequest, call: Call) -> tuple[datetime, After | None, str]:
    """All pages of a list show the order of the instant at which the first one was read."""
    if request.position is None:
        return call.received_at, None, ""
    at, rank, time, offer_id, corrected = request.position
    if rank not in range(len(RANKS)):
        raise refused()
    return from_micros(at), After(int(rank), from_micros(time), from_text(offer_id)), str(corrected)
