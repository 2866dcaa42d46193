"""Offers as the JSON API shows them, and their addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from civic.common.v1 import offer_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from civic_gateway.answers import rfc3339
from civic_gateway.features.catalog.calls import ListedOffer, Map, Offer
from civic_gateway.features.catalog.filters import KIND_NAMES, PHASE_NAMES
from civic_gateway.web.addresses import address_of

# Below the tenant: the word of the address for each tool.
SECTIONS: Final[Mapping[str, str]] = {
    "dialog": "dialoge",
    "procedure": "verfahren",
    "land_use": "verfahren",
    "regional_plan": "verfahren",
    "survey": "umfragen",
    "event": "veranstaltungen",
    "appointment": "termine",
    "application": "antraege",
    "report": "meldungen",
}


def path_of(offer: Offer) -> str:
    """The address of the offer's page; the German title stands in it in every language."""
    section = SECTIONS[KIND_NAMES[offer.kind]]
    return f"/{offer.tenant}/{section}/{address_of(offer.texts.title, offer.id)}"


def texts_of(offer: Offer, language: str) -> tuple[offer_pb2.OfferTexts, str]:
    """The texts in the language, or in German where there are none; and the language they are in."""
    if language in offer.translations:
        return offer.translations[language], language
    return offer.texts, "de"


def offer(listed: ListedOffer, language: str) -> dict[str, Any]:
    """An offer in the language, or in German where it has no such texts."""
    shown = listed.offer
    texts, spoken = texts_of(shown, language)
    return {
        "id": shown.id,
        "kind": KIND_NAMES[shown.kind],
        "tenant": shown.tenant,
        "language": spoken,
        "title": texts.title,
        "teaser": texts.teaser,
        "phase": PHASE_NAMES[listed.phase],
        "publish_time": rfc3339(shown.publish_time),
        "update_time": rfc3339(shown.update_time),
        "start_time": rfc3339(shown.start_time),
        "end_time": _time(shown, "end_time"),
        "archive_time": _time(shown, "archive_time"),
        "result_time": _time(shown, "result_time"),
        "place": _place(shown),
        "area": _area(shown.area) if shown.HasField("area") else None,
        "topics": list(shown.themes),
        "counts": dict(sorted(shown.counts.items())),
        "path": path_of(shown),
    }


def map_view(view: Map, language: str) -> dict[str, Any]:
    """The map's points; a cluster has no offer."""
    return {
        "points": [
            {
                "lat": point.latitude,
                "lon": point.longitude,
                "count": point.count,
                "offer": offer(point.offer, language) if point.HasField("offer") else None,
            }
            for point in view.points
        ],
        "placed_count": view.placed_count,
        "bbox": _area(view.bounding_box) if view.HasField("bounding_box") else None,
    }


def _time(shown: Offer, name: str) -> str | None:
    moment: Timestamp = getattr(shown, name)
    return rfc3339(moment) if shown.HasField(name) else None  # type: ignore[arg-type]


def _place(shown: Offer) -> dict[str, Any] | None:
    if not shown.HasField("place"):
        return None
    place = shown.place
    pinned = bool(place.latitude or place.longitude)
    return {
        "lat": place.latitude if pinned else None,
        "lon": place.longitude if pinned else None,
        "address": place.address,
        "district": place.district,
    }


def _area(box: offer_pb2.BoundingBox) -> list[float]:
    return [box.west, box.south, box.east, box.north]
