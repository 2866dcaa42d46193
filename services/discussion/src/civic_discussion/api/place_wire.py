"""Places and anchors: messages to domain values and back."""

from civic.common.v1 import place_pb2
from civic_participation.domain.anchors import Anchor
from civic_participation.domain.places import Place, Point


def place(message: place_pb2.Place) -> Place:
    point = Point(message.point.lat, message.point.lon) if message.HasField("point") else None
    return Place(point, message.address, message.area_geojson)


def place_message(place: Place | None) -> place_pb2.Place | None:
    if place is None:
        return None
    point = place_pb2.Point(lat=place.point.lat, lon=place.point.lon) if place.point is not None else None
    return place_pb2.Place(point=point, address=place.address, area_geojson=place.area)


def anchor(message: place_pb2.Anchor) -> Anchor:
    return Anchor(
        object_id=message.object_id,
        section=message.section,
        page=message.page,
        x=message.x if message.HasField("x") else None,
        y=message.y if message.HasField("y") else None,
        second=message.second if message.HasField("second") else None,
    )


def anchor_message(anchor: Anchor | None) -> place_pb2.Anchor | None:
    if anchor is None:
        return None
    return place_pb2.Anchor(
        object_id=anchor.object_id,
        section=anchor.section,
        page=anchor.page,
        x=anchor.x,
        y=anchor.y,
        second=anchor.second,
        version=anchor.version,
    )
