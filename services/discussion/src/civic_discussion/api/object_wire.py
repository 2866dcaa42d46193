"""Objects: messages to domain values and back."""

from collections.abc import Iterable, Mapping

from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_pb2, object_pb2
from civic_chassis.kernel import etag
from civic_chassis.kernel.errors import Violation, ViolationReason, invalid
from civic_participation.api.attachments import attachment_message
from civic_participation.api.captions import cues_of
from civic_participation.domain.captions import GivenTrack
from civic_participation.domain.comparing import ComparedSection, Piece, PieceKind, SectionChange
from civic_participation.domain.objects import (
    FileContent,
    Gap,
    Given,
    GivenContent,
    GivenText,
    GivenVideo,
    MapContent,
    ObjectKind,
    TextContent,
    VideoContent,
)
from civic_participation.domain.places import Bounds, Point
from civic_participation.domain.sections import Section, Splitting

from civic_discussion.api.wire import timestamp
from civic_discussion.domain.objects import AnchorState, AnchorTarget, Object

_KINDS = {
    object_pb2.OBJECT_KIND_TEXT: ObjectKind.TEXT,
    object_pb2.OBJECT_KIND_DOCUMENT: ObjectKind.DOCUMENT,
    object_pb2.OBJECT_KIND_IMAGE: ObjectKind.IMAGE,
    object_pb2.OBJECT_KIND_MAP: ObjectKind.MAP,
    object_pb2.OBJECT_KIND_VIDEO: ObjectKind.VIDEO,
}
_KIND_NUMBERS = {kind: number for number, kind in _KINDS.items()}
_SPLITTINGS = {
    object_pb2.SPLITTING_UNSPECIFIED: Splitting.HEADINGS,
    object_pb2.SPLITTING_HEADINGS: Splitting.HEADINGS,
    object_pb2.SPLITTING_PARAGRAPHS: Splitting.PARAGRAPHS,
}
_GAPS = {
    Gap.DESCRIPTION: object_pb2.OBJECT_GAP_DESCRIPTION,
    Gap.TRANSCRIPT: object_pb2.OBJECT_GAP_TRANSCRIPT,
    Gap.CAPTIONS: object_pb2.OBJECT_GAP_CAPTIONS,
}
_CHANGES = {
    SectionChange.SAME: object_pb2.SECTION_CHANGE_SAME,
    SectionChange.ADDED: object_pb2.SECTION_CHANGE_ADDED,
    SectionChange.REMOVED: object_pb2.SECTION_CHANGE_REMOVED,
    SectionChange.CHANGED: object_pb2.SECTION_CHANGE_CHANGED,
}
_PIECES = {
    PieceKind.SAME: object_pb2.PIECE_KIND_SAME,
    PieceKind.ADDED: object_pb2.PIECE_KIND_ADDED,
    PieceKind.REMOVED: object_pb2.PIECE_KIND_REMOVED,
}
_STATES = {
    AnchorState.CURRENT: contribution_pb2.ANCHOR_STATE_CURRENT,
    AnchorState.CHANGED: contribution_pb2.ANCHOR_STATE_CHANGED,
    AnchorState.GONE: contribution_pb2.ANCHOR_STATE_GONE,
}


def given(message: object_pb2.Object) -> Given:
    """Raises INVALID_ARGUMENT where kind and content do not belong together."""
    kind = _KINDS.get(message.kind)
    if kind is None:
        raise invalid(Violation("object.kind", "REQUIRED", "says not what it is"))
    if message.WhichOneof("content") != kind.value:
        raise invalid(Violation(f"object.{kind.value}", "REQUIRED", "the content does not fit the kind"))
    return Given(kind=kind, title=message.title, description=message.description, content=_content_of(kind, message))


def object_message(found: Object, *, staff: bool) -> object_pb2.Object:
    """`staff` reads what a document lacks."""
    made = object_pb2.Object(
        name=f"tenants/{found.tenant}/topics/{found.topic_id}/objects/{found.key}",
        id=found.key,
        topic_id=str(found.topic_id),
        etag=etag.render(found.row_version),
        create_time=timestamp(found.create_time),
        update_time=timestamp(found.update_time),
        kind=_KIND_NUMBERS[found.kind],
        title=found.title,
        description=found.description,
        position=found.position,
        version=found.version,
        present_version=found.present_version,
        versions=[
            object_pb2.ObjectVersion(version=each.version, create_time=timestamp(each.create_time), note=each.note)
            for each in found.versions
        ],
        contribution_count=sum(found.counts.values()),
        gaps=[_GAPS[gap] for gap in found.missing],
        file=attachment_message(found.file, notes=staff) if found.file is not None else None,
    )
    getattr(made, found.kind.value).CopyFrom(_content_message(found))
    return made


