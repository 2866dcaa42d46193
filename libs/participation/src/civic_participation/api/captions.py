"""WebVTT files as they are handed in."""

import html

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from civic_participation.domain.captions import CHARACTERS_MAX, Cue


def cues_of(text: str) -> tuple[Cue, ...] | None:
    """The captions without their styles, places and markup; None for what is no WebVTT, or is too long."""
    if len(text) > CHARACTERS_MAX:
        return None
    try:
        found = webvtt.from_string(text, strict=True)
    except (MalformedFileError, MalformedCaptionError, ValueError):
        return None
    return tuple(
        Cue(_milliseconds(each.start_time), _milliseconds(each.end_time), _words(each.text)) for each in found.captions
    )


def _milliseconds(time: webvtt.models.Timestamp) -> int:
    whole: int = (time.hours * 60 + time.minutes) * 60 + time.seconds
    return whole * 1000 + time.milliseconds


def _words(text: str) -> str:
    """As they are read; an empty line would end the caption."""
    lines = (line.strip() for line in html.unescape(text).splitlines())
    shown = "\n".join(filter(None, lines))
    return "".join(each for each in shown if each == "\n" or each.isprintable())
