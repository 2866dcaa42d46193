"""The staff's desk in the JSON API: contributions of all topics, and what staff notes about them."""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import list_answer, resource_answer
from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion import desk_schema
from civic_gateway.features.discussion.contribution_schema import StateName
from civic_gateway.features.discussion.curation_api import ContributionId
from civic_gateway.features.discussion.desk_calls import DeskFilter, State
from civic_gateway.features.discussion.render import STATES
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.openapi import READING, answers, changing, signed_in
from civic_gateway.validation import DEFAULT_PAGE_SIZE, PageSize, PageToken

_STATES: Final = {name: State.ValueType(value) for value, name in STATES.items()}

router = APIRouter(prefix="/api/v1/{tenant}/discussion", tags=["discussion"])


@router.get("/desk", responses=answers(desk_schema.Desk, statuses=READING), openapi_extra=signed_in())
async def get_desk(request: Request, tenant: TenantSlug) -> Response:
    """Who works at the desk, which labels there are, how much waits. For staff of the tenant."""
    found = await context_of(request).staff_desk.get(await asker_of(request, tenant))
    return resource_answer(request, desk_schema.desk(found))


@router.get("/desk/contributions", responses=answers(desk_schema.DeskPage, statuses=READING), openapi_extra=signed_in())
async def list_desk(
    request: Request,
    tenant: TenantSlug,
    topic: Annotated[str, Query(description="Only contributions of the topic with this id")] = "",
    q: Annotated[str, Query(description="Only published ones that hold words beginning with these")] = "",
    state: Annotated[StateName | None, Query(description="Only contributions in this state")] = None,
    starred: Annotated[bool, Query(description="Only those with a star")] = False,
    label: Annotated[str, Query(description="Only those with this label")] = "",
    assignee: Annotated[str, Query(description="Only those of this colleague; `me` for the own ones")] = "",
    waiting: Annotated[bool, Query(description="Only initiatives that reached their goal and have no answer")] = False,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Contributions of all topics, newest first; what waits for an answer, the longest first. For staff."""
    wanted = DeskFilter(
        topic_id=topic,
        query=q,
        state=_STATES[state] if state is not None else State.CONTRIBUTION_STATE_UNSPECIFIED,
        starred=starred,
        label=label,
        assignee=assignee,
        waiting=waiting,
    )
    page = await context_of(request).staff_desk.list(
        await asker_of(request, tenant), wanted, page=Page(page_size, page_token)
    )
    items = orjson.dumps([desk_schema.on_desk(each) for each in page.contributions])
    return list_answer(request, items, page.next_page_token)


@router.put("/contributions/{contribution:id}/mark", **changing(desk_schema.Mark))
async def mark_contribution(
    request: Request, tenant: TenantSlug, contribution: ContributionId, body: desk_schema.MarkPut
) -> Response:
    """Marks a contribution for staff: a star, a label, who looks after it. For staff of the tenant."""
    mark = await context_of(request).staff_desk.mark(
        await asker_of(request, tenant), contribution, starred=body.starred, label=body.label, assignee=body.assignee
    )
    return resource_answer(request, desk_schema.mark(mark))
