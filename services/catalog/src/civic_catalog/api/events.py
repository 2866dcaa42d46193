"""Domain events as messages."""

from civic.catalog.v1 import catalog_events_pb2 as messages
from civic_chassis.kernel.event import Event

from civic_catalog.api.wire import kind_number
from civic_catalog.domain.events import OfferChanged

AREA = "catalog"


def encode(event: OfferChanged) -> Event:
    message = messages.OfferChanged(offer_id=str(event.offer_id), version=event.version, kind=kind_number(event.kind))
    return Event(
        area=AREA,
        resource="offer",
        verb="changed",
        payload=message.SerializeToString(),
        aggregate_id=event.offer_id,
    )
