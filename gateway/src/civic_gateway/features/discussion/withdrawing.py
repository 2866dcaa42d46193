"""Taking a contribution back, and every version that it had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion import render
from civic_gateway.features.discussion.contribution_calls import Contribution
from civic_gateway.features.discussion.loading import load, topic_values
from civic_gateway.features.discussion.signing_in import sign_in_first
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import contribution_path, moment, topic_path
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.session import current_session, sign_in_redirect
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.sending import described, redirect, shown_again


async def withdraw_form(request: Request) -> Response:
    """Asks whether the contribution is really to be taken back, and says what that means."""
    topic, found, tenant = await load(request)
    if current_session(request) is None:
        return await sign_in_first(request, topic, tenant, "edit", contribution_path(topic_path(topic), found))
    if not found.mine:
        raise DomainError(Kind.FORBIDDEN, "NOT_THE_AUTHOR", "not the author", domain="discussion.civic")
    return await _withdraw_page(request, topic, found, tenant, Form())


async def withdraw(request: Request) -> Response:
    """Takes a contribution back."""
    values = await read_form(request)
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    topic, found, tenant = await load(request)
    try:
        await context_of(request).curation.withdraw(await asker_of(request, topic.tenant), found.id)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        return await _withdraw_page(request, topic, found, tenant, Form(values, problem), status=problem.status)
    return redirect(contribution_path(topic_path(topic), found))


async def _withdraw_page(
    request: Request, topic: Topic, found: Contribution, tenant: Tenant, form: Form, *, status: int = 200
) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "contribution_withdraw.html",
        tenant=tenant,
        status=status,
        form=form,
        present=found,
        contribution_path=contribution_path(topic_path(topic), found),
        **topic_values(words, topic),
    )


async def versions(request: Request) -> Response:
    """Every version of a contribution with its fingerprint, and where it comes from."""
    context = context_of(request)
    topic, found, tenant = await load(request)
    answer = await context.curation.versions(await asker_of(request, topic.tenant), found.id)
    words = context.renderer.words(request)
    asked = "".join(request.query_params.get("pruefsumme", "").lower().split())
    return await context.renderer.page(
        request,
        "contribution_versions.html",
        tenant=tenant,
        present=found,
        contribution_path=contribution_path(topic_path(topic), found),
        versions=[(each, words.instant(moment(each.create_time))) for each in reversed(answer.versions)],
        origins=[(each, render.ORIGINS[each.kind], words.instant(moment(each.create_time))) for each in answer.origins],
        asked=asked,
        matching=[each.version for each in answer.versions if each.fingerprint == asked],
        **topic_values(words, topic),
    )


_CONTRIBUTION: Final = "/{tenant}/dialoge/{topic}/beitraege/{contribution}"

routes: Final[Sequence[BaseRoute]] = (
    Route(f"{_CONTRIBUTION}/zurueckziehen", withdraw_form, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/zurueckziehen", withdraw, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/fassungen", versions, methods=["GET"]),
)
