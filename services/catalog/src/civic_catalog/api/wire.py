"""Messages to domain values and back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from civic.catalog.v1 import catalog_service_pb2 as messages
from civic.catalog.v1 import subscription_service_pb2
from civic.common.v1 import offer_pb2
from civic_chassis.kernel.errors import Violation, ViolationReason, invalid
from civic_participation.api.offers import KIND_NUMBERS, KINDS
from civic_participation.domain.offers import BoundingBox, OfferKind
from google.protobuf.timestamp_pb2 import Timestamp

from civic_catalog.application.catalog import Asked, MapView, OfferPage
from civic_catalog.domain import errors, filters, searching
from civic_catalog.domain.filters import FilterInput
from civic_catalog.domain.offers import Choices, KeptOffer, Listed
from civic_catalog.domain.phases import NEVER, Phase, Schedule
from civic_catalog.domain.subscriptions import Subscription
from civic_catalog.store.offers import MOST_HITS

Number = TypeVar("Number", bound=int)
Value = TypeVar("Value")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEARS = {"min": "2000", "max": "2199"}
_PHASES = {
    offer_pb2.OFFER_PHASE_ANNOUNCED: Phase.ANNOUNCED,
    offer_pb2.OFFER_PHASE_ACTIVE: Phase.ACTIVE,
    offer_pb2.OFFER_PHASE_ENDED: Phase.ENDED,
    offer_pb2.OFFER_PHASE_ARCHIVED: Phase.ARCHIVED,
}
_PHASE_NUMBERS = {phase: number for number, phase in _PHASES.items()}
_ORDERS = {
    messages.OFFER_ORDER_UNSPECIFIED: False,
    messages.OFFER_ORDER_PHASE: False,
    messages.OFFER_ORDER_NEWEST: True,
}


def kept_offer(message: offer_pb2.Offer) -> KeptOffer:
    """What an event told. A place outside of the country is left out, the offer is shown."""
    place, box = message.place, _area(message)
    pointed = message.HasField("place") and filters.is_point(place.latitude, place.longitude)
    if box is None and pointed:
        box = BoundingBox(place.longitude, place.latitude, place.longitude, place.latitude)
    shown = [message.texts, *message.translations.values()]
    found_by = (place.address, place.district, *message.themes)
    words = " ".join((*(f"{texts.title} {texts.teaser}" for texts in shown), *found_by, message.search_text))
    return KeptOffer(
        id=UUID(message.id),
        tenant=message.tenant,
        version=message.version,
        kind=KINDS[message.kind],
        removed=message.removed,
        schedule=Schedule(
            _moment(message.start_time),
            _moment(message.end_time) if message.HasField("end_time") else NEVER,
            _moment(message.archive_time) if message.HasField("archive_time") else NEVER,
        ),
        publish_time=_moment(message.publish_time),
        title=message.texts.title,
        titles={language: texts.title for language, texts in message.translations.items()},
        themes=tuple(message.themes),
        district=place.district,
        # An area without a point is shown at its middle.
        latitude=place.latitude if pointed else (box.south + box.north) / 2 if box else None,
        longitude=place.longitude if pointed else (box.west + box.east) / 2 if box else None,
        box=box,
        stemmed=words,
        spelled=searching.folded(words),
        vocabulary=searching.vocabulary(*(texts.title for texts in shown), *found_by),
        projection=_projection(message),
    )


def asked(request: messages.ListOffersRequest) -> Asked:
    return Asked(
        filter=filter_input(request.filter),
        page_size=request.page_size,
        page_token=request.page_token,
        newest=_known(_ORDERS, request.order, "order"),
        count=request.count,
    )


def filter_input(message: messages.OfferFilter) -> FilterInput:
    box = message.bounding_box
    return FilterInput(
        query=message.query,
        kind=_known(KINDS, message.kind, "kind") if message.kind else None,
        tenant=message.tenant,
        phase=_known(_PHASES, message.phase, "phase") if message.phase else None,
        district=message.district,
        theme=message.theme,
        from_time=_given_moment(message.from_time, "from_time") if message.HasField("from_time") else None,
        until_time=_given_moment(message.until_time, "until_time") if message.HasField("until_time") else None,
        box=BoundingBox(box.west, box.south, box.east, box.north) if message.HasField("bounding_box") else None,
    )


def page_message(page: OfferPage) -> messages.ListOffersResponse:
    hits = page.hits or 0
    return messages.ListOffersResponse(
        offers=[_listed(item) for item in page.offers],
        next_page_token=page.next_page_token,
        hit_count=min(hits, MOST_HITS),
        more_hits=hits > MOST_HITS,
        corrected_query=page.corrected_query,
        read_time=timestamp(page.at),
    )


def map_message(view: MapView) -> messages.GetMapResponse:
    return messages.GetMapResponse(
        points=[
            messages.MapPoint(
                latitude=point.latitude,
                longitude=point.longitude,
                count=point.count,
                offer=_listed(point.offer) if point.offer else None,
            )
            for point in view.points
        ],
        placed_count=view.placed,
        bounding_box=_box_message(view.around),
    )


def choices_message(choices: Choices) -> messages.ListFiltersResponse:
    return messages.ListFiltersResponse(
        kinds=[KIND_NUMBERS[kind] for kind in choices.kinds], districts=choices.districts, themes=choices.themes
    )


def subscription_id(text: str) -> UUID:
    """Raises SUBSCRIPTION_NOT_FOUND for what is no id."""
    try:
        return UUID(text)
    except ValueError:
        raise errors.subscription_not_found() from None


def subscription_message(found: Subscription) -> subscription_service_pb2.GetSubscriptionResponse:
    wanted = found.filter
    return subscription_service_pb2.GetSubscriptionResponse(
        title=found.title,
        filter=messages.OfferFilter(
            query=wanted.query,
            kind=kind_number(wanted.kind),
            tenant=wanted.tenant,
            district=wanted.district,
            theme=wanted.theme,
            bounding_box=_box_message(wanted.box),
        ),
    )


def kind_number(kind: OfferKind | None) -> offer_pb2.OfferKind.ValueType:
    return offer_pb2.OfferKind.ValueType(KIND_NUMBERS[kind] if kind else 0)


def timestamp(instant: datetime) -> Timestamp:
    seconds, rest = divmod((instant - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)


def _listed(item: Listed) -> messages.ListedOffer:
    return messages.ListedOffer(offer=offer_pb2.Offer.FromString(item.projection), phase=_PHASE_NUMBERS[item.phase])


def _box_message(box: BoundingBox | None) -> offer_pb2.BoundingBox | None:
    if box is None:
        return None
    return offer_pb2.BoundingBox(west=box.west, south=box.south, east=box.east, north=box.north)


def _projection(message: offer_pb2.Offer) -> bytes:
    shown = offer_pb2.Offer()
    shown.CopyFrom(message)
    shown.ClearField("search_text")
    # The same offer is the same bytes, so that a rebuild sees what it changes.
    return shown.SerializeToString(deterministic=True)


def _area(message: offer_pb2.Offer) -> BoundingBox | None:
    if not message.HasField("area"):
        return None
    box = BoundingBox(message.area.west, message.area.south, message.area.east, message.area.north)
    return box if filters.is_area(box) else None


def _known(values: Mapping[Number, Value], number: Number, field: str) -> Value:
    try:
        return values[number]
    except KeyError:
        raise invalid(Violation(field, ViolationReason.MALFORMED, "not a value of its enum")) from None


def _given_moment(given: Timestamp, field: str) -> datetime:
    try:
        return _moment(given)
    except (ValueError, OverflowError):
        raise invalid(Violation(field, "YEAR_OUT_OF_RANGE", "the year is out of range", _YEARS)) from None


def _moment(given: Timestamp) -> datetime:
    return given.ToDatetime(tzinfo=UTC)