def add_target(message: contribution_pb2.Contribution, target: AnchorTarget | None) -> None:
    """Says what the contribution's anchor points at; nothing where it has none."""
    if target is not None:
        message.anchor_target.object_title = target.object_title
        message.anchor_target.section_title = target.section_title
        message.anchor_target.state = _STATES[target.state]
        message.anchor_target.present_version = target.present_version


def compared_message(section: ComparedSection) -> object_pb2.ComparedSection:
    return object_pb2.ComparedSection(
        id=section.id,
        level=section.level,
        change=_CHANGES[section.change],
        title=_piece_messages(section.title),
        text=_piece_messages(section.text),
    )


def _piece_messages(pieces: Iterable[Piece]) -> list[object_pb2.Piece]:
    return [object_pb2.Piece(kind=_PIECES[piece.kind], text=piece.text) for piece in pieces]


def _content_of(kind: ObjectKind, message: object_pb2.Object) -> GivenContent:
    match kind:
        case ObjectKind.TEXT:
            return _text_of(message.text)
        case ObjectKind.DOCUMENT:
            return FileContent(message.document.file_id, message.document.page_count)
        case ObjectKind.IMAGE:
            return FileContent(message.image.file_id)
        case ObjectKind.MAP:
            return _map_of(message.map)
        case ObjectKind.VIDEO:
            video = message.video
            tracks = tuple(GivenTrack(each.language, each.label, cues_of(each.webvtt)) for each in video.captions)
            return GivenVideo(video.url, video.file_id, video.duration_seconds, video.transcript, tracks)


def _text_of(message: object_pb2.TextContent) -> GivenText:
    if message.splitting not in _SPLITTINGS:
        raise invalid(Violation("object.splitting", ViolationReason.MALFORMED, "not a value of its enum"))
    sections = tuple(Section(each.id, each.level, each.title, each.text) for each in message.sections)
    return GivenText(sections, message.markdown, _SPLITTINGS[message.splitting])


def _map_of(message: object_pb2.MapContent) -> MapContent:
    if not message.HasField("center"):
        raise invalid(Violation("object.center", "REQUIRED", "says not where it is"))
    edges = message.bounds
    bounds = Bounds(edges.west, edges.south, edges.east, edges.north) if message.HasField("bounds") else None
    return MapContent(Point(message.center.lat, message.center.lon), message.zoom, bounds, message.area_geojson)


def _content_message(
    found: Object,
) -> object_pb2.TextContent | object_pb2.FileContent | object_pb2.MapContent | object_pb2.VideoContent:
    content = found.content
    match content:
        case TextContent():
            return object_pb2.TextContent(sections=[_section_message(each, found.counts) for each in content.sections])
        case FileContent():
            return object_pb2.FileContent(file_id=content.file_id, page_count=content.page_count)
        case MapContent():
            return _map_message(content)
        case VideoContent():
            return object_pb2.VideoContent(
                url=content.url,
                file_id=content.file_id,
                duration_seconds=content.duration,
                transcript=content.transcript,
                captions=[
                    object_pb2.CaptionTrack(language=each.language, label=each.label, webvtt=each.webvtt)
                    for each in content.captions
                ],
            )


def _section_message(section: Section, counts: Mapping[str, int]) -> object_pb2.Section:
    return object_pb2.Section(
        id=section.id,
        level=section.level,
        title=section.title,
        text=section.text,
        changed_version=section.changed_version,
        contribution_count=counts.get(section.id, 0),
    )


def _map_message(content: MapContent) -> object_pb2.MapContent:
    edges = content.bounds
    return object_pb2.MapContent(
        center=place_pb2.Point(lat=content.center.lat, lon=content.center.lon),
        zoom=content.zoom,
        bounds=object_pb2.MapBounds(west=edges.west, south=edges.south, east=edges.east, north=edges.north)
        if edges
        else None,
        area_geojson=content.area,
    )
