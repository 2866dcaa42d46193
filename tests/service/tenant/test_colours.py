"""Contrast as WCAG computes it, for any colour a town may bring."""

import pytest
from civic_tenant.domain import colours
from hypothesis import given
from hypothesis import strategies as st

any_colour = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_of_known_pairs(one: str, other: str, ratio: float) -> None:
    assert round(colours.contrast(one, other), 2) == ratio
    assert colours.contrast(one, other) == colours.contrast(other, one)


@pytest.mark.parametrize(
    ("colour", "on", "link"),
    [
        ("#1d4e89", "#ffffff", "#1d4e89"),
        ("#f2b705", "#000000", "#967103"),
        ("#ffffff", "#000000", "#757575"),
        ("#000000", "#ffffff", "#000000"),
    ],
)
def test_colours_of_a_tenant(colour: str, on: str, link: str) -> None:
    assert (colours.text_colour_on(colour), colours.link_colour_of(colour)) == (on, link)


@given(any_colour)
def test_text_can_be_read_on_any_colour(colour: str) -> None:
    assert colours.contrast(colour, colours.text_colour_on(colour)) >= 4.5


@given(any_colour)
def test_links_can_be_read_on_white(colour: str) -> None:
    link = colours.link_colour_of(colour)
    assert colours.contrast(link, "#ffffff") >= 4.5
    if colours.contrast(colour, "#ffffff") >= 4.5:
        assert link == colour
