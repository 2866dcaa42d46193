"""Dialoge in the JSON API: what people add to them, contributions, comments and ratings."""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import idempotency_key, if_match, keep, list_answer, resource_answer
from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.discussion import contribution_calls, render
from civic_gateway.features.discussion.api import TopicId
from civic_gateway.features.discussion.contribution_calls import (
    ContributionOrder,
    NewContribution,
    ParticipationKind,
    RatingValue,
)
from civic_gateway.features.discussion.contribution_schema import (
    Comment,
    CommentCreate,
    CommentPage,
    Contribution,
    ContributionChange,
    ContributionCreate,
    ContributionMap,
    ContributionPage,
    OrderName,
    ParticipationPage,
    RatingPut,
    RatingState,
)
from civic_gateway.features.discussion.events import comments_tag, contribution_tag, topic_tag
from civic_gateway.features.discussion.settings_schema import anchor_message, place_message
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.openapi import IF_MATCH_REQUIRED, READING, answers, changing, creating, reading, signed_in
from civic_gateway.validation import DEFAULT_PAGE_SIZE, PageSize, PageToken
from civic_gateway.web.queries import box_of

_ORDERS: Final = {name: value for value, name in render.ORDERS.items()}
_RATINGS: Final = {name: value for value, name in render.RATINGS.items()}

Box = Annotated[str, Query(description="Only contributions with a pin in: west,south,east,north in degrees")]
ContributionId = Annotated[str, Path(description="Id of the contribution", json_schema_extra={"format": "uuid"})]

router = APIRouter(prefix="/api/v1/{tenant}/discussion", tags=["discussion"])
person_router = APIRouter(prefix="/api/v1/me", tags=["me"])


