"""What a Dialog is opened on, for staff: the list with its order, and one form for each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from civic.discussion.v1 import object_pb2
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.caption_forms import (
    CAPTION_LABELS,
    CAPTION_NAMES,
    track_count,
    tracks_of,
    values_of_tracks,
    with_files,
)
from civic_gateway.features.discussion.loading import load_topic
from civic_gateway.features.discussion.object_calls import Object
from civic_gateway.features.discussion.object_render import KIND_NUMBERS, KINDS
from civic_gateway.features.discussion.object_views import object_view
from civic_gateway.features.discussion.staff_access import EDITORS, staff_only
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import staff_path, topic_path
from civic_gateway.features.files.forms import files_in, ids_of, problem_of, read_form_with_files
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.web.addresses import slug_of, with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.queries import choice
from civic_gateway.web.sending import described, redirect, shown_again

_OFFERED: Final = ("text", "document", "image", "map", "video")
_KEY: Final = 40
_NAMES: Final = {"center.lat": "lat", "center.lon": "lon"}


@staff_only(*EDITORS)
async def objects(request: Request) -> Response:
    """The objects in their order, what each lacks, and ways to add one."""
    topic, tenant = await load_topic(request)
    return await _list(request, tenant, topic, Form())


@staff_only(*EDITORS)
async def change_objects(request: Request) -> Response:
    """Moves an object up, or takes it away."""
    values = await read_form(request)
    calls, (topic, tenant) = context_of(request).objects, await load_topic(request)
    asker = await asker_of(request, topic.tenant)
    try:
        if "delete" in values:
            await calls.delete(asker, topic.id, values["delete"])
        elif "up" in values:
            keys = [each.id for each in await calls.list(asker, topic.id)]
            place = keys.index(values["up"]) if values["up"] in keys else 0
            if place:
                keys[place - 1], keys[place] = keys[place], keys[place - 1]
                await calls.reorder(asker, topic.id, keys)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        return await _list(request, tenant, topic, Form({}, problem), status=problem.status)
    return redirect(f"{staff_path(topic)}/unterlagen")


@staff_only(*EDITORS)
async def edit(request: Request) -> Response:
    """The form of one object: empty for a new one, or as it stands."""
    topic, tenant = await load_topic(request)
    key = request.path_params.get("object", "")
    if not key:
        kind = choice(request, "art", _OFFERED) or _OFFERED[0]
        return await _form(request, tenant, topic, Form({"kind": kind, "zoom": "15", "splitting": "headings"}))
    found = await context_of(request).objects.get(await asker_of(request, topic.tenant), topic.id, key)
    return await _form(request, tenant, topic, Form(_values_of(found)), present=found)


@staff_only(*EDITORS)
async def save(request: Request) -> Response:
    """Stores an object, or shows what would be stored."""
    sent = await read_form_with_files(request, request.path_params["tenant"], of_objects=True)
    values = with_files(sent.values | _newest(sent.values))
    topic, tenant = await load_topic(request)
    if sent.refused:
        problem = problem_of(request, context_of(request).renderer.words(request), sent.refused)
        return await _form(request, tenant, topic, Form(values, problem), status=problem.status)
    asker = await asker_of(request, topic.tenant)
    key = request.path_params.get("object", "") or slug_of(values.get("title", ""))[:_KEY].strip("-") or "unterlage"
    preview = values.get("action") == "preview"
    try:
        stored = await context_of(request).objects.put(
            asker,
            topic.id,
            key,
            _message_of(values),
            etag=values.get("etag", ""),
            note=values.get("note", ""),
            validate_only=preview,
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, names=_NAMES | CAPTION_NAMES, labels=CAPTION_LABELS)
        return await _form(request, tenant, topic, Form(values, problem), status=problem.status)
    if preview:
        return await _form(request, tenant, topic, Form(values), preview=stored)
    return redirect(with_query(f"{staff_path(topic)}/unterlagen", gespeichert="1"))


async def _list(request: Request, tenant: Tenant, topic: Topic, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    found = await context.objects.list(await asker_of(request, topic.tenant), topic.id)
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "staff_objects.html",
        tenant=tenant,
        status=status,
        form=form,
        topic=topic,
        path=staff_path(topic),
        objects=[object_view(words, each, topic_path(topic)) for each in found],
        kinds=_OFFERED,
        saved=request.query_params.get("gespeichert") == "1",
    )


async def _form(
    request: Request,
    tenant: Tenant,
    topic: Topic,
    form: Form,
    *,
    present: Object | None = None,
    preview: Object | None = None,
    status: int = 200,
) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    key = request.path_params.get("object", "")
    shown = preview or present
    attached = [shown.file] if shown is not None and shown.HasField("file") else []
    files = await files_in(request, topic.tenant, form.values, words, attached)
    return await context.renderer.page(
        request,
        "staff_object.html",
        tenant=tenant,
        status=status,
        form=form,
        topic=topic,
        path=staff_path(topic),
        action=f"{staff_path(topic)}/unterlagen/{key or 'neu'}",
        kind=form.value("kind"),
        heading=present.title if present is not None else form.value("title"),
        preview=object_view(words, preview, topic_path(topic)) if preview is not None else None,
        file=files[0] if files else None,
        video_megabytes=context.settings.max_video_bytes // 1024 // 1024,
        tracks=range(1, track_count(form.values) + 1),
        notes=[words.text(f"files.gaps.note.{note}") for note in shown.file.notes] if shown is not None else [],
    )


def _newest(values: Mapping[str, str]) -> dict[str, str]:
    """The file that was chosen last stands in place of the one before."""
    files = ids_of(values)
    return {"file_1": files[-1]} if files else {}


def _values_of(shown: Object) -> dict[str, str]:
    """The object as the form shows it."""
    values: dict[str, str] = {"kind": KINDS[shown.kind], "title": shown.title, "description": shown.description}
    values["etag"] = shown.etag
    match values["kind"]:
        case "text":
            sections = shown.text.sections
            values["markdown"] = "\n\n".join(_markdown(section) for section in sections)
            split = any(not section.title for section in list(sections)[1:])
            values["splitting"] = "paragraphs" if split else "headings"
        case "document":
            values |= {"file_1": shown.document.file_id, "page_count": str(shown.document.page_count or "")}
        case "image":
            values["file_1"] = shown.image.file_id
        case "map":
            center = shown.map.center
            values |= {"lat": f"{center.lat:g}", "lon": f"{center.lon:g}", "zoom": f"{shown.map.zoom:g}"}
            values["area"] = shown.map.area_geojson
        case "video":
            values |= {"url": shown.video.url, "transcript": shown.video.transcript}
            values["duration_seconds"] = str(shown.video.duration_seconds or "")
            values |= {"file_1": shown.video.file_id, **values_of_tracks(shown.video.captions)}
    return values


def _message_of(values: Mapping[str, str]) -> Object:
    kind = values.get("kind", "")
    if kind not in _OFFERED:
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such kind")
    made = object_pb2.Object(
        kind=KIND_NUMBERS[kind], title=values.get("title", ""), description=values.get("description", "")
    )
    match kind:
        case "text":
            made.text.markdown = values.get("markdown", "")
            paragraphs = values.get("splitting") == "paragraphs"
            made.text.splitting = object_pb2.SPLITTING_PARAGRAPHS if paragraphs else object_pb2.SPLITTING_HEADINGS
        case "document":
            made.document.file_id = values.get("file_1", "")
            made.document.page_count = int(min(max(_number(values, "page_count"), -1), 10**6))
        case "image":
            made.image.file_id = values.get("file_1", "")
        case "map":
            made.map.center.lat, made.map.center.lon = _number(values, "lat"), _number(values, "lon")
            made.map.zoom, made.map.area_geojson = _number(values, "zoom"), values.get("area", "")
        case _:
            made.video.url, made.video.transcript = values.get("url", ""), values.get("transcript", "")
            made.video.duration_seconds = int(min(max(_number(values, "duration_seconds"), -1), 10**6))
            # A page elsewhere stands in place of a file.
            made.video.file_id = "" if made.video.url.strip() else values.get("file_1", "")
            made.video.captions.extend(tracks_of(values) if made.video.file_id else [])
    return made


def _number(values: Mapping[str, str], name: str) -> float:
    """With a comma or a point; 0 for nothing, and what is no number is refused by the service as out of range."""
    text = values.get(name, "").strip().replace(",", ".")
    try:
        number = float(text or 0)
    except ValueError:
        return -1.0
    return number if abs(number) < 10**6 else -1.0


def _markdown(section: Any) -> str:
    head = f"{'#' * section.level} {section.title}" if section.title else ""
    return "\n\n".join(part for part in (head, section.text) if part)


_OBJECTS: Final = "/{tenant}/verwaltung/dialoge/{topic}/unterlagen"

routes: Final[Sequence[BaseRoute]] = (
    Route(_OBJECTS, objects, methods=["GET"]),
    Route(_OBJECTS, change_objects, methods=["POST"]),
    Route(f"{_OBJECTS}/neu", edit, methods=["GET"]),
    Route(f"{_OBJECTS}/neu", save, methods=["POST"]),
    Route(f"{_OBJECTS}/{{object}}", edit, methods=["GET"]),
    Route(f"{_OBJECTS}/{{object}}", save, methods=["POST"]),
)
