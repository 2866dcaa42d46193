"""Which kept answers an event of the catalog makes old, and when the clock does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from civic_gateway.features.catalog.calls import ListedOffer, OfferPhase

OFFERS: Final = "offers"


def offers_tag(tenant: str) -> str:
    """Carried by lists of one tenant's offers."""
    return f"offers:{tenant}"


def changed_tags(tenant: str) -> frozenset[str]:
    """Tags that a change of an offer of the tenant makes old."""
    return frozenset({OFFERS, offers_tag(tenant)})


def next_change(offers: Iterable[ListedOffer]) -> float:
    """The Unix time at which the first of the offers enters its next phase; infinity where none does."""
    return min(map(_next_phase, offers), default=float("inf"))


def _next_phase(listed: ListedOffer) -> float:
    offer = listed.offer
    moment: Timestamp | None = None
    if listed.phase == OfferPhase.OFFER_PHASE_ANNOUNCED:
        moment = offer.start_time
    elif listed.phase == OfferPhase.OFFER_PHASE_ACTIVE and offer.HasField("end_time"):
        moment = offer.end_time
    elif listed.phase == OfferPhase.OFFER_PHASE_ENDED and offer.HasField("archive_time"):
        moment = offer.archive_time
    return moment.seconds + moment.nanos / 1e9 if moment is not None else float("inf")
