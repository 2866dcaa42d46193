"""Exports and statistics in the JSON API."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, Final

from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import keep, resource_answer
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.api import TopicId
from civic_gateway.features.discussion.events import topic_tag, topics_tag
from civic_gateway.features.exports import render, sending
from civic_gateway.features.exports.calls import is_much
from civic_gateway.features.exports.export import Export
from civic_gateway.features.exports.schemas import ExportProgress, Scope, TenantStatistics, TopicStatistics
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.openapi import READING, for_everybody, problems, reading

_PROGRESS: Final = re.compile(r"[a-zA-Z0-9-]{16,64}")
_KEY_SCHEMA: Final = {"pattern": f"^({_PROGRESS.pattern})?$"}
ProgressKey = Annotated[
    str, Query(description="A word of the client's own, to ask for the progress by", json_schema_extra=_KEY_SCHEMA)
]
ProgressName = Annotated[str, Path(description="The word that the export was asked for with")]
ScopeName = Annotated[Scope, Query(description="public: what everybody gets, for staff too")]

router = APIRouter(prefix="/api/v1/{tenant}/discussion", tags=["discussion"])


def _file(form: str) -> dict[str, Any]:
    schema = {"type": "object"} if form == "json" else {"type": "string", "format": "binary"}
    media_type = sending.WRITERS[form][1].partition(";")[0]
    rows = {"description": "Rows that follow, about", "schema": {"type": "integer"}}
    return {
        "responses": {
            200: {
                "description": "The file",
                "content": {media_type: {"schema": schema}},
                "headers": {"X-Civic-Rows": rows},
            },
            # Never 304: a file of its own moment.
            **problems((*READING,)),
        },
        "response_class": Response,
        "openapi_extra": for_everybody(),
    }


@router.get("/topics/{topic:id}/export.csv", **_file("csv"))
async def export_csv(request: Request, tenant: TenantSlug, topic: TopicId, scope: ScopeName = "all") -> Response:
    """Contributions and comments as CSV: UTF-8, semicolons. Staff of the tenant gets what is not public too."""
    return await _export(request, tenant, topic, scope, "csv")


@router.get("/topics/{topic:id}/export.xlsx", **_file("xlsx"))
async def export_xlsx(
    request: Request, tenant: TenantSlug, topic: TopicId, scope: ScopeName = "all", progress: ProgressKey = ""
) -> Response:
    """The same as a workbook; its second sheet explains the columns in the language of the request."""
    return await _export(request, tenant, topic, scope, "xlsx", progress)


@router.get("/topics/{topic:id}/export.json", **_file("json"))
async def export_json(request: Request, tenant: TenantSlug, topic: TopicId, scope: ScopeName = "all") -> Response:
    """The same as JSON, with the topic itself."""
    return await _export(request, tenant, topic, scope, "json")


@router.get("/topics/{topic:id}/export.zip", **_file("zip"))
async def export_zip(
    request: Request, tenant: TenantSlug, topic: TopicId, scope: ScopeName = "all", progress: ProgressKey = ""
) -> Response:
    """CSV, JSON and the files of the contributions in one file, with what the columns mean."""
    return await _export(request, tenant, topic, scope, "zip", progress)


@router.get("/export-progress/{progress}", **reading(ExportProgress))
async def export_progress(request: Request, tenant: TenantSlug, progress: ProgressName) -> Response:
    """How far an export is, whichever gateway writes it; 404 before it begins and when it is done."""
    found = await context_of(request).exports.progress.find(progress) if _PROGRESS.fullmatch(progress) else None
    if found is None:
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such export is being written")
    return resource_answer(request, {"rows": min(found.rows, found.total), "total": found.total})


@router.get("/topics/{topic:id}/statistics", **reading(TopicStatistics))
async def topic_statistics(request: Request, tenant: TenantSlug, topic: TopicId, scope: ScopeName = "all") -> Response:
    """Numbers of a topic. Small figures about persons are for staff of the tenant alone."""
    asker = await asker_of(request, tenant)
    found = await context_of(request).exports.calls.topic_statistics(asker, topic, public_only=scope == "public")
    # Of a large topic the numbers are up to CIVIC_CACHE_SECONDS old.
    keep(request, tenant_tag(tenant), *(() if is_much(found.statistics.totals) else (topic_tag(topic),)))
    shown = {"topic_id": topic, **render.statistics(found.statistics)}
    return resource_answer(request, shown | {"categories": render.categories(found.categories)})


@router.get("/statistics", **reading(TenantStatistics))
async def tenant_statistics(request: Request, tenant: TenantSlug, scope: ScopeName = "all") -> Response:
    """Numbers of all published topics of the tenant."""
    asker = await asker_of(request, tenant)
    found = await context_of(request).exports.calls.tenant_statistics(asker, public_only=scope == "public")
    keep(request, tenant_tag(tenant), *(() if is_much(found.statistics.totals) else (topics_tag(tenant),)))
    shown = {"tenant": tenant, "topic_count": found.topic_count, **render.statistics(found.statistics)}
    return resource_answer(request, shown)


async def _export(
    request: Request, tenant: str, topic_id: str, scope: Scope, form: str, progress: str = ""
) -> Response:
    if progress and not _PROGRESS.fullmatch(progress):
        raise invalid(Violation("progress", "MALFORMED", "not 16 to 64 of a-z, A-Z, 0-9 and hyphens"))
    context = context_of(request)
    asker = await asker_of(request, tenant)
    topic, first = await asyncio.gather(
        context.topics.get_topic(asker, topic_id),
        context.exports.calls.first_page(asker, topic_id, public_only=scope == "public"),
    )
    export = Export(
        calls=context.exports.calls,
        asker=asker,
        topic=topic,
        first=first,
        words=context.renderer.words(request),
        public_url=context.settings.public_url,
        objects=context.files.objects,
    )
    return sending.send(request, context.exports, export, form, key=progress)
