"""The map: every offer with a place lies in one of its points, and the list beside it shows the same."""

import pytest
from civic_catalog.domain.filters import FilterInput, checked
from civic_chassis.kernel.errors import DomainError
from civic_participation.domain.offers import BoundingBox, OfferPlace
from hypothesis import given
from hypothesis import strategies as st

from tests.service.catalog.conftest import DAY, Tool, box


async def test_single_offers_and_clusters(tool: Tool) -> None:
    for number in range(3):
        await tool.add(f"Mitte {number}", place=OfferPlace(latitude=50.1 + number / 1e5, longitude=8.7))
    await tool.add("Kassel", place=OfferPlace(latitude=51.3, longitude=9.5))
    await tool.add("überall")
    answer = await tool.map()
    assert [(point.count, point.offer.offer.texts.title) for point in answer.points] == [(3, ""), (1, "Kassel")]
    assert answer.placed_count == 4
    assert answer.bounding_box == box(8.7, 50.1, 9.5, 51.3)
    near = await tool.map(bounding_box=box(8.6, 50.0, 8.8, 50.2))
    assert (len(near.points), near.placed_count) == (3, 3)


async def test_the_list_beside_the_map_shows_the_same(tool: Tool) -> None:
    inside = box(8.6, 50.0, 8.8, 50.2)
    await tool.add("drin", place=OfferPlace(latitude=50.1, longitude=8.7))
    await tool.add("am Rand", place=OfferPlace(latitude=50.2, longitude=8.8))
    await tool.add("draußen", place=OfferPlace(latitude=50.2001, longitude=8.8))
    await tool.add("Fläche ragt hinein", area=BoundingBox(8.79, 50.19, 9.0, 50.4))
    assert sorted(await tool.titles(bounding_box=inside)) == ["Fläche ragt hinein", "am Rand", "drin"]
    assert (await tool.map(bounding_box=inside)).placed_count == 3


async def test_the_archive_is_on_the_map_where_it_is_asked_for(tool: Tool) -> None:
    now = tool.clock.now()
    await tool.add("vorbei", end_time=now, place=OfferPlace(latitude=50.1, longitude=8.7))
    await tool.add("alt", end_time=now - DAY, archive_time=now, place=OfferPlace(latitude=50.1, longitude=8.7))
    assert [(await tool.map(phase=phase)).placed_count for phase in (0, 1, 2, 3, 4)] == [1, 0, 0, 1, 1]


async def test_an_empty_map_has_no_rectangle(tool: Tool) -> None:
    answer = await tool.map(query="Bebauungsplan")
    assert (list(answer.points), answer.placed_count, answer.HasField("bounding_box")) == ([], 0, False)


@given(st.tuples(*[st.floats() for _ in range(4)]))
def test_no_rectangle_of_numbers_breaks_the_check(edges: tuple[float, float, float, float]) -> None:
    given_box = BoundingBox(*edges)
    try:
        assert checked(FilterInput(box=given_box)).box == given_box
        assert given_box.west <= given_box.east and given_box.south <= given_box.north
    except DomainError as error:
        assert [violation.field for violation in error.violations] == ["bounding_box"]


def test_a_bad_rectangle_names_its_limits() -> None:
    with pytest.raises(DomainError) as error:
        checked(FilterInput(box=BoundingBox(-10, -10, -9, -9)))
    [violation] = error.value.violations
    assert violation.metadata == {"west": "5.5", "south": "47", "east": "15.6", "north": "55.2"}
