"""Moderation in the JSON API for staff: cases, settings, the log; and the policy for everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from civic_gateway.answers import if_match, keep, list_answer, resource_answer
from civic_gateway.clients import Asker
from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.moderation import render
from civic_gateway.features.moderation.calls import CaseState, Decision, HoldRule, Settings, Wanted
from civic_gateway.features.moderation.events import moderation_tag
from civic_gateway.features.moderation.schemas import (
    CaseListSchema,
    CasePageSchema,
    CasesBody,
    CaseSchema,
    CaseStateName,
    DecisionBody,
    DecisionsBody,
    PolicyListSchema,
    RuleName,
    SettingsBody,
    SettingsSchema,
)
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.openapi import (
    IF_MATCH_REQUIRED,
    READING,
    answers,
    changing,
    reading,
    signed_in,
)
from civic_gateway.validation import DEFAULT_PAGE_SIZE, PageSize, PageToken
from civic_gateway.web.csv_rows import BEGINNING, csv_rows

_RULES: Final = {name: HoldRule.ValueType(number) for number, name in render.RULES.items()}
_STATES: Final = {name: CaseState.ValueType(number) for number, name in render.STATES.items()}
_DECISIONS: Final = {name: Decision.ValueType(number) for number, name in render.DECISIONS.items()}
_STAFF: Final[dict[str, Any]] = {"responses": answers(CasePageSchema, statuses=READING), "openapi_extra": signed_in()}

CaseId = Annotated[str, Path(description="Id of the case")]
ToolName = Annotated[str, Path(description="Name of the tool, e.g. discussion")]

router = APIRouter(prefix="/api/v1/{tenant}", tags=["moderation"])


@router.get("/moderation/cases", **_STAFF)
async def list_cases(
    request: Request,
    tenant: TenantSlug,
    state: Annotated[CaseStateName, Query(description="Which cases")] = "open",
    offer: Annotated[str, Query(description="Only cases of the offer with this id")] = "",
    kind: Annotated[str, Query(description="Only texts of this kind, e.g. comment")] = "",
    reported: Annotated[bool, Query(description="Only cases with a report")] = False,
    rule: Annotated[RuleName | None, Query(description="Only cases that this rule held back")] = None,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Cases of all tools: what waits longest first, decided ones by the latest decision. For moderators."""
    wanted = Wanted(
        state=_STATES[state],
        offer_id=offer,
        kind=kind,
        reported=reported,
        rule=_RULES[rule] if rule is not None else HoldRule.HOLD_RULE_UNSPECIFIED,
    )
    page = await context_of(request).moderation.list_cases(
        await _staff(request, tenant), wanted, size=page_size, token=page_token
    )
    return list_answer(request, orjson.dumps([render.case(each) for each in page.cases]), page.next_page_token)


@router.get("/moderation/cases/{case:id}", responses=answers(CaseSchema, statuses=READING), openapi_extra=signed_in())
async def get_case(request: Request, tenant: TenantSlug, case: CaseId) -> Response:
    """One case with its reports. For moderators."""
    found = await context_of(request).moderation.get_case(await _staff(request, tenant), case)
    return resource_answer(request, render.case(found))


@router.post("/moderation/cases/{case:id}:decide", **changing(CaseSchema))
async def decide_case(request: Request, tenant: TenantSlug, case: CaseId, body: DecisionBody) -> Response:
    """Hides or shows a text. For moderators."""
    decided = await context_of(request).moderation.decide(
        await _staff(request, tenant),
        [case],
        _DECISIONS[body.decision],
        reason=body.reason,
        text=body.text,
        false_positive=body.false_positive,
    )
    return resource_answer(request, render.case(decided[0]))


@router.post("/moderation/cases/{case:id}:undo", **changing(CaseSchema))
async def undo_case(request: Request, tenant: TenantSlug, case: CaseId) -> Response:
    """Takes a decision back within half an hour. For moderators."""
    undone = await context_of(request).moderation.undo(await _staff(request, tenant), [case])
    return resource_answer(request, render.case(undone[0]))


