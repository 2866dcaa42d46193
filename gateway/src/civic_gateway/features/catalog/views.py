"""Offers as lists of pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from civic_gateway.features.catalog.calls import ListedOffer
from civic_gateway.features.catalog.filters import KIND_NAMES, PHASE_NAMES
from civic_gateway.features.catalog.render import path_of, texts_of
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.web import phases
from civic_gateway.web.i18n import Words

_NEVER: Final = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
# Counts that cards show, in their order, and their words.
_COUNTED: Final = {
    "contributions": "pages.counts.contributions",
    "comments": "pages.counts.comments",
    "ratings": "pages.counts.ratings",
    "supports": "presets.count",
}


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer in a list."""

    title: str
    teaser: str
    language: str
    path: str
    kind: str
    phase: str
    sentence: str
    tenant: str
    tenant_name: str
    place: str
    has_result: bool
    counts: tuple[str, ...]


def cards(words: Words, offers: Sequence[ListedOffer], tenants: Sequence[Tenant], now: Timestamp) -> list[OfferCard]:
    """Offers for a list, each with the name of its tenant; `now` is when the service computed their phases."""
    names = {tenant.slug: tenant.display_name for tenant in tenants}
    at = now.ToDatetime(dt.UTC)
    return [card(words, listed, names.get(listed.offer.tenant, listed.offer.tenant), at) for listed in offers]


def cards_of_tenant(words: Words, offers: Sequence[ListedOffer], now: Timestamp) -> list[OfferCard]:
    """Offers for the list of one tenant, whose name stands above it."""
    at = now.ToDatetime(dt.UTC)
    return [card(words, listed, "", at) for listed in offers]


def card(words: Words, listed: ListedOffer, tenant_name: str, now: dt.datetime) -> OfferCard:
    """One offer; without `tenant_name` the list is one tenant's."""
    offer = listed.offer
    texts, language = texts_of(offer, words.language)
    place = offer.place
    return OfferCard(
        title=texts.title,
        teaser=texts.teaser,
        language=language,
        path=path_of(offer),
        kind=KIND_NAMES[offer.kind],
        phase=PHASE_NAMES[listed.phase],
        sentence=sentence(words, listed, now),
        tenant=offer.tenant,
        tenant_name=tenant_name,
        has_result=offer.HasField("result_time"),
        place=", ".join(part for part in (place.address, place.district) if part),
        counts=tuple(
            words.text(key, count=offer.counts[name]) for name, key in _COUNTED.items() if name in offer.counts
        ),
    )


def sentence(words: Words, listed: ListedOffer, now: dt.datetime) -> str:
    """How long it still runs, or since when it is over."""
    offer = listed.offer
    phase = PHASE_NAMES[listed.phase]
    if phase == phases.ACTIVE and not offer.HasField("end_time"):
        return words.text("catalog.card.endless")
    period = phases.Period(
        phase=phase,
        start=offer.start_time.ToDatetime(dt.UTC),
        end=offer.end_time.ToDatetime(dt.UTC) if offer.HasField("end_time") else _NEVER,
        archive=offer.archive_time.ToDatetime(dt.UTC) if offer.HasField("archive_time") else _NEVER,
        now=now,
    )
    return phases.sentence(words, period)


def hits(words: Words, count: int, *, more: bool) -> str:
    """How many there are; the service counts up to a thousand."""
    return words.text("pages.list.more_than" if more else "pages.list.hits", count=count)
