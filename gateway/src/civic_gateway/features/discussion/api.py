"""Dialoge in the JSON API: topics, and how staff changes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import idempotency_key, if_match, keep, list_answer, resource_answer
from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion import drafts as merging
from civic_gateway.features.discussion import render, topic_calls
from civic_gateway.features.discussion.events import STATE_TOPICS, next_change, topic_tag, topics_tag
from civic_gateway.features.discussion.topic_calls import Phase
from civic_gateway.features.discussion.topic_schema import (
    PhaseName,
    Topic,
    TopicChange,
    TopicCreate,
    TopicEnd,
    TopicExtend,
    TopicPage,
)
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.features.tenants.events import TENANTS, tenant_tag
from civic_gateway.openapi import IF_MATCH, IF_MATCH_REQUIRED, changing, creating, reading
from civic_gateway.problems import language_of
from civic_gateway.validation import DEFAULT_PAGE_SIZE, PageSize, PageToken

_PHASES: Final = {name: value for value, name in render.PHASES.items()}

TopicId = Annotated[str, Path(description="Id of the topic", json_schema_extra={"format": "uuid"})]
PhaseFilter = Annotated[PhaseName | None, Query(description="Only topics in this phase")]
Words = Annotated[str, Query(description="Words that title, teaser or text hold", json_schema_extra={"maxLength": 200})]

router = APIRouter(prefix="/api/v1/{tenant}/discussion", tags=["discussion"])
state_router = APIRouter(prefix="/api/v1")


@state_router.get("/topics", tags=["discussion"], **reading(TopicPage))
async def list_state_topics(
    request: Request,
    phase: PhaseFilter = None,
    tenant: Annotated[str, Query(description="Only topics of this tenant", json_schema_extra={"maxLength": 40})] = "",
    q: Words = "",
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Published topics of all tenants: active ones first, soonest end first."""
    answer = await context_of(request).topics.list_state_topics(
        page=Page(page_size, page_token), phase=_phase(phase), query=q, tenant=tenant
    )
    keep(request, STATE_TOPICS, TENANTS, until=next_change(answer.topics))
    return _listed(request, answer.topics, answer.next_page_token)


@router.get("/topics", **reading(TopicPage))
async def list_topics(
    request: Request,
    tenant: TenantSlug,
    phase: PhaseFilter = None,
    q: Words = "",
    drafts: Annotated[bool, Query(description="Drafts too; for staff of the tenant alone")] = False,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Topics of the tenant: active ones first (soonest end first), then announced, ended, archived."""
    answer = await context_of(request).topics.list_topics(
        await asker_of(request, tenant),
        page=Page(page_size, page_token),
        phase=_phase(phase),
        query=q,
        drafts=drafts,
    )
    keep(request, topics_tag(tenant), tenant_tag(tenant), until=next_change(answer.topics))
    return _listed(request, answer.topics, answer.next_page_token)


@router.post("/topics", **creating(Topic))
async def create_topic(request: Request, tenant: TenantSlug, body: TopicCreate) -> Response:
    """Creates a draft. For admins and editors of the tenant."""
    asker = await asker_of(request, tenant)
    with merging.named_as_sent(body):
        topic = await context_of(request).topics.create_topic(
            asker, merging.draft_of(body), request_id=idempotency_key(request)
        )
    location = f"/api/v1/{tenant}/discussion/topics/{topic.id}"
    return _shown(request, topic, status=201, location=location)


@router.get("/topics/{topic:id}", **reading(Topic))
async def get_topic(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """One topic with its full text. A draft is found by staff of the tenant alone."""
    found = await context_of(request).topics.get_topic(await asker_of(request, tenant), topic)
    keep(request, topic_tag(found.id), tenant_tag(tenant), until=next_change((found,)))
    return _shown(request, found)


@router.patch("/topics/{topic:id}", **changing(Topic, IF_MATCH_REQUIRED))
async def update_topic(request: Request, tenant: TenantSlug, topic: TopicId, body: TopicChange) -> Response:
    """Changes the fields that are given. The end of a published topic moves by :extend and :end alone."""
    changed = await merging.update(
        context_of(request).topics, await asker_of(request, tenant), topic, body, etag=if_match(request)
    )
    return _shown(request, changed)


@router.post("/topics/{topic:id}:publish", **changing(Topic, IF_MATCH))
async def publish_topic(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """Publishes a draft. Publishing a published topic changes nothing."""
    published = await context_of(request).topics.publish_topic(
        await asker_of(request, tenant), topic, etag=if_match(request)
    )
    return _shown(request, published)


@router.post("/topics/{topic:id}:extend", **changing(Topic, IF_MATCH))
async def extend_topic(request: Request, tenant: TenantSlug, topic: TopicId, body: TopicExtend) -> Response:
    """Moves the end of a published topic to a later instant."""
    asker = await asker_of(request, tenant)
    with merging.named_as_sent(body):
        extended = await context_of(request).topics.extend_topic(
            asker, topic, end_time=merging.new_end(body), reason=body.reason, etag=if_match(request)
        )
    return _shown(request, extended)


@router.post("/topics/{topic:id}:end", **changing(Topic, IF_MATCH))
async def end_topic(request: Request, tenant: TenantSlug, topic: TopicId, body: TopicEnd) -> Response:
    """Ends an active or announced topic now."""
    ended = await context_of(request).topics.end_topic(
        await asker_of(request, tenant), topic, reason=body.reason, etag=if_match(request)
    )
    return _shown(request, ended)


def _listed(request: Request, topics: Sequence[topic_calls.Topic], next_page_token: str) -> Response:
    language = language_of(request)
    items = orjson.dumps([render.topic(topic, language, full=False) for topic in topics])
    return list_answer(request, items, next_page_token)


def _shown(request: Request, topic: topic_calls.Topic, *, status: int = 200, location: str | None = None) -> Response:
    shown = render.topic(topic, language_of(request), full=True)
    return resource_answer(request, shown, status=status, location=location)


def _phase(name: PhaseName | None) -> Phase.ValueType:
    return Phase.ValueType(_PHASES[name]) if name is not None else Phase.PHASE_UNSPECIFIED
