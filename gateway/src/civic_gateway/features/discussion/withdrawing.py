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
from civic_gateway.features.discussion.loading import load, page_of_contribution
from civic_gateway.features.discussion.signing_in import sign_in_first
from civic_gateway.features.discussion.views import contribution_path, moment, topic_path
from civic_gateway.session import current_session, sign_in_redirect
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.sending import described, redirect, shown_again

_WITHDRAW: Final = "contribution_withdraw.html"


async def withdraw_form(request: Request) -> Response:
    """Asks whether the contribution is really to be taken back, and says what that means."""
    topic, found, tenant = await load(request)
    if current_session(request) is None:
        return await sign_in_first(request, topic, tenant, "edit", contribution_path(topic_path(topic), found))
    if not found.mine:
        raise DomainError(Kind.FORBIDDEN, "NOT_THE_AUTHOR", "not the author", domain="discussion.civic")
    return await page_of_contribution(request, _WITHDRAW, topic, found, tenant, form=Form())


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
        form = Form(values, problem)
        return await page_of_contribution(request, _WITHDRAW, topic, found, tenant, form=form, status=problem.status)
    return redirect(contribution_path(topic_path(topic), found))


async def versions(request: Request) -> Response:
    """Every version of a contribution with its fingerprint, and where it comes from."""
    context = context_of(request)
    topic, found, tenant = await load(request)
    answer = await context.curation.versions(await asker_of(request, topic.tenant), found.id)
    words = context.renderer.words(request)
    asked = "".join(request.query_params.get("pruefsumme", "").lower().split())
    return await page_of_contribution(
        request,
        "contribution_versions.html",
        topic,
        found,
        tenant,
        versions=[(each, words.instant(moment(each.create_time))) for each in reversed(answer.versions)],
        origins=[(each, render.ORIGINS[each.kind], words.instant(moment(each.create_time))) for each in answer.origins],
        asked=asked,
        matching=[each.version for each in answer.versions if each.fingerprint == asked],
    )


_CONTRIBUTION: Final = "/{tenant}/dialoge/{topic}/beitraege/{contribution}"

routes: Final[Sequence[BaseRoute]] = (
    Route(f"{_CONTRIBUTION}/zurueckziehen", withdraw_form, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/zurueckziehen", withdraw, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/fassungen", versions, methods=["GET"]),
)
