"""The inbox of moderators: what waits, decisions about one or many, and how to take them back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError, Violation, invalid
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Asker
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.staff_access import staff_only
from civic_gateway.features.moderation.calls import CaseState, Decision, HoldRule, Reason, ToolCase, Wanted
from civic_gateway.features.moderation.render import RULES
from civic_gateway.features.moderation.views import case_code, case_id, case_view, reason_options
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.queries import choice, page_token
from civic_gateway.web.sending import described, redirect, shown_again

_PER_PAGE: Final = 30
_MODERATORS: Final = ("admin", "moderator")
_STATES: Final = {"open": CaseState.CASE_STATE_OPEN, "decided": CaseState.CASE_STATE_DECIDED}
_RULES: Final = {name: HoldRule.ValueType(number) for number, name in RULES.items()}
_KINDS: Final = ("contribution", "comment", "attachment")
_CHOSEN: Final = "fall."
_LABELS: Final = {
    "reason": "moderation.decide.reason",
    "text": "moderation.decide.text",
    "ids": "moderation.inbox.selection",
}
# What the buttons say: the decision, and whether rules were wrong.
_ACTIONS: Final[Mapping[str, tuple[Decision.ValueType, bool]]] = {
    "hide": (Decision.MODERATION_DECISION_HIDE, False),
    "keep": (Decision.MODERATION_DECISION_KEEP, False),
    "false_positive": (Decision.MODERATION_DECISION_KEEP, True),
}


@staff_only(*_MODERATORS)
async def inbox(request: Request) -> Response:
    """What waits, the longest first."""
    return await _inbox(request, Form())


@staff_only(*_MODERATORS)
async def decide_many(request: Request) -> Response:
    """Decides about the chosen cases; nothing is decided where anything hinders it."""
    values = await read_form(request)
    chosen = [name.removeprefix(_CHOSEN) for name in values if name.startswith(_CHOSEN)]
    try:
        decided = await _decide(request, values, chosen)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels=_LABELS)
        return await _inbox(request, Form(values, problem), status=problem.status)
    return redirect(_done(request, values.get("action", ""), decided))


@staff_only(*_MODERATORS)
async def undo(request: Request) -> Response:
    """Takes back what was decided a moment ago."""
    values = await read_form(request)
    slug = request.path_params["tenant"]
    ids = [case_id(code) for code in values.get("faelle", "").split() if code]
    try:
        await context_of(request).moderation.undo(await asker_of(request, slug), ids)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels=_LABELS)
        return await _inbox(request, Form(values, problem), status=problem.status)
    return redirect(with_query(_path(slug), **_filters(request), erledigt="undo", anzahl=str(len(ids))))


@staff_only(*_MODERATORS)
async def case_page(request: Request) -> Response:
    """One case with everything that was said about it."""
    return await _case(request, Form())


@staff_only(*_MODERATORS)
async def decide_one(request: Request) -> Response:
    """Decides about one case."""
    values = await read_form(request)
    try:
        decided = await _decide(request, values, [request.path_params["case"]])
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels=_LABELS)
        return await _case(request, Form(values, problem), status=problem.status)
    return redirect(_done(request, values.get("action", ""), decided))


async def _decide(request: Request, values: Mapping[str, str], codes: Sequence[str]) -> list[ToolCase]:
    action = _ACTIONS.get(values.get("action", ""))
    if action is None:
        allowed = ", ".join(_ACTIONS)
        raise invalid(Violation("decision", "NOT_ALLOWED", "no such decision", {"allowed": allowed}))
    if not codes:
        raise invalid(Violation("ids", "EMPTY", "nothing is chosen", {"min": "1"}))
    decision, false_positive = action
    return await context_of(request).moderation.decide(
        await asker_of(request, request.path_params["tenant"]),
        [case_id(code) for code in codes],
        decision,
        reason=values.get("reason", ""),
        text=values.get("text", ""),
        false_positive=false_positive,
    )


def _done(request: Request, action: str, decided: Sequence[ToolCase]) -> str:
    codes = " ".join(case_code(each) for each in decided)
    path = _path(request.path_params["tenant"])
    return with_query(path, **_filters(request), erledigt=action, anzahl=str(len(decided)), faelle=codes)


async def _inbox(request: Request, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    filters = _filters(request)
    state, rule = filters["state"] or "open", filters["rule"]
    wanted = Wanted(
        state=_STATES[state],
        kind=filters["kind"],
        reported=bool(filters["reported"]),
        rule=_RULES[rule] if rule else HoldRule.HOLD_RULE_UNSPECIFIED,
    )
    tenant, page, reasons = await asyncio.gather(
        context.tenants.get(slug),
        context.moderation.list_cases(asker, wanted, size=_PER_PAGE, token=page_token(request)),
        _reasons(request, asker),
    )
    words = context.renderer.words(request)
    now = dt.datetime.now(dt.UTC)
    path = _path(slug)
    done = request.query_params.get("erledigt", "")
    return await context.renderer.page(
        request,
        "moderation_inbox.html",
        tenant=tenant,
        status=status,
        form=form,
        cases=[case_view(words, case, tenant=slug, reasons=reasons, now=now) for case in page.cases],
        open_count=page.open_count,
        reasons=reason_options(words, reasons),
        path=path,
        # What is sent leads back to what was shown: the same filters and, where something is wrong, the same page.
        here=with_query(path, **filters, page_token=page_token(request)),
        undoing=with_query(f"{path}/zuruecknehmen", **filters),
        filters=filters,
        filtered=any(filters.values()),
        shown_state=state,
        rules=tuple(_RULES),
        kinds=_KINDS,
        chosen=_CHOSEN,
        first=with_query(path, **filters) if page_token(request) else "",
        next=with_query(path, **filters, page_token=page.next_page_token) if page.next_page_token else "",
        done=done if done in (*_ACTIONS, "undo") and status == 200 else "",
        done_count=_number(request.query_params.get("anzahl", "")),
        done_cases=request.query_params.get("faelle", ""),
    )


async def _case(request: Request, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    tenant, found, reasons = await asyncio.gather(
        context.tenants.get(slug),
        context.moderation.get_case(asker, case_id(request.path_params["case"])),
        _reasons(request, asker),
    )
    words = context.renderer.words(request)
    values: dict[str, Any] = {
        "case": case_view(words, found, tenant=slug, reasons=reasons, now=dt.datetime.now(dt.UTC)),
        "reasons": reason_options(words, reasons),
        "path": _path(slug),
        "form": form,
    }
    return await context.renderer.page(request, "moderation_case.html", tenant=tenant, status=status, **values)


async def _reasons(request: Request, asker: Asker) -> Sequence[Reason]:
    moderation = context_of(request).moderation
    settings = await moderation.settings(asker, moderation.tools[0])
    return list(settings.settings.reasons)


def _filters(request: Request) -> dict[str, str]:
    """What the list is narrowed to, as it stands in its address; raises NOT_ALLOWED."""
    state = choice(request, "state", tuple(_STATES))
    return {
        "state": state if state != "open" else "",
        "kind": choice(request, "kind", _KINDS),
        "rule": choice(request, "rule", tuple(_RULES)),
        "reported": "true" if request.query_params.get("reported") == "true" else "",
    }


def _path(tenant: str) -> str:
    return f"/{tenant}/verwaltung/moderation"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


_INBOX: Final = "/{tenant}/verwaltung/moderation"

routes: Final[Sequence[BaseRoute]] = (
    Route(_INBOX, inbox, methods=["GET"]),
    Route(_INBOX, decide_many, methods=["POST"]),
    Route(f"{_INBOX}/zuruecknehmen", undo, methods=["POST"]),
    Route(_INBOX + "/{case}", case_page, methods=["GET"]),
    Route(_INBOX + "/{case}", decide_one, methods=["POST"]),
)
