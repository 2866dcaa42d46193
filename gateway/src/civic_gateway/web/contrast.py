"""Colours of links that can be read on every ground of the pages (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# The darkest ground in the light theme: KERN's neutral-025. A tenant's colour is checked on white alone.
_GROUND: Final = "#f3f4f7"
_ENOUGH: Final = 4.5
_STEP: Final = 0.97


@lru_cache(maxsize=256)
def readable(colour: str) -> str:
    """The colour as #rrggbb, darkened until it reaches 4.5:1 on the darkest light ground."""
    channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    while contrast(_hex(channels), _GROUND) < _ENOUGH:
        channels = [int(channel * _STEP) for channel in channels]
    return _hex(channels)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _hex(channels: list[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in channels)
