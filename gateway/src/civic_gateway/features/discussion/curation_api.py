"""Dialoge in the JSON API: what becomes of contributions and topics."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import idempotency_key, if_match, keep, resource_answer
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion import render
from civic_gateway.features.discussion.api import TopicId
from civic_gateway.features.discussion.contribution_schema import (
    AnswerPost,
    Contribution,
    Merge,
    Move,
    SimilarPage,
    Split,
    Versions,
)
from civic_gateway.features.discussion.curation_calls import AnswerState
from civic_gateway.features.discussion.curation_calls import Contribution as Message
from civic_gateway.features.discussion.events import contribution_tag
from civic_gateway.features.discussion.topic_schema import OutcomePut, Topic
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.openapi import IF_MATCH, changing, creating, reading
from civic_gateway.problems import language_of

_ANSWERS: Final = {name: AnswerState.ValueType(value) for value, name in render.ANSWERS.items()}

ContributionId = Annotated[str, Path(description="Id of the contribution", json_schema_extra={"format": "uuid"})]
Typed = Annotated[str, Query(description="What was typed so far", json_schema_extra={"maxLength": 500})]

router = APIRouter(prefix="/api/v1/{tenant}/discussion", tags=["discussion"])


@router.get("/topics/{topic:id}/similar", **reading(SimilarPage))
async def find_similar(request: Request, tenant: TenantSlug, topic: TopicId, text: Typed = "") -> Response:
    """Public contributions of the topic that say something similar, the most similar first."""
    found = await context_of(request).curation.similar(await asker_of(request, tenant), topic, text)
    return resource_answer(request, {"items": [render.similar(each) for each in found]})


@router.put("/topics/{topic:id}/outcome", **changing(Topic, IF_MATCH))
async def publish_outcome(request: Request, tenant: TenantSlug, topic: TopicId, body: OutcomePut) -> Response:
    """Publishes what became of an ended topic. A topic without stays out of the archive."""
    told = await context_of(request).curation.publish_outcome(
        await asker_of(request, tenant), topic, body.texts, etag=if_match(request)
    )
    return resource_answer(request, render.topic(told, language_of(request), full=True))


@router.get("/contributions/{contribution:id}/versions", **reading(Versions))
async def list_versions(request: Request, tenant: TenantSlug, contribution: ContributionId) -> Response:
    """All versions with their fingerprints, and where the contribution comes from."""
    found = await context_of(request).curation.versions(await asker_of(request, tenant), contribution)
    keep(request, contribution_tag(contribution), tenant_tag(tenant))
    shown: dict[str, Any] = {
        "items": [render.version(each) for each in found.versions],
        "origins": [render.origin(each) for each in found.origins],
    }
    return resource_answer(request, shown)


@router.post("/contributions/{contribution:id}:withdraw", **changing(Contribution))
async def withdraw_contribution(request: Request, tenant: TenantSlug, contribution: ContributionId) -> Response:
    """Takes an own contribution back while its topic is active."""
    found = await context_of(request).curation.withdraw(await asker_of(request, tenant), contribution)
    return _shown(request, found)


@router.post("/contributions/{contribution:id}:answer", **changing(Contribution))
async def answer_contribution(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: AnswerPost
) -> Response:
    """Gives the official answer, or replaces it. For admins and editors of the tenant."""
    found = await context_of(request).curation.answer(
        await asker_of(request, tenant), contribution, state=_ANSWERS[body.state], text=body.text
    )
    return _shown(request, found)


@router.post("/contributions/{contribution:id}:merge", **changing(Contribution))
async def merge_contributions(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: Merge
) -> Response:
    """Lets other contributions of the topic go into this one. For admins and moderators of the tenant."""
    found = await context_of(request).curation.merge(await asker_of(request, tenant), contribution, body.sources)
    return _shown(request, found)


@router.post("/contributions/{contribution:id}:split", **creating(Contribution))
async def split_contribution(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: Split
) -> Response:
    """Makes a part a contribution of its own, by the same author. For admins and moderators of the tenant."""
    part = await context_of(request).curation.split(
        await asker_of(request, tenant),
        contribution,
        title=body.title,
        text=body.text,
        request_id=idempotency_key(request),
    )
    return _shown(request, part, made_in=tenant)


@router.post("/contributions/{contribution:id}:move", **changing(Contribution))
async def move_contribution(request: Request, tenant: TenantSlug, contribution: ContributionId, body: Move) -> Response:
    """Moves it with comments and ratings to another topic. For admins and moderators of the tenant."""
    found = await context_of(request).curation.move(await asker_of(request, tenant), contribution, body.topic_id)
    return _shown(request, found)


def _shown(request: Request, found: Message, *, made_in: str = "") -> Response:
    """The contribution as it stands now; what was made in a tenant says where it is."""
    shown = render.contribution(found)
    if not made_in:
        return resource_answer(request, shown)
    location = f"/api/v1/{made_in}/discussion/contributions/{found.id}"
    return resource_answer(request, shown, status=201, location=location)
