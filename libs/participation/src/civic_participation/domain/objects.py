"""Objects that an offer is about: texts, documents, images, maps, videos. What each holds and needs."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from civic_chassis.kernel.text import Violations

from civic_participation.domain.anchors import PAGE_MAX, SECOND_MAX, Anchor
from civic_participation.domain.areas import checked_area
from civic_participation.domain.captions import GivenTrack, Track, checked_tracks
from civic_participation.domain.places import Bounds, Place, Point, checked_place
from civic_participation.domain.sections import TOGETHER_MAX, Section, Splitting, checked_sections, section_of, split
from civic_participation.domain.videos import checked_video_url

TITLE_MAX = 200
DESCRIPTION_MAX = 2_000
NOTE_MAX = 500
TRANSCRIPT_MAX = 100_000
ZOOM_MAX = 20
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class ObjectKind(StrEnum):
    """What kind of object it is."""

    TEXT = "text"
    DOCUMENT = "document"
    IMAGE = "image"
    MAP = "map"
    VIDEO = "video"


class Gap(StrEnum):
    """What an object needs before everybody may see it."""

    DESCRIPTION = "description"
    TRANSCRIPT = "transcript"
    CAPTIONS = "captions"


@dataclass(frozen=True, slots=True)
class GivenText:
    """A text as it was handed in: sections, or Markdown that is divided."""

    sections: tuple[Section, ...] = ()
    markdown: str = ""
    splitting: Splitting = Splitting.HEADINGS


@dataclass(frozen=True, slots=True)
class TextContent:
    """Sections in reading order."""

    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class FileContent:
    """A document or an image; `page_count` is 0 where nobody said."""

    file_id: str
    page_count: int = 0


@dataclass(frozen=True, slots=True)
class MapContent:
    """A section of a map; `area` is a GeoJSON geometry or empty."""

    center: Point
    zoom: float
    bounds: Bounds | None = None
    area: str = ""


@dataclass(frozen=True, slots=True)
class VideoContent:
    """A page on an allowed host, or a file; `duration` in seconds, 0 where nobody said."""

    url: str = ""
    file_id: str = ""
    duration: int = 0
    transcript: str = ""
    captions: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenVideo:
    """A video as it was handed in."""

    url: str = ""
    file_id: str = ""
    duration: int = 0
    transcript: str = ""
    captions: tuple[GivenTrack, ...] = ()


Content = TextContent | FileContent | MapContent | VideoContent
GivenContent = GivenText | FileContent | MapContent | GivenVideo


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What staff says about an object, unchecked."""

    kind: ObjectKind
    title: str
    description: str
    content: GivenContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The same, regular and within limits; sections have no ids yet."""

    kind: ObjectKind
    title: str
    description: str
    content: Content


@dataclass(frozen=True, slots=True)
class Limits:
    """What the state allows: where places lie, and where videos may be."""

    bounds: Bounds
    video_hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Target:
    """What an anchor may point at in an object."""

    kind: ObjectKind
    version: int
    has_section: bool
    page_count: int = 0
    duration: int = 0


def checked_key(key: str, found: Violations, field: str) -> str:
    """1 to 40 of a-z, 0-9 and "-"."""
    if not _KEY.fullmatch(key):
        found.add(field, "MALFORMED", "has not the form of a key")
    return key


def checked(given: Given, limits: Limits, found: Violations, field: str = "object") -> Checked:
    """Notes what is wrong under `<field>.<part>`; what comes back is worth something where nothing was noted."""
    return Checked(
        kind=given.kind,
        title=found.line(given.title, f"{field}.title", min=1, max=TITLE_MAX),
        description=found.text(given.description, f"{field}.description", min=0, max=DESCRIPTION_MAX),
        content=_content(given.content, limits, found, field),
    )


def gaps(kind: ObjectKind, description: str, content: Content) -> tuple[Gap, ...]:
    """What is missing before everybody may see it."""
    missing = []
    if kind in (ObjectKind.IMAGE, ObjectKind.MAP) and not description:
        missing.append(Gap.DESCRIPTION)
    if isinstance(content, VideoContent) and not content.transcript:
        missing.append(Gap.TRANSCRIPT)
    # A page elsewhere shows its own.
    if isinstance(content, VideoContent) and content.file_id and not content.captions:
        missing.append(Gap.CAPTIONS)
    return tuple(missing)


def check_target(anchor: Anchor, target: Target | None, found: Violations, field: str = "anchor") -> None:
    """Notes what the anchor points at and is not there."""
    if target is None:
        found.add(f"{field}.object", "NOT_THERE", "there is no such object")
        return
    if anchor.section and target.kind is not ObjectKind.TEXT:
        found.add(f"{field}.section", "UNWANTED", "the object has no sections")
    elif anchor.section and not target.has_section:
        found.add(f"{field}.section", "NOT_THERE", "the present version has no such section")
    if anchor.page and target.kind is not ObjectKind.DOCUMENT:
        found.add(f"{field}.page", "UNWANTED", "the object has no pages")
    elif target.page_count and anchor.page > target.page_count:
        found.add(f"{field}.page", "OUT_OF_RANGE", "no such page", min="1", max=str(target.page_count))
    if anchor.x is not None and target.kind is not ObjectKind.IMAGE:
        found.add(f"{field}.x", "UNWANTED", "the object is no image")
    if anchor.second is not None and target.kind is not ObjectKind.VIDEO:
        found.add(f"{field}.second", "UNWANTED", "the object is no video")
    elif target.duration and anchor.second is not None and anchor.second > target.duration:
        found.add(f"{field}.second", "OUT_OF_RANGE", "the video is shorter", min="0", max=str(target.duration))


def content_as_json(content: Content) -> dict[str, Any]:
    """As it is stored."""
    match content:
        case TextContent():
            return {"sections": [section.as_json() for section in content.sections]}
        case FileContent():
            return {"file": content.file_id, "pages": content.page_count}
        case MapContent():
            edges = content.bounds
            stored: dict[str, Any] = {"lat": content.center.lat, "lon": content.center.lon, "zoom": content.zoom}
            if edges is not None:
                stored["bounds"] = [edges.west, edges.south, edges.east, edges.north]
            return stored | {"area": content.area}
        case VideoContent():
            return {
                "url": content.url,
                "file": content.file_id,
                "seconds": content.duration,
                "transcript": content.transcript,
                "captions": [track.as_json() for track in content.captions],
            }


def content_of(kind: ObjectKind, stored: Mapping[str, Any]) -> Content:
    """The way back from `content_as_json`; a transcript and texts that were left out are empty."""
    match kind:
        case ObjectKind.TEXT:
            return TextContent(tuple(map(section_of, stored["sections"])))
        case ObjectKind.DOCUMENT | ObjectKind.IMAGE:
            return FileContent(stored["file"], stored["pages"])
        case ObjectKind.MAP:
            bounds = Bounds(*map(float, stored["bounds"])) if "bounds" in stored else None
            center = Point(float(stored["lat"]), float(stored["lon"]))
            return MapContent(center, float(stored["zoom"]), bounds, stored["area"])
        case ObjectKind.VIDEO:
            captions = tuple(Track(**each) for each in stored.get("captions", ()))
            return VideoContent(
                stored["url"], stored["file"], stored["seconds"], stored.get("transcript", ""), captions
            )


def _content(given: GivenContent, limits: Limits, found: Violations, field: str) -> Content:
    match given:
        case GivenText():
            return TextContent(_sections(given, found, field))
        case FileContent():
            if not 0 <= given.page_count <= PAGE_MAX:
                found.add(f"{field}.page_count", "OUT_OF_RANGE", "no such number", min="0", max=str(PAGE_MAX))
            return FileContent(_file(given.file_id, found, f"{field}.file"), given.page_count)
        case MapContent():
            return _map(given, limits, found, field)
        case GivenVideo():
            return _video(given, limits, found, field)


def _sections(given: GivenText, found: Violations, field: str) -> tuple[Section, ...]:
    if given.sections:
        return checked_sections(given.sections, found, f"{field}.sections")
    markdown = found.text(given.markdown, f"{field}.markdown", min=1, max=TOGETHER_MAX)
    return checked_sections(split(markdown, given.splitting), found, f"{field}.markdown") if markdown else ()


def _file(file_id: str, found: Violations, field: str) -> str:
    try:
        return str(UUID(file_id))
    except ValueError:
        found.add(field, "MALFORMED" if file_id else "REQUIRED", "names no file")
        return ""


def _map(given: MapContent, limits: Limits, found: Violations, field: str) -> MapContent:
    place = checked_place(Place(given.center, ""), limits.bounds, found, f"{field}.center")
    center = place.point if place is not None and place.point is not None else given.center
    if not (math.isfinite(given.zoom) and 0 <= given.zoom <= ZOOM_MAX):
        found.add(f"{field}.zoom", "OUT_OF_RANGE", "no such zoom", min="0", max=str(ZOOM_MAX))
    edges = given.bounds
    if edges is not None:
        numbers = (edges.west, edges.south, edges.east, edges.north)
        whole = all(map(math.isfinite, numbers)) and -180 <= edges.west < edges.east <= 180
        if not (whole and -90 <= edges.south < edges.north <= 90):
            found.add(f"{field}.bounds", "MALFORMED", "is no rectangle of degrees")
    return MapContent(center, given.zoom, edges, checked_area(given.area, limits.bounds, found, f"{field}.area"))


def _video(given: GivenVideo, limits: Limits, found: Violations, field: str) -> VideoContent:
    if bool(given.url.strip()) == bool(given.file_id):
        found.add(f"{field}.url", "REQUIRED", "either an address or a file")
    url = checked_video_url(given.url, limits.video_hosts, found, f"{field}.url") if given.url.strip() else ""
    file_id = _file(given.file_id, found, f"{field}.file") if given.file_id else ""
    if not 0 <= given.duration <= SECOND_MAX:
        found.add(f"{field}.duration_seconds", "OUT_OF_RANGE", "no video is that long", min="0", max=str(SECOND_MAX))
    transcript = found.text(given.transcript, f"{field}.transcript", min=0, max=TRANSCRIPT_MAX)
    captions = checked_tracks(given.captions, found, f"{field}.captions")
    if captions and not given.file_id:
        found.add(f"{field}.captions", "UNWANTED", "a page elsewhere has captions of its own")
    return VideoContent(url, file_id, given.duration, transcript, captions)
