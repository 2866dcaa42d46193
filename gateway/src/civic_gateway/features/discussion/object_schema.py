"""Objects of topics in the JSON API: what it takes and shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import orjson
from civic.common.v1 import place_pb2
from civic.discussion.v1 import object_pb2
from civic_chassis.kernel.errors import Violation, invalid
from pydantic import BaseModel, ConfigDict, Field

from civic_gateway.answers import rfc3339
from civic_gateway.features.files.render import attachment
from civic_gateway.features.files.schemas import Attachment
from civic_gateway.validation import Body, Instant

KindName = Literal["text", "document", "image", "map", "video"]
SplittingName = Literal["headings", "paragraphs"]
Int32 = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
Number = Annotated[float, Field(strict=True)]

KINDS: Final[Mapping[int, str]] = {
    object_pb2.OBJECT_KIND_TEXT: "text",
    object_pb2.OBJECT_KIND_DOCUMENT: "document",
    object_pb2.OBJECT_KIND_IMAGE: "image",
    object_pb2.OBJECT_KIND_MAP: "map",
    object_pb2.OBJECT_KIND_VIDEO: "video",
}
KIND_NUMBERS: Final = {name: object_pb2.ObjectKind.ValueType(number) for number, name in KINDS.items()}
GAPS: Final[Mapping[int, str]] = {
    object_pb2.OBJECT_GAP_DESCRIPTION: "description",
    object_pb2.OBJECT_GAP_TRANSCRIPT: "transcript",
}
CHANGES: Final[Mapping[int, str]] = {
    object_pb2.SECTION_CHANGE_SAME: "same",
    object_pb2.SECTION_CHANGE_ADDED: "added",
    object_pb2.SECTION_CHANGE_REMOVED: "removed",
    object_pb2.SECTION_CHANGE_CHANGED: "changed",
}
PIECES: Final[Mapping[int, str]] = {
    object_pb2.PIECE_KIND_SAME: "same",
    object_pb2.PIECE_KIND_ADDED: "added",
    object_pb2.PIECE_KIND_REMOVED: "removed",
}
_SPLITTINGS: Final = {
    "headings": object_pb2.SPLITTING_HEADINGS,
    "paragraphs": object_pb2.SPLITTING_PARAGRAPHS,
}
_TITLE: Final = "Entwurf der Marktsatzung"


class SectionBody(Body):
    """A section of a text."""

    id: str = Field("", description="Id that it keeps; empty for a new one")
    level: Int32 = Field(0, description="Level of its heading, 1 to 6; 0 without one")
    title: str = Field("", description="Heading, at most 300 characters")
    text: str = Field("", description="Markdown, at most 20,000 characters")


class TextBody(Body):
    """A structured text: sections, or Markdown that is divided into sections."""

    markdown: str = Field("", description="At most 300,000 characters")
    splitting: SplittingName = Field("headings", description="Where a section begins")
    sections: list[SectionBody] = Field([], description="In place of markdown: 1 to 500 sections")


class FileBody(Body):
    """A document or an image."""

    file: str = Field(description="Id of the file")
    page_count: Int32 = Field(0, description="Pages of a document; 0 for unknown")


class MapBody(Body):
    """A section of a map."""

    lat: Number = Field(description="Middle, degrees north")
    lon: Number = Field(description="Middle, degrees east")
    zoom: Number = Field(14, description="0 (the world) to 20 (a house)")
    bounds: list[Number] | None = Field(None, description="West, south, east, north in degrees")
    area: dict[str, Any] | None = Field(None, description="GeoJSON with polygons")


class VideoBody(Body):
    """A video: its page, or a file."""

    url: str = Field("", description="https address on an allowed host")
    file: str = Field("", description="Id of the file")
    duration_seconds: Int32 = 0
    transcript: str = Field("", description="Markdown; a topic is published with it alone")


class ObjectPut(Body):
    """An object, complete: the field named like its kind says what it shows."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"kind": "text", "title": _TITLE, "text": {"markdown": "# § 1 Zweck\n\nDer Markt …"}}]
        },
    )

    kind: KindName
    title: str = Field(description="One line, 1 to 200 characters")
    description: str = Field("", description="What is to be seen, for who does not see it; at most 2,000 characters")
    note: str = Field("", description="What is new, for everybody; at most 500 characters")
    text: TextBody | None = None
    document: FileBody | None = None
    image: FileBody | None = None
    map: MapBody | None = None
    video: VideoBody | None = None
    validate_only: bool = Field(False, strict=True, description="Answers what would be stored, and stores nothing")


