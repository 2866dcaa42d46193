"""Objects of topics as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_pb2, object_pb2
from starlette.requests import Request

from civic_gateway.features.discussion.contribution_calls import Contribution, Only
from civic_gateway.features.discussion.object_render import CHANGES, GAPS, KINDS, PIECES
from civic_gateway.features.discussion.pictures import percent_text, with_point
from civic_gateway.features.discussion.views import moment
from civic_gateway.features.files.views import FileView, file_view
from civic_gateway.web.addresses import with_query
from civic_gateway.web.i18n import Words

_LOWEST_HEADING = 6
_STATES = {
    contribution_pb2.ANCHOR_STATE_CURRENT: "current",
    contribution_pb2.ANCHOR_STATE_CHANGED: "changed",
    contribution_pb2.ANCHOR_STATE_GONE: "gone",
}


def map_view(shown: object_pb2.MapContent) -> str:
    """What the script that draws the map needs, as JSON: its middle, its section, the plan area."""
    bounds = shown.bounds
    edges = [bounds.west, bounds.south, bounds.east, bounds.north] if shown.HasField("bounds") else None
    area = orjson.loads(shown.area_geojson) if shown.area_geojson else None
    middle = {"lat": shown.center.lat, "lon": shown.center.lon, "zoom": shown.zoom}
    return orjson.dumps({**middle, "bounds": edges, "area": area}).decode()


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with its place among the headings of the page, and the ways to what is written about it."""

    id: str
    heading: int
    title: str
    text: str
    count: int
    changed: bool
    read_path: str
    write_path: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version in the list of versions."""

    number: int
    when: str
    note: str
    path: str
    changes_path: str


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object in a list or on its own page."""

    key: str
    kind: str
    title: str
    description: str
    path: str
    count: int
    version: int
    is_present: bool
    etag: str
    gaps: tuple[str, ...]
    read_path: str
    write_path: str
    sections: tuple[SectionView, ...] = ()
    versions: tuple[VersionView, ...] = ()
    file: FileView | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AboutView:
    """What a contribution is about: in words, with a way back."""

    title: str
    section: str
    page: int
    second: int | None
    state: str
    path: str
    point: tuple[str, str] | None = None


def object_view(words: Words, shown: object_pb2.Object, topic: str) -> ObjectView:
    """An object below the address of its topic."""
    path = f"{topic}/unterlagen/{shown.id}"
    present = shown.version == shown.present_version
    return ObjectView(
        key=shown.id,
        kind=KINDS[shown.kind],
        title=shown.title,
        description=shown.description,
        path=path,
        count=shown.contribution_count,
        version=shown.version,
        is_present=present,
        etag=shown.etag,
        gaps=tuple(GAPS[gap] for gap in shown.gaps),
        read_path=with_query(topic, unterlage=shown.id) + "#beitraege",
        write_path=with_query(f"{topic}/beitraege/neu", unterlage=shown.id),
        sections=_sections(shown, topic),
        versions=tuple(
            VersionView(
                number=each.version,
                when=words.instant(moment(each.create_time)),
                note=each.note,
                path=with_query(path, fassung=str(each.version) if each.version != shown.present_version else ""),
                changes_path=with_query(f"{path}/aenderungen", bis=str(each.version)) if place else "",
            )
            for place, each in enumerate(shown.versions)
        ),
        file=file_view(words, shown.file) if shown.HasField("file") else None,
        notes=tuple(words.text(f"files.gaps.note.{note}") for note in shown.file.notes),
    )


@dataclass(frozen=True, slots=True)
class TrackView:
    """Captions as a player finds them."""

    language: str
    label: str
    address: str


def track_views(shown: object_pb2.Object, tenant: str) -> list[TrackView]:
    """The captions of a video, in their order."""
    path = f"/api/v1/{tenant}/discussion/topics/{shown.topic_id}/objects/{shown.id}/captions"
    version = str(shown.version) if shown.version != shown.present_version else ""
    return [
        TrackView(each.language, each.label, with_query(f"{path}/{each.language}", version=version))
        for each in shown.video.captions
    ]


