"""Lines and areas that people draw: what is kept of them, where their middle is, what is refused."""

import json
from typing import Any

import pytest
from civic_chassis.kernel.errors import DomainError
from civic_chassis.kernel.text import Violations
from civic_participation.domain.drawings import checked_drawing, middle_of
from civic_participation.domain.places import GERMANY, Place, Point, checked_place, place_of

SQUARE = [[8.0, 50.0], [8.2, 50.0], [8.2, 50.2], [8.0, 50.2]]

# Its centre lies outside of it.
HORSESHOE = [
    *([8.0, 50.0], [9.0, 50.0], [9.0, 50.9], [8.9, 50.9]),
    *([8.9, 50.1], [8.1, 50.1], [8.1, 50.9], [8.0, 50.9]),
]


def area(*corners: Any) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [[*corners, corners[0]]]})


def line(*positions: Any) -> str:
    return json.dumps({"type": "LineString", "coordinates": positions})


def refused(given: str) -> list[tuple[str, str]]:
    found = Violations()
    assert checked_drawing(given, GERMANY, found, "place.area") == ""
    with pytest.raises(DomainError) as caught:
        found.check()
    return [(each.field, each.reason) for each in caught.value.violations]


def kept(given: str) -> str:
    found = Violations()
    drawn = checked_drawing(given, GERMANY, found, "place.area")
    found.check()
    return drawn


def test_what_is_drawn_is_kept_to_a_centimetre_without_double_clicks() -> None:
    given = area([8.0, 50.0, 112.5], [8.0, 50.0], [8.2, 50.0], [8.123456789, 50.2])
    assert kept(given) == ('{"type":"Polygon","coordinates":[[[8.0,50.0],[8.2,50.0],[8.1234568,50.2],[8.0,50.0]]]}')
    assert kept(line([8, 50], [8, 50], [9, 51])) == '{"type":"LineString","coordinates":[[8.0,50.0],[9.0,51.0]]}'
    # A way may cross itself, an area may not.
    assert kept(line([8.0, 50.0], [8.2, 50.2], [8.2, 50.0], [8.0, 50.2])) != ""


@pytest.mark.parametrize(
    ("given", "lat", "lon"),
    [
        (area(*SQUARE), 50.1, 8.1),
        (area(*HORSESHOE), 50.5, 8.05),
        (line([8.0, 50.0], [8.0, 50.1], [8.0, 50.4]), 50.2, 8.0),
    ],
)
def test_the_pin_of_a_drawing_is_its_middle(given: str, lat: float, lon: float) -> None:
    assert middle_of(kept(given)) == Point(lat, lon)
    place = checked_place(Place(Point(53.0, 9.0), " Wiese ", given), GERMANY, Violations())
    assert place == Place(Point(lat, lon), "Wiese", kept(given))
    assert place is not None
    assert place_of(place.as_json()) == place


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("{", "NOT_A_DRAWING"),
        ("[]", "NOT_A_DRAWING"),
        ("7", "NOT_A_DRAWING"),
        ("[" * 15_000, "NOT_A_DRAWING"),
        ('{"type":"Point","coordinates":[8,50]}', "NOT_A_DRAWING"),
        ('{"type":"LineString","coordinates":[[8,50],[NaN,50]]}', "NOT_A_DRAWING"),
        ('{"type":"LineString","coordinates":[[8,50],[1e999,50]]}', "NOT_A_DRAWING"),
        ('{"type":"LineString","coordinates":[[8,50],["9",50]]}', "NOT_A_DRAWING"),
        (json.dumps({"type": "Polygon", "coordinates": [SQUARE]}), "NOT_A_DRAWING"),
        (json.dumps({"type": "Polygon", "coordinates": [[*SQUARE, SQUARE[0]]] * 2}), "NOT_A_DRAWING"),
        (line(*([8 + n / 1000, 50] for n in range(2_000))), "NOT_A_DRAWING"),
        (line(*([8 + n / 1000, 50] for n in range(101))), "TOO_MANY_POINTS"),
        (line([8, 50], [8, 50]), "TOO_FEW_POINTS"),
        (line([8, 50]), "TOO_FEW_POINTS"),
        (area([8, 50], [8.1, 50]), "TOO_FEW_POINTS"),
        (line([8, 50], [2.35, 48.85]), "OUTSIDE"),
        (line([50, 8], [51, 9]), "SWAPPED"),
        # A bow tie, a corner upon an edge, a spike, a way there and back.
        (area([8.0, 50.0], [8.2, 50.2], [8.2, 50.0], [8.0, 50.2]), "CROSSES_ITSELF"),
        (area([8.0, 50.0], [8.4, 50.0], [8.4, 50.2], [8.2, 50.0], [8.0, 50.2]), "CROSSES_ITSELF"),
        (area([8.0, 50.0], [8.2, 50.0], [8.4, 50.0], [8.2, 50.0], [8.2, 50.2]), "CROSSES_ITSELF"),
        (area([8.0, 50.0], [8.2, 50.0], [8.4, 50.0]), "CROSSES_ITSELF"),
    ],
)
def test_what_nobody_can_draw_is_refused_by_name(given: str, reason: str) -> None:
    assert refused(given) == [("place.area", reason)]
