"""Moderation in the JSON API for people: reports of anybody, and what authors are told and object to."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import resource_answer
from civic_gateway.clients import Asker
from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.moderation import render
from civic_gateway.features.moderation.schemas import (
    ObjectionBody,
    ObjectionTaken,
    OwnCaseSchema,
    ReportBody,
    ReportTaken,
)
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.limits import client_of
from civic_gateway.openapi import (
    READING,
    WRITING,
    answers,
    changing,
    for_everybody,
    signed_in,
)

ContributionId = Annotated[str, Path(description="Id of the contribution", json_schema_extra={"format": "uuid"})]
CommentId = Annotated[str, Path(description="Id of the comment", json_schema_extra={"format": "uuid"})]
AttachmentId = Annotated[str, Path(description="Id of the file", json_schema_extra={"format": "uuid"})]

router = APIRouter(prefix="/api/v1/{tenant}", tags=["moderation"])


def _reporting() -> dict[str, Any]:
    return {"responses": answers(ReportTaken, statuses=WRITING), "openapi_extra": for_everybody()}


@router.post("/discussion/contributions/{contribution:id}:report", **_reporting())
async def report_contribution(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: ReportBody
) -> Response:
    """Tells moderators of a contribution; with or without an account, once per person."""
    return await _report(request, tenant, "contribution", contribution, body)


@router.post("/discussion/comments/{comment:id}:report", **_reporting())
async def report_comment(request: Request, tenant: TenantSlug, comment: CommentId, body: ReportBody) -> Response:
    """Tells moderators of a comment; with or without an account, once per person."""
    return await _report(request, tenant, "comment", comment, body)


@router.post("/discussion/attachments/{file:id}:report", **_reporting())
async def report_attachment(request: Request, tenant: TenantSlug, file: AttachmentId, body: ReportBody) -> Response:
    """Tells moderators of a single file; with or without an account, once per person."""
    return await _report(request, tenant, "attachment", file, body)


@router.get(
    "/discussion/contributions/{contribution:id}/moderation",
    responses=answers(OwnCaseSchema, statuses=READING),
    openapi_extra=signed_in(),
)
async def own_contribution(request: Request, tenant: TenantSlug, contribution: ContributionId) -> Response:
    """What the author of a contribution is told about it."""
    return await _own(request, tenant, "contribution", contribution)


@router.get(
    "/discussion/attachments/{file:id}/moderation",
    responses=answers(OwnCaseSchema, statuses=READING),
    openapi_extra=signed_in(),
)
async def own_attachment(request: Request, tenant: TenantSlug, file: AttachmentId) -> Response:
    """What the author of a contribution is told about one of its files."""
    return await _own(request, tenant, "attachment", file)


@router.get(
    "/discussion/comments/{comment:id}/moderation",
    responses=answers(OwnCaseSchema, statuses=READING),
    openapi_extra=signed_in(),
)
async def own_comment(request: Request, tenant: TenantSlug, comment: CommentId) -> Response:
    """What the author of a comment is told about it."""
    return await _own(request, tenant, "comment", comment)


@router.post("/discussion/contributions/{contribution:id}:object", **changing(ObjectionTaken))
async def object_for_contribution(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: ObjectionBody
) -> Response:
    """The author's objection to a hidden contribution; exactly once."""
    return await _object(request, tenant, "contribution", contribution, body)


@router.post("/discussion/comments/{comment:id}:object", **changing(ObjectionTaken))
async def object_for_comment(request: Request, tenant: TenantSlug, comment: CommentId, body: ObjectionBody) -> Response:
    """The author's objection to a hidden comment; exactly once."""
    return await _object(request, tenant, "comment", comment, body)


@router.post("/discussion/attachments/{file:id}:object", **changing(ObjectionTaken))
async def object_for_attachment(
    request: Request, tenant: TenantSlug, file: AttachmentId, body: ObjectionBody
) -> Response:
    """The author's objection to a hidden file; exactly once."""
    return await _object(request, tenant, "attachment", file, body)


async def _report(request: Request, tenant: str, kind: str, text_id: str, body: ReportBody) -> Response:
    repeated = await context_of(request).moderation.report(
        await asker_of(request, tenant),
        "discussion",
        kind,
        text_id,
        reason=body.reason,
        text=body.text,
        client=client_of(request.scope),
    )
    return resource_answer(request, {"repeated": repeated})


async def _own(request: Request, tenant: str, kind: str, text_id: str) -> Response:
    asker = await _person(request, tenant)
    found = await context_of(request).moderation.own_case(asker, "discussion", kind, text_id)
    return resource_answer(request, render.own_case(found))


async def _object(request: Request, tenant: str, kind: str, text_id: str, body: ObjectionBody) -> Response:
    asker = await _person(request, tenant)
    await context_of(request).moderation.object_to(asker, "discussion", kind, text_id, body.text)
    return resource_answer(request, {"objection": body.text})


async def _person(request: Request, tenant: str) -> Asker:
    required_token_of(request)
    return await asker_of(request, tenant)
