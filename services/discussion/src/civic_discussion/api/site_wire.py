"""Where a topic is: messages to domain values and back."""

from civic.common.v1 import offer_pb2, place_pb2
from civic_participation.domain.places import Bounds, Point, Site


def site_of(message: place_pb2.Site) -> Site:
    area = message.area if message.HasField("area") else None
    return Site(
        point=Point(message.point.lat, message.point.lon) if message.HasField("point") else None,
        address=message.address,
        district=message.district,
        area=Bounds(area.west, area.south, area.east, area.north) if area is not None else None,
    )


def site_message(site: Site | None) -> place_pb2.Site | None:
    if site is None:
        return None
    point, area = site.point, site.area
    return place_pb2.Site(
        point=place_pb2.Point(lat=point.lat, lon=point.lon) if point is not None else None,
        address=site.address,
        district=site.district,
        area=offer_pb2.BoundingBox(west=area.west, south=area.south, east=area.east, north=area.north)
        if area is not None
        else None,
    )