def about_view(contribution: Contribution, topic: str, language: str) -> AboutView | None:
    """What a contribution is about; None for the topic as a whole."""
    if not contribution.HasField("anchor"):
        return None
    anchor, target = contribution.anchor, contribution.anchor_target
    state = _STATES.get(target.state, "gone")
    path = f"{topic}/unterlagen/{anchor.object_id}"
    if state != "current":
        path = with_query(path, fassung=str(anchor.version)) if target.present_version != anchor.version else path
    return AboutView(
        title=target.object_title or anchor.object_id,
        section=target.section_title,
        page=anchor.page,
        second=anchor.second if anchor.HasField("second") else None,
        state=state,
        path=f"{path}#{anchor.section}" if anchor.section else path,
        point=(percent_text(anchor.x, language), percent_text(anchor.y, language)) if anchor.HasField("x") else None,
    )


def anchor_of(values: Mapping[str, str]) -> place_pb2.Anchor | None:
    """The hidden fields of the form; what is no number is left to the service to refuse."""
    if not values.get("object"):
        return None
    second, page = values.get("second", ""), values.get("page", "")
    made = place_pb2.Anchor(
        object_id=values["object"],
        section=values.get("section", ""),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 0,
        second=int(second) if second.isascii() and second.isdigit() and len(second) < 7 else None,
    )
    return with_point(made, values)


def only_of(request: Request) -> Only:
    """Which contributions the address asks for."""
    asked = request.query_params
    return Only(
        category=asked.get("kategorie", ""),
        label=asked.get("schlagwort", ""),
        object_id=asked.get("unterlage", ""),
        section=asked.get("abschnitt", "") if asked.get("unterlage") else "",
    )


def query_of(only: Only) -> dict[str, str]:
    """The same for addresses; what is empty is left out by whoever makes one."""
    return {
        "kategorie": only.category,
        "schlagwort": only.label,
        "unterlage": only.object_id,
        "abschnitt": only.section,
    }


def section_of(objects: Sequence[ObjectView], key: str, section: str) -> str:
    """What a list or a form is about, in words; empty where there is no such object."""
    found = next((each for each in objects if each.key == key), None)
    if found is None:
        return ""
    title = next((each.title for each in found.sections if each.id == section), "")
    return f"{found.title}, {title or section}" if section else found.title


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A section that changed: runs of words with which version has them."""

    id: str
    change: str
    title: tuple[tuple[str, str], ...]
    text: tuple[tuple[str, str], ...]


def change_views(sections: Sequence[object_pb2.ComparedSection]) -> list[ChangeView]:
    """What differs between two versions; sections that say the same are left out."""
    return [
        ChangeView(section.id, CHANGES[section.change], _runs(section.title), _runs(section.text))
        for section in sections
        if section.change != object_pb2.SECTION_CHANGE_SAME
    ]


def _runs(pieces: Sequence[object_pb2.Piece]) -> tuple[tuple[str, str], ...]:
    return tuple((PIECES[piece.kind], piece.text) for piece in pieces)


def _sections(shown: object_pb2.Object, topic: str) -> tuple[SectionView, ...]:
    highest = min((section.level for section in shown.text.sections if section.level), default=1)
    return tuple(
        SectionView(
            id=section.id,
            heading=min(section.level - highest + 2, _LOWEST_HEADING) if section.level else 0,
            title=section.title,
            text=section.text,
            count=section.contribution_count,
            changed=section.changed_version == shown.version and shown.version > 1,
            read_path=with_query(topic, unterlage=shown.id, abschnitt=section.id) + "#beitraege",
            write_path=with_query(f"{topic}/beitraege/neu", unterlage=shown.id, abschnitt=section.id),
        )
        for section in shown.text.sections
    )
