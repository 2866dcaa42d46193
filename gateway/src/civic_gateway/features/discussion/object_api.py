"""Dialoge in the JSON API: what a topic is opened on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import if_match, keep, list_answer, resource_answer
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.api import TopicId
from civic_gateway.features.discussion.events import topic_tag
from civic_gateway.features.discussion.object_calls import Object
from civic_gateway.features.discussion.object_render import comparison_shown, object_message, object_shown
from civic_gateway.features.discussion.object_schema import ComparisonShown, ObjectList, ObjectPut, ObjectShown, Reorder
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.openapi import IF_MATCH, READING, WRITING, changing, for_everybody, problems, reading, signed_in

ObjectKey = Annotated[str, Path(description="Key of the object", json_schema_extra={"maxLength": 40})]
VersionNumber = Annotated[int, Query(ge=0, le=2**31 - 1, description="Version; 0 for the present one")]
EarlierNumber = Annotated[int, Query(ge=0, le=2**31 - 1, description="Version; 0 for the one before the other")]

CaptionLanguage = Annotated[
    str, Path(description="Code of the language", json_schema_extra={"pattern": "^[a-z]{2,3}(-[A-Z]{2})?$"})
]

router = APIRouter(prefix="/api/v1/{tenant}/discussion/topics/{topic:id}", tags=["discussion"])


@router.get("/objects", **reading(ObjectList))
async def list_objects(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """What the topic is opened on, in its order, without texts."""
    found = await context_of(request).objects.list(await asker_of(request, tenant), topic)
    keep(request, topic_tag(topic), tenant_tag(tenant))
    return _listed(request, found)


@router.get("/objects/{object}", **reading(ObjectShown))
async def get_object(
    request: Request, tenant: TenantSlug, topic: TopicId, object: ObjectKey, version: VersionNumber = 0
) -> Response:
    """One object with all that it shows, in its present or an earlier version."""
    found = await context_of(request).objects.get(await asker_of(request, tenant), topic, object, version=version)
    keep(request, topic_tag(topic), tenant_tag(tenant))
    return resource_answer(request, object_shown(found))


@router.get("/objects/{object}/comparison", **reading(ComparisonShown))
async def compare_object(
    request: Request,
    tenant: TenantSlug,
    topic: TopicId,
    object: ObjectKey,
    from_version: EarlierNumber = 0,
    to_version: VersionNumber = 0,
) -> Response:
    """What changed in a structured text, section by section and word by word."""
    found = await context_of(request).objects.compare(
        await asker_of(request, tenant), topic, object, from_version=from_version, to_version=to_version
    )
    keep(request, topic_tag(topic), tenant_tag(tenant))
    return resource_answer(request, comparison_shown(found.from_version, found.object.version, found.sections))


@router.get(
    "/objects/{object}/captions/{language:id}",
    responses={200: {"description": "The captions", "content": {"text/vtt": {}}}, **problems(READING)},
    response_class=Response,
    openapi_extra=for_everybody(),
)
async def get_captions(
    request: Request,
    tenant: TenantSlug,
    topic: TopicId,
    object: ObjectKey,
    language: CaptionLanguage,
    version: VersionNumber = 0,
) -> Response:
    """The captions of a video in one language, as a WebVTT file."""
    found = await context_of(request).objects.get(await asker_of(request, tenant), topic, object, version=version)
    captions = next((each.webvtt for each in found.video.captions if each.language == language), None)
    if captions is None:
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no captions in this language")
    keep(request, topic_tag(topic), tenant_tag(tenant))
    return Response(captions, headers={"cache-control": "no-cache"}, media_type="text/vtt")


@router.put("/objects/{object}", **changing(ObjectShown, IF_MATCH))
async def put_object(
    request: Request, tenant: TenantSlug, topic: TopicId, object: ObjectKey, body: ObjectPut
) -> Response:
    """Adds an object under its key, or changes it with If-Match. For admins and editors of the tenant."""
    stored = await context_of(request).objects.put(
        await asker_of(request, tenant),
        topic,
        object,
        object_message(body),
        etag=if_match(request),
        note=body.note,
        validate_only=body.validate_only,
    )
    return resource_answer(request, object_shown(stored))


@router.delete(
    "/objects/{object}",
    status_code=204,
    responses={204: {"description": "It is gone"}, **problems(WRITING)},
    openapi_extra=signed_in(IF_MATCH),
)
async def delete_object(request: Request, tenant: TenantSlug, topic: TopicId, object: ObjectKey) -> Response:
    """Takes an object away that no contribution is about."""
    await context_of(request).objects.delete(await asker_of(request, tenant), topic, object, etag=if_match(request))
    return Response(status_code=204)


@router.post("/objects:reorder", **changing(ObjectList))
async def reorder_objects(request: Request, tenant: TenantSlug, topic: TopicId, body: Reorder) -> Response:
    """Puts the objects into another order."""
    found = await context_of(request).objects.reorder(await asker_of(request, tenant), topic, body.ids)
    return _listed(request, found)


def _listed(request: Request, found: Sequence[Object]) -> Response:
    return list_answer(request, orjson.dumps([object_shown(each) for each in found]), "")
