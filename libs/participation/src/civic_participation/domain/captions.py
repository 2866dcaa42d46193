"""Captions of a video: what is said and heard, cue by cue, as WebVTT shows it."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from civic_chassis.kernel.text import Violations

TRACKS_MAX: Final = 4
CUES_MAX: Final = 5_000
LABEL_MAX: Final = 60
# Of a file as it is handed in, and of all its cues together.
CHARACTERS_MAX: Final = 200_000
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words with the milliseconds from which to which they are shown."""

    begin: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class GivenTrack:
    """Captions as they were handed in; `cues` is None where the file is no WebVTT."""

    language: str
    label: str
    cues: tuple[Cue, ...] | None


@dataclass(frozen=True, slots=True)
class Track:
    """Captions in one language. `webvtt` is the whole file, without styles, places and anything that could run."""

    language: str
    label: str
    webvtt: str

    def as_json(self) -> dict[str, Any]:
        return {"language": self.language, "label": self.label, "webvtt": self.webvtt}


def checked_tracks(given: Sequence[GivenTrack], found: Violations, field: str) -> tuple[Track, ...]:
    """Notes what is wrong under `<field>[<number>].<part>`."""
    if len(given) > TRACKS_MAX:
        found.add(field, "TOO_MANY", "too many languages", max=str(TRACKS_MAX), actual=str(len(given)))
        return ()
    languages = [each.language for each in given]
    return tuple(
        _track(each, found, f"{field}[{number}]", twice=each.language in languages[:number])
        for number, each in enumerate(given)
    )


def _track(given: GivenTrack, found: Violations, at: str, *, twice: bool) -> Track:
    if not _LANGUAGE.fullmatch(given.language):
        found.add(f"{at}.language", "MALFORMED" if given.language else "REQUIRED", "no code such as de or en")
    elif twice:
        found.add(f"{at}.language", "NOT_ALLOWED", "stands twice", allowed="1")
    label = found.line(given.label, f"{at}.label", min=1, max=LABEL_MAX)
    if given.cues is None or not given.cues:
        found.add(f"{at}.webvtt", "NOT_WEBVTT", "is no WebVTT with captions")
        return Track(given.language, label, "")
    if len(given.cues) > CUES_MAX:
        found.add(f"{at}.webvtt", "TOO_MANY", "too many captions", max=str(CUES_MAX), actual=str(len(given.cues)))
    wrong = next((number for number, cue in enumerate(given.cues, start=1) if cue.end <= cue.begin), 0)
    if wrong:
        found.add(f"{at}.webvtt", "CAPTION_TIMES", "ends before it begins", number=str(wrong))
    return Track(given.language, label, written(given.cues))


def written(cues: Sequence[Cue]) -> str:
    """The cues as a WebVTT file, each sign of their words escaped that WebVTT gives a meaning to."""
    return "WEBVTT\n" + "".join(
        f"\n{_time(cue.begin)} --> {_time(cue.end)}\n{html.escape(cue.text, quote=False)}\n" for cue in cues
    )


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
