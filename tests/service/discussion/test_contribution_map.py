"""Contributions on a map: the same as the list finds, without what is not public."""

import math
from datetime import timedelta
from typing import Any

import orjson
import pytest
from civic.common.v1 import offer_pb2, place_pb2
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, topic_pb2
from civic.discussion.v1.contribution_service_pb2 import (
    ListContributionsRequest,
    MapContributionsRequest,
    WithdrawContributionRequest,
)
from civic.discussion.v1.export_service_pb2 import ListExportContributionsRequest
from civic_chassis.kernel.errors import Kind
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, BORA, NOWHERE, Portal
from tests.service.discussion.methods import refusal

Box = offer_pb2.BoundingBox
CITY = Box(west=8.6, south=50.0, east=8.8, north=50.2)
CHOICES = [topic_pb2.Choice(key=key, names={"de": key}) for key in ("verkehr", "gruen")]


def at(lat: float, lon: float) -> place_pb2.Place:
    return place_pb2.Place(point=place_pb2.Point(lat=lat, lon=lon))


async def mapped(portal: Portal, topic: str, caller: Person | None = None, **asked: Any) -> Any:
    return await portal.contributions(caller).MapContributions(MapContributionsRequest(topic_id=topic, **asked))


def pins(found: contribution_service_pb2.MapContributionsResponse) -> list[tuple[str, int, float, float]]:
    return sorted((each.title, each.count, each.point.lat, each.point.lon) for each in found.points)


async def listed(portal: Portal, topic: str, **asked: Any) -> list[str]:
    request = ListContributionsRequest(topic_id=topic, **asked)
    return [each.title for each in (await portal.contributions().ListContributions(request)).contributions]


async def test_map_and_list_hold_the_same_under_every_filter(portal: Portal) -> None:
    settings = topic_pb2.TopicSettings(categories=CHOICES, labels=CHOICES)
    topic = (await portal.add_topic(settings=settings)).id
    empty = await mapped(portal, topic)
    assert (list(empty.points), empty.placed_count, empty.HasField("bounding_box")) == ([], 0, False)
    await portal.contribute(topic, title="Markt", place=at(50.1, 8.7), category="verkehr", labels=["gruen"])
    portal.clock.advance(timedelta(seconds=1))
    await portal.contribute(topic, title="Fern", place=at(51.3, 9.5), category="gruen")
    await portal.contribute(topic, title="Nur Worte", place=place_pb2.Place(address="Am Bach"))
    found = await mapped(portal, topic)
    assert pins(found) == [("Fern", 1, 51.3, 9.5), ("Markt", 1, 50.1, 8.7)]
    assert (found.placed_count, found.more) == (2, False)
    assert found.bounding_box == Box(west=8.7, south=50.1, east=9.5, north=51.3)
    germany = Box(west=5.5, south=47.0, east=15.6, north=55.2)
    assert await listed(portal, topic, bounding_box=germany) == ["Fern", "Markt"]
    for asked, title in (
        ({"bounding_box": CITY}, "Markt"),
        ({"category": "gruen"}, "Fern"),
        ({"label": "gruen"}, "Markt"),
    ):
        assert [each[0] for each in pins(await mapped(portal, topic, **asked))] == [title]
        assert await listed(portal, topic, **({"bounding_box": germany} | asked)) == [title]


async def test_many_on_one_spot_are_a_cluster(portal: Portal) -> None:
    topic = (await portal.add_topic()).id
    for lat in (50.1, 50.1, 50.1001):
        await portal.contribute(topic, place=at(lat, 8.7))
    await portal.contribute(topic, title="Fern", place=at(51.3, 9.5))
    found = await mapped(portal, topic)
    cluster, alone = found.points
    assert (cluster.count, cluster.contribution_id, cluster.title) == (3, "", "")
    assert (alone.count, alone.title, found.placed_count) == (1, "Fern", 4)


