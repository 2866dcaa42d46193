"""Colours and their contrast, as WCAG 2.2 defines it."""

import re
from typing import Final

MIN_CONTRAST: Final = 4.5
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    """Whether the text has the form #rrggbb in lower case."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_colour_on(colour: str) -> str:
    """White or black, whichever can be read better.

    It always reaches 4.5:1: the two contrasts multiply to 21, so the larger one is at least 4.58.
    """
    return max((WHITE, BLACK), key=lambda text: contrast(colour, text))


def link_colour_of(colour: str) -> str:
    """The colour itself where it can be read on white, else the same hue darkened just until it can."""
    red, green, blue = _channels(colour)
    for share in range(100, -1, -1):
        darkened = f"#{red * share // 100:02x}{green * share // 100:02x}{blue * share // 100:02x}"
        if contrast(darkened, WHITE) >= MIN_CONTRAST:
            return darkened
    return BLACK


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