@router.get("/topics/{topic:id}/contributions", **reading(ContributionPage))
async def list_contributions(
    request: Request,
    tenant: TenantSlug,
    topic: TopicId,
    order: Annotated[OrderName, Query(description="The order")] = "newest",
    category: Annotated[str, Query(description="Only contributions of this category")] = "",
    label: Annotated[str, Query(description="Only contributions with this label")] = "",
    object: Annotated[str, Query(description="Only contributions about this object")] = "",
    section: Annotated[str, Query(description="Only contributions about this section of the object")] = "",
    bbox: Box = "",
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Contributions of a topic."""
    answer = await context_of(request).contributions.list_contributions(
        await asker_of(request, tenant),
        topic,
        page=Page(page_size, page_token),
        order=ContributionOrder.ValueType(_ORDERS[order]),
        only=contribution_calls.Only(category, label, object, section, box_of(bbox) if bbox else None),
        as_json=True,
    )
    keep(request, topic_tag(topic), tenant_tag(tenant))
    return list_answer(request, answer.items_json, answer.next_page_token)


@router.get("/topics/{topic:id}/map", **reading(ContributionMap))
async def map_contributions(
    request: Request,
    tenant: TenantSlug,
    topic: TopicId,
    category: Annotated[str, Query(description="Only contributions of this category")] = "",
    label: Annotated[str, Query(description="Only contributions with this label")] = "",
    object: Annotated[str, Query(description="Only contributions about this object")] = "",
    section: Annotated[str, Query(description="Only contributions about this section of the object")] = "",
    bbox: Box = "",
) -> Response:
    """Contributions with a pin as points, clusters where many lie close together. The same as the list finds."""
    only = contribution_calls.Only(category, label, object, section, box_of(bbox) if bbox else None)
    view = await context_of(request).contributions.map_contributions(await asker_of(request, tenant), topic, only)
    keep(request, topic_tag(topic), tenant_tag(tenant))
    return resource_answer(request, render.contribution_map(view, tenant, topic))


@router.post("/topics/{topic:id}/contributions", **creating(Contribution))
async def create_contribution(
    request: Request, tenant: TenantSlug, topic: TopicId, body: ContributionCreate
) -> Response:
    """Adds a contribution to an active topic."""
    contribution = await context_of(request).contributions.create_contribution(
        await asker_of(request, tenant),
        topic,
        NewContribution(
            title=body.title,
            text=body.text,
            category=body.category,
            labels=body.labels,
            place=place_message(body.place),
            anchor=anchor_message(body.anchor),
            hide_name=body.hide_name,
            attachments=body.attachments,
        ),
        request_id=idempotency_key(request),
    )
    location = f"/api/v1/{tenant}/discussion/contributions/{contribution.id}"
    return resource_answer(request, render.contribution(contribution), status=201, location=location)


@router.get("/contributions/{contribution:id}", **reading(Contribution))
async def get_contribution(request: Request, tenant: TenantSlug, contribution: ContributionId) -> Response:
    """One contribution."""
    found = await context_of(request).contributions.get_contribution(await asker_of(request, tenant), contribution)
    keep(request, contribution_tag(found.id), topic_tag(found.topic_id), tenant_tag(tenant))
    return resource_answer(request, render.contribution(found))


@router.patch("/contributions/{contribution:id}", **changing(Contribution, IF_MATCH_REQUIRED))
async def update_contribution(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: ContributionChange
) -> Response:
    """Changes an own contribution while its topic is active."""
    changed = await context_of(request).contributions.update_contribution(
        await asker_of(request, tenant),
        contribution,
        contribution_calls.ContributionChange(
            title=body.title,
            text=body.text,
            category=body.category,
            place=place_message(body.place),
            attachments=body.attachments,
        ),
        etag=if_match(request),
    )
    return resource_answer(request, render.contribution(changed))


@router.get("/contributions/{contribution}/comments", **reading(CommentPage))
async def list_comments(
    request: Request,
    tenant: TenantSlug,
    contribution: ContributionId,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Comments in reading order: oldest first, each reply below what it replies to."""
    answer = await context_of(request).contributions.list_comments(
        await asker_of(request, tenant), contribution, page=Page(page_size, page_token), as_json=True
    )
    keep(request, contribution_tag(contribution), comments_tag(tenant), tenant_tag(tenant))
    return list_answer(request, answer.items_json, answer.next_page_token)


@router.post("/contributions/{contribution}/comments", **creating(Comment))
async def create_comment(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: CommentCreate
) -> Response:
    """Adds a comment or a reply while the topic is active."""
    comment = await context_of(request).contributions.create_comment(
        await asker_of(request, tenant),
        contribution,
        text=body.text,
        parent_id=body.parent_id or "",
        request_id=idempotency_key(request),
    )
    location = f"/api/v1/{tenant}/discussion/contributions/{contribution}/comments"
    return resource_answer(request, render.comment(comment), status=201, location=location)


@router.put("/contributions/{contribution}/rating", **changing(RatingState))
async def put_rating(request: Request, tenant: TenantSlug, contribution: ContributionId, body: RatingPut) -> Response:
    """Sets the person's rating; the same value again changes nothing."""
    answer = await context_of(request).contributions.set_rating(
        await asker_of(request, tenant), contribution, RatingValue.ValueType(_RATINGS[body.value])
    )
    shown = {"ratings": render.ratings(answer.ratings), "my_rating": render.RATINGS.get(answer.my_rating)}
    return resource_answer(request, shown)


@router.delete("/contributions/{contribution}/rating", **changing(RatingState))
async def delete_rating(request: Request, tenant: TenantSlug, contribution: ContributionId) -> Response:
    """Takes the person's rating back; without one it changes nothing."""
    answer = await context_of(request).contributions.delete_rating(await asker_of(request, tenant), contribution)
    return resource_answer(request, {"ratings": render.ratings(answer.ratings), "my_rating": None})


@person_router.get(
    "/participation",
    responses=answers(ParticipationPage, statuses=READING),
    openapi_extra=signed_in(),
)
async def list_my_participation(
    request: Request, page_size: PageSize = DEFAULT_PAGE_SIZE, page_token: PageToken = ""
) -> Response:
    """What the signed-in person wrote and rated in all tenants, newest first."""
    return await _of_person(request, Page(page_size, page_token))


@person_router.get(
    "/contributions",
    responses=answers(ParticipationPage, statuses=READING),
    openapi_extra=signed_in(),
)
async def list_my_contributions(
    request: Request, page_size: PageSize = DEFAULT_PAGE_SIZE, page_token: PageToken = ""
) -> Response:
    """The signed-in person's contributions in all tenants with their states, newest first."""
    return await _of_person(request, Page(page_size, page_token), ParticipationKind.PARTICIPATION_KIND_CONTRIBUTION)


async def _of_person(
    request: Request,
    page: Page,
    kind: ParticipationKind.ValueType = ParticipationKind.PARTICIPATION_KIND_UNSPECIFIED,
) -> Response:
    found = await context_of(request).contributions.list_my_participation(
        token=required_token_of(request), page=page, kind=kind
    )
    items = orjson.dumps([render.participation(entry) for entry in found.participation])
    return list_answer(request, items, found.next_page_token)