async def test_what_is_not_public_is_gone_from_the_map_at_once(portal: Portal) -> None:
    topic = (await portal.add_topic()).id
    made = await portal.contribute(topic, ANNA, place=at(50.1, 8.7))
    assert (await mapped(portal, topic)).points[0].contribution_id == made.id
    await portal.contributions(ANNA).WithdrawContribution(WithdrawContributionRequest(id=made.id))
    for caller in (None, ANNA, BORA, portal.admin):
        assert list((await mapped(portal, topic, caller)).points) == []


async def test_a_map_of_what_nobody_may_see(portal: Portal) -> None:
    draft = (await portal.add_draft()).id
    for topic in (draft, NOWHERE, "x"):
        error = await refusal(mapped(portal, topic))
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "TOPIC_NOT_FOUND")
    assert list((await mapped(portal, draft, portal.editor)).points) == []


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        (Box(west=math.nan, south=50, east=9, north=51), "MALFORMED"),
        (Box(west=8, south=50, east=math.inf, north=51), "MALFORMED"),
        (Box(west=9, south=50, east=8, north=51), "CORNERS_SWAPPED"),
    ],
)
async def test_sections_of_the_map_are_checked(portal: Portal, box: offer_pb2.BoundingBox, reason: str) -> None:
    topic = (await portal.add_topic()).id
    for asked in (mapped(portal, topic, bounding_box=box), listed(portal, topic, bounding_box=box)):
        error = await refusal(asked)
        assert [(each.field, each.reason) for each in error.violations] == [("bounding_box", reason)]


async def test_a_drawn_area_is_kept_listed_and_mapped_with_its_middle(portal: Portal) -> None:
    topic = (await portal.add_topic()).id
    edge = "[[8.68,50.11],[8.7,50.11],[8.7,50.13],[8.68,50.13],[8.68,50.11]]"
    drawn = f'{{"type":"Polygon","coordinates":[{edge}]}}'
    made = await portal.contribute(topic, title="Wiese", place=place_pb2.Place(address="Am Bach", area_geojson=drawn))
    assert (made.place.area_geojson, made.place.address) == (drawn, "Am Bach")
    assert (made.place.point.lat, made.place.point.lon) == (50.12, 8.69)
    assert await listed(portal, topic, bounding_box=CITY) == ["Wiese"]
    (point,) = (await mapped(portal, topic)).points
    assert orjson.loads(point.area_geojson) == orjson.loads(drawn)
    rows = await portal.exports().ListExportContributions(ListExportContributionsRequest(topic_id=topic))
    (item,) = orjson.loads(rows.items_json)
    assert item["place"] == {"lat": 50.12, "lon": 8.69, "address": "Am Bach", "area": orjson.loads(drawn)}
    # Sent back as it was read it is no change; a line in its place moves the pin.
    same = await change(portal, made, place=made.place)
    assert same.etag == made.etag
    way = '{"type":"LineString","coordinates":[[8.6,50.1],[8.8,50.1]]}'
    moved = await change(portal, made, place=place_pb2.Place(point=made.place.point, area_geojson=way))
    assert (moved.place.area_geojson, moved.place.point.lon, moved.place.address) == (way, 8.7, "")
    # Beside another one in the same cell nobody's area is told.
    await portal.contribute(topic, title="Zweite", place=at(50.1, 8.7))
    (point,) = (await mapped(portal, topic)).points
    assert (point.count, point.area_geojson) == (2, "")
    crossed = drawn.replace("[8.7,50.11],[8.7,50.13]", "[8.7,50.13],[8.7,50.11]")
    refused = await refusal(portal.contribute(topic, place=place_pb2.Place(area_geojson=crossed)))
    assert [(each.field, each.reason) for each in refused.violations] == [("place.area", "CROSSES_ITSELF")]


async def change(portal: Portal, contribution: contribution_pb2.Contribution, **values: Any) -> Any:
    request = contribution_service_pb2.UpdateContributionRequest(id=contribution.id, etag="*", **values)
    return (await portal.contributions(ANNA).UpdateContribution(request)).contribution