@router.post("/moderation/cases:decide", **changing(CaseListSchema))
async def decide_cases(request: Request, tenant: TenantSlug, body: DecisionsBody) -> Response:
    """Decides many cases alike. For moderators."""
    decided = await context_of(request).moderation.decide(
        await _staff(request, tenant),
        body.cases,
        _DECISIONS[body.decision],
        reason=body.reason,
        text=body.text,
        false_positive=body.false_positive,
    )
    return resource_answer(request, {"items": [render.case(each) for each in decided]})


@router.post("/moderation/cases:undo", **changing(CaseListSchema))
async def undo_cases(request: Request, tenant: TenantSlug, body: CasesBody) -> Response:
    """Takes decisions back within half an hour. For moderators."""
    undone = await context_of(request).moderation.undo(await _staff(request, tenant), body.cases)
    return resource_answer(request, {"items": [render.case(each) for each in undone]})


@router.get(
    "/moderation/log.csv",
    responses={
        200: {"description": "The log, oldest first", "content": {"text/csv": {"schema": {"type": "string"}}}},
        **{status: each for status, each in answers(CaseSchema, statuses=READING).items() if status not in (200, 304)},
    },
    openapi_extra=signed_in(),
)
async def download_log(request: Request, tenant: TenantSlug) -> Response:
    """The moderation log as CSV: UTF-8, semicolons, no cell that a spreadsheet would run. For moderators."""
    parts = context_of(request).moderation.log(await _staff(request, tenant))
    # What is refused is refused before the first byte.
    first = await anext(parts)

    async def rows() -> AsyncIterator[str]:
        yield BEGINNING + csv_rows([render.LOG_COLUMNS])
        yield csv_rows(render.log_row(first[0], entry) for entry in first[1])
        async for tool, entries in parts:
            yield csv_rows(render.log_row(tool, entry) for entry in entries)

    headers = {
        "content-disposition": f'attachment; filename="moderation-{tenant}.csv"',
        "cache-control": "private, no-store",
    }
    return StreamingResponse(rows(), headers=headers, media_type="text/csv; charset=utf-8")


@router.get("/moderation/policy", **reading(PolicyListSchema))
async def get_policy(request: Request, tenant: TenantSlug) -> Response:
    """By which rules the tenant moderates, and how often it hid a text for which reason."""
    policies = await context_of(request).moderation.policies(await asker_of(request, tenant))
    keep(request, moderation_tag(tenant), tenant_tag(tenant))
    shown = [render.policy(tool, policy) for tool, policy in policies.items()]
    return resource_answer(request, {"items": shown})


@router.get(
    "/moderation/settings/{tool:id}", responses=answers(SettingsSchema, statuses=READING), openapi_extra=signed_in()
)
async def get_settings(request: Request, tenant: TenantSlug, tool: ToolName) -> Response:
    """How the tenant moderates a tool's texts. For moderators."""
    found = await context_of(request).moderation.settings(await _staff(request, tenant), tool)
    shown = render.settings(tool, found.settings)
    counted = {"held": render.counts(found.held), "false_positives": render.counts(found.false_positives)}
    return resource_answer(request, shown | counted)


@router.put("/moderation/settings/{tool:id}", **changing(SettingsSchema, IF_MATCH_REQUIRED))
async def put_settings(request: Request, tenant: TenantSlug, tool: ToolName, body: SettingsBody) -> Response:
    """Replaces how the tenant moderates a tool's texts. For admins."""
    moderation = context_of(request).moderation
    asker = await _staff(request, tenant)
    await moderation.change_settings(asker, tool, settings_of(body, if_match(request)))
    return await get_settings(request, tenant, tool)


def settings_of(body: SettingsBody, etag: str) -> Settings:
    """The message for a body."""
    message = Settings(
        etag=etag,
        rules=[_RULES[rule] for rule in body.rules],
        words=body.words,
        links_max=body.links_max,
        per_minute=body.per_minute,
        remind_hours=body.remind_hours,
        policy=body.policy,
    )
    for reason in body.reasons:
        message.reasons.add(code=reason.code, names=reason.names, active=reason.active)
    return message


async def _staff(request: Request, tenant: str) -> Asker:
    required_token_of(request)
    return await asker_of(request, tenant)
