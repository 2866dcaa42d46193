"""Offers as messages, and the stream that keeps the last one of each."""

from datetime import UTC, datetime, timedelta

from civic.common.v1 import offer_pb2
from civic_chassis.kernel.event import Event
from civic_chassis.nats.streams import Stream
from google.protobuf.timestamp_pb2 import Timestamp

from civic_participation.domain.offers import (
    SEARCH_TEXT_MAX,
    BoundingBox,
    OfferKind,
    OfferPlace,
    OfferTexts,
    OfferWithdrawn,
    PublicOffer,
)

# Declared by every tool that tells offers, and by the catalog: whoever is there first makes it.
OFFER_STREAM = Stream(
    name="OFFER",
    subjects=("civic.offer.>",),
    max_bytes=8 * 1024 * 1024 * 1024,
    # All that is built from offers is built anew from here.
    max_per_subject=1,
    max_age=timedelta(days=36500),
)

KIND_NUMBERS = {kind: offer_pb2.OfferKind.Value(f"OFFER_KIND_{kind.upper()}") for kind in OfferKind}
KINDS = {number: kind for kind, number in KIND_NUMBERS.items()}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_offer(offer: PublicOffer | OfferWithdrawn, tenant: str) -> Event:
    """The event that replaces what was told of the offer before."""
    message = _withdrawn(offer, tenant) if isinstance(offer, OfferWithdrawn) else _message(offer, tenant)
    return Event(
        area="offer",
        resource=offer.kind.value,
        verb="changed",
        payload=message.SerializeToString(),
        aggregate_id=offer.id,
        key=str(offer.id),
    )


def _withdrawn(offer: OfferWithdrawn, tenant: str) -> offer_pb2.Offer:
    return offer_pb2.Offer(
        kind=KIND_NUMBERS[offer.kind], id=str(offer.id), tenant=tenant, version=offer.version, removed=True
    )


def _message(offer: PublicOffer, tenant: str) -> offer_pb2.Offer:
    return offer_pb2.Offer(
        kind=KIND_NUMBERS[offer.kind],
        id=str(offer.id),
        tenant=tenant,
        version=offer.version,
        revision=offer.revision,
        texts=_texts(offer.texts),
        translations={language: _texts(texts) for language, texts in offer.translations.items()},
        search_text=offer.search_text[:SEARCH_TEXT_MAX],
        themes=offer.themes,
        place=_place(offer.place),
        area=_area(offer.area),
        publish_time=_timestamp(offer.publish_time),
        update_time=_timestamp(offer.update_time),
        start_time=_timestamp(offer.start_time),
        end_time=_timestamp(offer.end_time),
        archive_time=_timestamp(offer.archive_time),
        result_time=_timestamp(offer.result_time),
        counts=offer.counts,
    )


def _texts(texts: OfferTexts) -> offer_pb2.OfferTexts:
    return offer_pb2.OfferTexts(title=texts.title, teaser=texts.teaser)


def _place(place: OfferPlace | None) -> offer_pb2.OfferPlace | None:
    if place is None:
        return None
    return offer_pb2.OfferPlace(
        latitude=place.latitude or 0.0,
        longitude=place.longitude or 0.0,
        address=place.address,
        district=place.district,
    )


def _area(area: BoundingBox | None) -> offer_pb2.BoundingBox | None:
    if area is None:
        return None
    return offer_pb2.BoundingBox(west=area.west, south=area.south, east=area.east, north=area.north)


def _timestamp(instant: datetime | None) -> Timestamp | None:
    if instant is None:
        return None
    seconds, rest = divmod((instant - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)
