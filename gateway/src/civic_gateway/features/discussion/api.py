"""Dialoge in the JSON API: topics."""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import idempotency_key, if_match, keep, list_answer, resource_answer
from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.discussion import drafts as merging
from civic_gateway.features.discussion import render
from civic_gateway.features.discussion.calls import ContributionOrder, Page, Phase, RatingValue
from civic_gateway.features.discussion.events import (
    STATE_TOPICS,
    comments_tag,
    contribution_tag,
    next_change,
    topic_tag,
    topics_tag,
)
from civic_gateway.features.discussion.schemas import (
    Comment,
    CommentCreate,
    CommentPage,
    Contribution,
    ContributionChange,
    ContributionCreate,
    ContributionPage,
    OrderName,
    ParticipationPage,
    PhaseName,
    RatingPut,
    RatingState,
    Topic,
    TopicChange,
    TopicCreate,
    TopicEnd,
    TopicExtend,
    TopicPage,
)
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.features.tenants.events import TENANTS, tenant_tag
from civic_gateway.openapi import (
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_MATCH_REQUIRED,
    READING,
    WRITING,
    answers,
    for_everybody,
    signed_in,
)
from civic_gateway.problems import language_of
from civic_gateway.validation import DEFAULT_PAGE_SIZE, PageSize, PageToken

_PHASES: Final = {name: value for value, name in render.PHASES.items()}
_ORDERS: Final = {name: value for value, name in render.ORDERS.items()}
_RATINGS: Final = {name: value for value, name in render.RATINGS.items()}

TopicId = Annotated[str, Path(description="Id of the topic", json_schema_extra={"format": "uuid"})]
ContributionId = Annotated[str, Path(description="Id of the contribution", json_schema_extra={"format": "uuid"})]
PhaseFilter = Annotated[PhaseName | None, Query(description="Only topics in this phase")]
Words = Annotated[str, Query(description="Words that title, teaser or text hold", json_schema_extra={"maxLength": 200})]

router = APIRouter(prefix="/api/v1/{tenant}/discussion", tags=["discussion"])
state_router = APIRouter(prefix="/api/v1")


