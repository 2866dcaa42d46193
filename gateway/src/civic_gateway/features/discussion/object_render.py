"""Objects of topics: bodies to messages, messages to what the JSON API shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from civic.common.v1 import place_pb2
from civic.discussion.v1 import object_pb2
from civic_chassis.kernel.errors import Violation, invalid

from civic_gateway.answers import rfc3339
from civic_gateway.features.discussion.object_schema import FileBody, MapBody, ObjectPut
from civic_gateway.features.files.render import attachment

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
    object_pb2.OBJECT_GAP_CAPTIONS: "captions",
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
        made.video.captions.extend(
            object_pb2.CaptionTrack(language=each.language, label=each.label, webvtt=each.webvtt)
            for each in body.video.captions
        )
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
                "captions": [
                    {"language": each.language, "label": each.label, "webvtt": each.webvtt} for each in video.captions
                ],
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
