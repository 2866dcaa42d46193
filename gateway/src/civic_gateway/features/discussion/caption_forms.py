"""Captions of a video in the form of its object: a language, its name, and a WebVTT file or its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from civic.discussion.v1 import object_pb2

from civic_gateway.features.files.forms import CAPTIONS

TRACKS_MAX: Final = 4
_PARTS: Final = ("language", "label", "webvtt")
_PLACES: Final = tuple((number, part) for number in range(TRACKS_MAX) for part in _PARTS)
# What the service calls a field, to what the form calls it, and to the words above it.
CAPTION_NAMES: Final = {f"captions[{number}].{part}": f"captions_{part}_{number + 1}" for number, part in _PLACES}
CAPTION_LABELS: Final = {f"captions[{number}].{part}": f"videos.field.{part}" for number, part in _PLACES}


def with_files(values: Mapping[str, str]) -> dict[str, str]:
    """The fields, each file of captions in place of the text beside it."""
    given = {name: text for name, text in values.items() if not name.startswith(CAPTIONS)}
    files = {name.removeprefix(CAPTIONS): text for name, text in values.items() if name.startswith(CAPTIONS)}
    return given | {f"captions_webvtt_{number}": text for number, text in files.items() if text.strip()}


def tracks_of(values: Mapping[str, str]) -> list[object_pb2.CaptionTrack]:
    """The captions that hold anything beside a language, in their order."""
    found = [{part: values.get(f"captions_{part}_{number}", "") for part in _PARTS} for number in _numbers()]
    return [object_pb2.CaptionTrack(**each) for each in found if each["label"].strip() or each["webvtt"].strip()]


def values_of_tracks(tracks: Sequence[object_pb2.CaptionTrack]) -> dict[str, str]:
    """The captions as the form shows them."""
    return {
        f"captions_{part}_{number}": getattr(track, part)
        for number, track in enumerate(tracks, start=1)
        for part in _PARTS
    }


def track_count(values: Mapping[str, str]) -> int:
    """How many the form shows: those that are there, and one to fill in."""
    last = max((number for number in _numbers() if values.get(f"captions_webvtt_{number}", "").strip()), default=0)
    return min(last + 1, TRACKS_MAX)


def _numbers() -> range:
    return range(1, TRACKS_MAX + 1)
