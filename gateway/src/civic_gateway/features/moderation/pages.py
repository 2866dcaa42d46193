"""What people do about moderation: report a text, object to a decision, read the policy and the numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.moderation.calls import Reason
from civic_gateway.features.moderation.events import moderation_tag
from civic_gateway.features.moderation.render import TEXT_STATES, counts
from civic_gateway.features.moderation.views import moment, reason_name, reason_options
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.limits import client_of
from civic_gateway.oidc.addresses import RETURN_FIELD, safe_return_path
from civic_gateway.session import current_session, drop_draft, sign_in_redirect, take_draft
from civic_gateway.web.addresses import id_of, with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.sending import described, redirect, shown_again

# How the address calls a kind of text, and whose it is.
_KINDS: Final = {
    "beitrag": ("discussion", "contribution"),
    "kommentar": ("discussion", "comment"),
    "datei": ("discussion", "attachment"),
}
_LABELS: Final = {"reason": "moderation.report.reason", "text": "moderation.report.text"}
_OBJECTION_LABELS: Final = {"text": "moderation.object.text"}


async def policy(request: Request) -> Response:
    """By which rules the tenant moderates, and how often it hid a text for which reason."""
    context = context_of(request)
    slug = request.path_params["tenant"]
    tenant, policies = await asyncio.gather(
        context.tenants.get(slug), context.moderation.policies(await asker_of(request, slug))
    )
    keep(request, moderation_tag(slug), tenant_tag(slug))
    words = context.renderer.words(request)
    (found, *_) = policies.values()
    text = found.policy.get(words.language) or found.policy.get("de", "")
    hidden, reported = counts(found.hidden), counts(found.reported)
    codes = [reason.code for reason in found.reasons if reason.active or reason.code in hidden | reported]
    return await context.renderer.page(
        request,
        "moderation_policy.html",
        tenant=tenant,
        policy=text,
        policy_language=words.language if found.policy.get(words.language) else "de",
        rows=[(reason_name(words, found.reasons, code), hidden.get(code, 0), reported.get(code, 0)) for code in codes],
        hidden=sum(hidden.values()),
        reported=sum(reported.values()),
        held=sum(counts(found.held).values()),
        kept=found.kept,
        objections=found.objections,
    )


async def report_form(request: Request) -> Response:
    """The form in which anybody reports a text."""
    _kind_of(request)
    return await _report_page(request, Form())


async def send_report(request: Request) -> Response:
    """Takes a report, with or without an account."""
    values = await read_form(request)
    tool, kind, text_id = _kind_of(request)
    slug = request.path_params["tenant"]
    try:
        await context_of(request).moderation.report(
            await asker_of(request, slug),
            tool,
            kind,
            text_id,
            reason=values.get("reason", ""),
            text=values.get("text", ""),
            client=client_of(request.scope),
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels=_LABELS)
        return await _report_page(request, Form(values, problem), status=problem.status)
    back = safe_return_path(values.get(RETURN_FIELD, ""))
    return redirect(with_query(f"{request.url.path}/danke", **{RETURN_FIELD: back}))


async def thanks(request: Request) -> Response:
    """What happens next after a report."""
    context = context_of(request)
    tenant = await context.tenants.get(request.path_params["tenant"])
    back = safe_return_path(request.query_params.get(RETURN_FIELD, ""))
    return await context.renderer.page(request, "moderation_thanks.html", tenant=tenant, back=back)


async def objection_form(request: Request) -> Response:
    """What the author of a text is told about it, and the form to object."""
    if current_session(request) is None:
        return await sign_in_redirect(request, form=_here(request), fields={})
    draft = await take_draft(request, form=request.url.path)
    return await _objection_page(request, Form(draft or {}))


async def send_objection(request: Request) -> Response:
    """Takes the objection."""
    values = await read_form(request)
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    tool, kind, text_id = _kind_of(request)
    asker = await asker_of(request, request.path_params["tenant"])
    try:
        await context_of(request).moderation.object_to(asker, tool, kind, text_id, values.get("text", ""))
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels=_OBJECTION_LABELS)
        return await _objection_page(request, Form(values, problem), status=problem.status)
    await drop_draft(request, form=request.url.path)
    back = safe_return_path(values.get(RETURN_FIELD, ""))
    return redirect(with_query(request.url.path, gesendet="1", **{RETURN_FIELD: back}))


async def _report_page(request: Request, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    slug = request.path_params["tenant"]
    tenant, reasons = await asyncio.gather(context.tenants.get(slug), _reasons(request))
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "moderation_report.html",
        tenant=tenant,
        status=status,
        form=form,
        kind=request.path_params["kind"],
        action=request.url.path,
        reasons=reason_options(words, reasons),
        **_back(request, form),
    )


async def _objection_page(request: Request, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    slug = request.path_params["tenant"]
    tool, kind, text_id = _kind_of(request)
    tenant, own = await asyncio.gather(
        context.tenants.get(slug),
        context.moderation.own_case(await asker_of(request, slug), tool, kind, text_id),
    )
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "moderation_own.html",
        tenant=tenant,
        status=status,
        form=form,
        kind=request.path_params["kind"],
        action=request.url.path,
        own=own,
        state=TEXT_STATES[own.state],
        reason=own.reason_names.get(words.language) or own.reason_names.get("de", ""),
        decided=words.instant(moment(own.decide_time)) if own.HasField("decide_time") else "",
        sent=request.query_params.get("gesendet") == "1",
        **_back(request, form),
    )


async def _reasons(request: Request) -> Sequence[Reason]:
    policies = await context_of(request).moderation.policies(await asker_of(request, request.path_params["tenant"]))
    (found, *_) = policies.values()
    return list(found.reasons)


def _kind_of(request: Request) -> tuple[str, str, str]:
    """Tool, kind and id of the text in the address; raises NOT_FOUND."""
    known = _KINDS.get(request.path_params["kind"])
    if known is None:
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such kind of text")
    return (*known, id_of(request.path_params["text"]))


def _back(request: Request, form: Form) -> dict[str, Any]:
    given = form.value(RETURN_FIELD) or request.query_params.get(RETURN_FIELD, "")
    return {"back": safe_return_path(given), "back_field": RETURN_FIELD}


def _here(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


_TEXT: Final = "/{tenant}/moderation/{kind}/{text}"

routes: Final[Sequence[BaseRoute]] = (
    Route("/{tenant}/moderation", policy, methods=["GET"]),
    Route(f"{_TEXT}/melden", report_form, methods=["GET"]),
    Route(f"{_TEXT}/melden", send_report, methods=["POST"]),
    Route(f"{_TEXT}/melden/danke", thanks, methods=["GET"]),
    Route(f"{_TEXT}/widerspruch", objection_form, methods=["GET"]),
    Route(f"{_TEXT}/widerspruch", send_objection, methods=["POST"]),
)