@state_router.get(
    "/topics", tags=["discussion"], responses=answers(TopicPage, statuses=READING), openapi_extra=for_everybody()
)
async def list_state_topics(
    request: Request,
    phase: PhaseFilter = None,
    tenant: Annotated[str, Query(description="Only topics of this tenant", json_schema_extra={"maxLength": 40})] = "",
    q: Words = "",
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Published topics of all tenants: active ones first, soonest end first."""
    answer = await context_of(request).discussion.list_state_topics(
        page=Page(page_size, page_token), phase=_phase(phase), query=q, tenant=tenant
    )
    keep(request, STATE_TOPICS, TENANTS, until=next_change(answer.topics))
    language = language_of(request)
    items = orjson.dumps([render.topic(topic, language, full=False) for topic in answer.topics])
    return list_answer(request, items, answer.next_page_token)


@state_router.get(
    "/me/participation",
    tags=["me"],
    responses=answers(ParticipationPage, statuses=READING),
    openapi_extra=signed_in(),
)
async def list_my_participation(
    request: Request, page_size: PageSize = DEFAULT_PAGE_SIZE, page_token: PageToken = ""
) -> Response:
    """What the signed-in person wrote and rated in all tenants, newest first."""
    answer = await context_of(request).discussion.list_my_participation(
        token=required_token_of(request), page=Page(page_size, page_token)
    )
    items = orjson.dumps([render.participation(entry) for entry in answer.participation])
    return list_answer(request, items, answer.next_page_token)


@router.get("/topics", responses=answers(TopicPage, statuses=READING), openapi_extra=for_everybody())
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
    answer = await context_of(request).discussion.list_topics(
        await asker_of(request, tenant),
        page=Page(page_size, page_token),
        phase=_phase(phase),
        query=q,
        drafts=drafts,
    )
    keep(request, topics_tag(tenant), tenant_tag(tenant), until=next_change(answer.topics))
    language = language_of(request)
    items = orjson.dumps([render.topic(topic, language, full=False) for topic in answer.topics])
    return list_answer(request, items, answer.next_page_token)


@router.post(
    "/topics",
    status_code=201,
    responses=answers(Topic, statuses=WRITING, success=201),
    openapi_extra=signed_in(IDEMPOTENCY_KEY),
)
async def create_topic(request: Request, tenant: TenantSlug, body: TopicCreate) -> Response:
    """Creates a draft. For admins and editors of the tenant."""
    asker = await asker_of(request, tenant)
    with merging.named_as_sent(body):
        topic = await context_of(request).discussion.create_topic(
            asker, merging.draft_of(body), request_id=idempotency_key(request)
        )
    location = f"/api/v1/{tenant}/discussion/topics/{topic.id}"
    return resource_answer(request, render.topic(topic, language_of(request), full=True), status=201, location=location)


@router.get("/topics/{topic:id}", responses=answers(Topic, statuses=READING), openapi_extra=for_everybody())
async def get_topic(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """One topic with its full text. A draft is found by staff of the tenant alone."""
    found = await context_of(request).discussion.get_topic(await asker_of(request, tenant), topic)
    keep(request, topic_tag(found.id), tenant_tag(tenant), until=next_change((found,)))
    return resource_answer(request, render.topic(found, language_of(request), full=True))


@router.patch(
    "/topics/{topic:id}",
    responses=answers(Topic, statuses=WRITING),
    openapi_extra=signed_in(IF_MATCH_REQUIRED),
)
async def update_topic(request: Request, tenant: TenantSlug, topic: TopicId, body: TopicChange) -> Response:
    """Changes the fields that are given. The end of a published topic moves by :extend and :end alone."""
    changed = await merging.update(
        context_of(request).discussion, await asker_of(request, tenant), topic, body, etag=if_match(request)
    )
    return resource_answer(request, render.topic(changed, language_of(request), full=True))


@router.post(
    "/topics/{topic:id}:publish",
    responses=answers(Topic, statuses=WRITING),
    openapi_extra=signed_in(IF_MATCH),
)
async def publish_topic(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """Publishes a draft. Publishing a published topic changes nothing."""
    published = await context_of(request).discussion.publish_topic(
        await asker_of(request, tenant), topic, etag=if_match(request)
    )
    return resource_answer(request, render.topic(published, language_of(request), full=True))


@router.post(
    "/topics/{topic:id}:extend",
    responses=answers(Topic, statuses=WRITING),
    openapi_extra=signed_in(IF_MATCH),
)
async def extend_topic(request: Request, tenant: TenantSlug, topic: TopicId, body: TopicExtend) -> Response:
    """Moves the end of a published topic to a later instant."""
    asker = await asker_of(request, tenant)
    with merging.named_as_sent(body):
        extended = await context_of(request).discussion.extend_topic(
            asker, topic, end_time=merging.new_end(body), reason=body.reason, etag=if_match(request)
        )
    return resource_answer(request, render.topic(extended, language_of(request), full=True))


@router.post(
    "/topics/{topic:id}:end",
    responses=answers(Topic, statuses=WRITING),
    openapi_extra=signed_in(IF_MATCH),
)
async def end_topic(request: Request, tenant: TenantSlug, topic: TopicId, body: TopicEnd) -> Response:
    """Ends an active or announced topic now."""
    ended = await context_of(request).discussion.end_topic(
        await asker_of(request, tenant), topic, reason=body.reason, etag=if_match(request)
    )
    return resource_answer(request, render.topic(ended, language_of(request), full=True))


@router.get(
    "/topics/{topic:id}/contributions",
    responses=answers(ContributionPage, statuses=READING),
    openapi_extra=for_everybody(),
)
async def list_contributions(
    request: Request,
    tenant: TenantSlug,
    topic: TopicId,
    order: Annotated[OrderName, Query(description="The order")] = "newest",
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Contributions of a topic."""
    answer = await context_of(request).discussion.list_contributions(
        await asker_of(request, tenant),
        topic,
        page=Page(page_size, page_token),
        order=ContributionOrder.ValueType(_ORDERS[order]),
        as_json=True,
    )
    keep(request, topic_tag(topic), tenant_tag(tenant))
    return list_answer(request, answer.items_json, answer.next_page_token)


@router.post(
    "/topics/{topic:id}/contributions",
    status_code=201,
    responses=answers(Contribution, statuses=WRITING, success=201),
    openapi_extra=signed_in(IDEMPOTENCY_KEY),
)
async def create_contribution(
    request: Request, tenant: TenantSlug, topic: TopicId, body: ContributionCreate
) -> Response:
    """Adds a contribution to an active topic."""
    contribution = await context_of(request).discussion.create_contribution(
        await asker_of(request, tenant),
        topic,
        title=body.title,
        text=body.text,
        request_id=idempotency_key(request),
    )
    location = f"/api/v1/{tenant}/discussion/contributions/{contribution.id}"
    return resource_answer(request, render.contribution(contribution), status=201, location=location)


@router.get(
    "/contributions/{contribution}",
    responses=answers(Contribution, statuses=READING),
    openapi_extra=for_everybody(),
)
async def get_contribution(request: Request, tenant: TenantSlug, contribution: ContributionId) -> Response:
    """One contribution."""
    found = await context_of(request).discussion.get_contribution(await asker_of(request, tenant), contribution)
    keep(request, contribution_tag(found.id), topic_tag(found.topic_id), tenant_tag(tenant))
    return resource_answer(request, render.contribution(found))


@router.patch(
    "/contributions/{contribution}",
    responses=answers(Contribution, statuses=WRITING),
    openapi_extra=signed_in(IF_MATCH_REQUIRED),
)
async def update_contribution(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: ContributionChange
) -> Response:
    """Changes an own contribution while its topic is active."""
    changed = await context_of(request).discussion.update_contribution(
        await asker_of(request, tenant),
        contribution,
        etag=if_match(request),
        title=body.title,
        text=body.text,
    )
    return resource_answer(request, render.contribution(changed))


@router.get(
    "/contributions/{contribution}/comments",
    responses=answers(CommentPage, statuses=READING),
    openapi_extra=for_everybody(),
)
async def list_comments(
    request: Request,
    tenant: TenantSlug,
    contribution: ContributionId,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Comments in reading order: oldest first, each reply below what it replies to."""
    answer = await context_of(request).discussion.list_comments(
        await asker_of(request, tenant), contribution, page=Page(page_size, page_token), as_json=True
    )
    keep(request, contribution_tag(contribution), comments_tag(tenant), tenant_tag(tenant))
    return list_answer(request, answer.items_json, answer.next_page_token)


@router.post(
    "/contributions/{contribution}/comments",
    status_code=201,
    responses=answers(Comment, statuses=WRITING, success=201),
    openapi_extra=signed_in(IDEMPOTENCY_KEY),
)
async def create_comment(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: CommentCreate
) -> Response:
    """Adds a comment or a reply while the topic is active."""
    comment = await context_of(request).discussion.create_comment(
        await asker_of(request, tenant),
        contribution,
        text=body.text,
        parent_id=body.parent_id or "",
        request_id=idempotency_key(request),
    )
    location = f"/api/v1/{tenant}/discussion/contributions/{contribution}/comments"
    return resource_answer(request, render.comment(comment), status=201, location=location)


@router.put(
    "/contributions/{contribution}/rating",
    responses=answers(RatingState, statuses=WRITING),
    openapi_extra=signed_in(),
)
async def put_rating(request: Request, tenant: TenantSlug, contribution: ContributionId, body: RatingPut) -> Response:
    """Sets the person's rating; the same value again changes nothing."""
    answer = await context_of(request).discussion.set_rating(
        await asker_of(request, tenant), contribution, RatingValue.ValueType(_RATINGS[body.value])
    )
    shown = {"ratings": render.ratings(answer.ratings), "my_rating": render.RATINGS.get(answer.my_rating)}
    return resource_answer(request, shown)


@router.delete(
    "/contributions/{contribution}/rating",
    responses=answers(RatingState, statuses=WRITING),
    openapi_extra=signed_in(),
)
async def delete_rating(request: Request, tenant: TenantSlug, contribution: ContributionId) -> Response:
    """Takes the person's rating back; without one it changes nothing."""
    answer = await context_of(request).discussion.delete_rating(await asker_of(request, tenant), contribution)
    return resource_answer(request, {"ratings": render.ratings(answer.ratings), "my_rating": None})


def _phase(name: PhaseName | None) -> Phase.ValueType:
    return Phase.ValueType(_PHASES[name]) if name is not None else Phase.PHASE_UNSPECIFIED