class Reorder(Body):
    """Another order."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"ids": ["marktsatzung", "plan"]}]}
    )

    ids: list[str] = Field(description="Keys of all objects, each once")


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ObjectVersion(_Shown):
    """A version of what an object shows."""

    version: int = Field(examples=[1])
    create_time: Instant = Field(examples=["2026-11-23T04:37:56.123456Z"])
    note: str = Field(examples=["Erster Entwurf"])


class ObjectShown(_Shown):
    """An object of a topic."""

    id: str = Field(examples=["marktsatzung"], description="Key within the topic")
    topic_id: str = Field(examples=["01935b5e-7c00-7000-8000-000000000001"])
    etag: str = Field(examples=["1"])
    create_time: Instant = Field(examples=["2026-11-23T04:37:56.123456Z"])
    update_time: Instant = Field(examples=["2026-11-23T04:37:56.123456Z"])
    kind: KindName
    title: str = Field(examples=[_TITLE])
    description: str = Field(examples=[""])
    position: int = Field(examples=[0])
    version: int = Field(examples=[1], description="Version that is shown")
    present_version: int = Field(examples=[1])
    versions: list[ObjectVersion] = Field(examples=[[]], description="Oldest first; empty in lists")
    contribution_count: int = Field(examples=[3])
    gaps: list[Literal["description", "transcript"]] = Field(examples=[[]], description="What it needs in public")
    file: Attachment | None = Field(None, description="Its file, as far as it is")
    notes: list[str] = Field([], examples=[["pdf_untagged"]], description="What its document lacks; for staff")
    content: dict[str, Any] = Field(examples=[{"sections": []}], description="What it shows, by its kind")


class ObjectList(_Shown):
    """The objects of a topic in their order."""

    items: list[ObjectShown]
    next_page_token: None = None


class PieceShown(_Shown):
    """A run of words."""

    kind: Literal["same", "added", "removed"]
    text: str = Field(examples=["Von 8 bis 13 Uhr."])


class ComparedSectionShown(_Shown):
    """A section in two versions."""

    id: str = Field(examples=["s1"])
    level: int = Field(examples=[2])
    change: Literal["same", "added", "removed", "changed"]
    title: list[PieceShown]
    text: list[PieceShown]


class ComparisonShown(_Shown):
    """A text in two versions."""

    from_version: int = Field(examples=[1])
    to_version: int = Field(examples=[2])
    sections: list[ComparedSectionShown]


def object_message(body: ObjectPut) -> object_pb2.Object:
    """What staff says, for the service. Raises INVALID_ARGUMENT where a rectangle has not four edges."""
    made = object_pb2.Object(kind=KIND_NUMBERS[body.kind], title=body.title, description=body.description)
    if body.text is not None:
        made.text.markdown, made.text.splitting = body.text.markdown, _SPLITTINGS[body.text.splitting]
        made.text.sections.extend(
            object_pb2.Section(id=each.id, level=each.level, title=each.title, text=each.text)
            for each in body.text.sections
        )
    if body.document is not None:
        made.document.CopyFrom(_file(body.document))
    if body.image is not None:
        made.image.CopyFrom(_file(body.image))
    if body.map is not None:
        made.map.CopyFrom(_map(body.map))
    if body.video is not None:
        made.video.url, made.video.file_id = body.video.url, body.video.file
        made.video.duration_seconds, made.video.transcript = body.video.duration_seconds, body.video.transcript
    return made


def object_shown(message: object_pb2.Object) -> dict[str, Any]:
    """An object as JSON shows it."""
    return {
        "id": message.id,
        "topic_id": message.topic_id,
        "etag": message.etag,
        "create_time": rfc3339(message.create_time),
        "update_time": rfc3339(message.update_time),
        "kind": KINDS[message.kind],
        "title": message.title,
        "description": message.description,
        "position": message.position,
        "version": message.version,
        "present_version": message.present_version,
        "versions": [
            {"version": each.version, "create_time": rfc3339(each.create_time), "note": each.note}
            for each in message.versions
        ],
        "contribution_count": message.contribution_count,
        "gaps": [GAPS[gap] for gap in message.gaps],
        "file": attachment(message.file) if message.HasField("file") else None,
        "notes": list(message.file.notes),
        "content": _content(message),
    }


def comparison_shown(from_version: int, to_version: int, sections: Any) -> dict[str, Any]:
    """Two versions as JSON shows them."""
    return {
        "from_version": from_version,
        "to_version": to_version,
        "sections": [
            {
                "id": each.id,
                "level": each.level,
                "change": CHANGES[each.change],
                "title": [{"kind": PIECES[piece.kind], "text": piece.text} for piece in each.title],
                "text": [{"kind": PIECES[piece.kind], "text": piece.text} for piece in each.text],
            }
            for each in sections
        ],
    }


def _content(message: object_pb2.Object) -> dict[str, Any]:
    match KINDS[message.kind]:
        case "text":
            names = ("id", "level", "title", "text", "changed_version", "contribution_count")
            return {"sections": [{name: getattr(each, name) for name in names} for each in message.text.sections]}
        case "map":
            shown, edges = message.map, message.map.bounds
            return {
                "lat": shown.center.lat,
                "lon": shown.center.lon,
                "zoom": shown.zoom,
                "bounds": [edges.west, edges.south, edges.east, edges.north] if shown.HasField("bounds") else None,
                "area": orjson.loads(shown.area_geojson) if shown.area_geojson else None,
            }
        case "video":
            video = message.video
            return {
                "url": video.url or None,
                "file": video.file_id or None,
                "duration_seconds": video.duration_seconds,
                "transcript": video.transcript,
            }
        case kind:
            content = getattr(message, kind)
            return {"file": content.file_id, "page_count": content.page_count}


def _file(body: FileBody) -> object_pb2.FileContent:
    return object_pb2.FileContent(file_id=body.file, page_count=body.page_count)


def _map(body: MapBody) -> object_pb2.MapContent:
    edges = None
    if body.bounds is not None:
        if len(body.bounds) != 4:
            raise invalid(Violation("map.bounds", "MALFORMED", "a rectangle has four edges"))
        west, south, east, north = body.bounds
        edges = object_pb2.MapBounds(west=west, south=south, east=east, north=north)
    return object_pb2.MapContent(
        center=place_pb2.Point(lat=body.lat, lon=body.lon),
        zoom=body.zoom,
        bounds=edges,
        area_geojson=orjson.dumps(body.area).decode() if body.area is not None else "",
    )
