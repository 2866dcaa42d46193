"""What a tenant tells in Leichte Sprache and German Sign Language, as BITV 2.0 section 4 asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from civic_chassis.kernel.text import Violations
from civic_participation.domain.videos import checked_video_url

TEXT_MAX: Final = 50_000
# What a public body has to tell in both.
PLAIN_PARTS: Final = ("content", "navigation", "accessibility", "further")


@dataclass(frozen=True, slots=True)
class PlainPart:
    """A text in Leichte Sprache, Markdown, and the address of a video in German Sign Language; either may be empty."""

    text: str = ""
    video: str = ""


def checked_plain(
    given: Mapping[str, PlainPart], video_hosts: frozenset[str], found: Violations, field: str
) -> Mapping[str, PlainPart]:
    """The parts that hold anything, by the names of PLAIN_PARTS."""
    parts = {}
    for name in PLAIN_PARTS:
        part, at = given.get(name, PlainPart()), f"{field}.{name}"
        text = found.text(part.text, f"{at}.text", min=0, max=TEXT_MAX)
        video = checked_video_url(part.video, video_hosts, found, f"{at}.video") if part.video.strip() else ""
        if text or video:
            parts[name] = PlainPart(text, video)
    return parts
