"""Rating and commenting on a contribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from civic_chassis.kernel.errors import DomainError, Violation, invalid
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.contribution_calls import RatingValue
from civic_gateway.features.discussion.loading import load
from civic_gateway.features.discussion.pages import contribution_page
from civic_gateway.features.discussion.receipts import receipt_of_comment
from civic_gateway.features.discussion.render import RATINGS
from civic_gateway.features.discussion.signing_in import sign_in_first
from civic_gateway.features.discussion.views import contribution_path, topic_path
from civic_gateway.session import current_session, drop_draft, sign_in_redirect, take_draft
from civic_gateway.web.addresses import id_in, id_of
from civic_gateway.web.forms import Form, key_of, read_form
from civic_gateway.web.sending import described, redirect, shown_again

_RATINGS: Final = {name: RatingValue.ValueType(value) for value, name in RATINGS.items()}


async def rate(request: Request) -> Response:
    """Sets or takes back the person's rating."""
    values = await read_form(request)
    path = request.url.path.removesuffix("/bewertung")
    if current_session(request) is None:
        return await sign_in_redirect(request, form=path, fields=values)
    try:
        await _set_rating(request, values.get("value", ""))
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        topic, found, tenant = await load(request)
        return await contribution_page(
            request,
            context_of(request),
            topic,
            found,
            tenant,
            form=Form(),
            rating_problem=problem,
            status=problem.status,
        )
    return redirect(f"{path}#bewertung")


async def _set_rating(request: Request, value: str) -> None:
    contributions = context_of(request).contributions
    asker = await asker_of(request, request.path_params["tenant"])
    contribution_id = id_in(request.path_params["contribution"])
    if value == "none":
        await contributions.delete_rating(asker, contribution_id)
    elif value in _RATINGS:
        await contributions.set_rating(asker, contribution_id, _RATINGS[value])
    else:
        raise invalid(Violation("value", "NOT_ALLOWED", "no rating", {"allowed": ", ".join((*_RATINGS, "none"))}))


async def comment_form(request: Request) -> Response:
    """The contribution with the comment form as it was before signing in."""
    topic, found, tenant = await load(request)
    path = contribution_path(topic_path(topic), found)
    if current_session(request) is None:
        return await sign_in_first(request, topic, tenant, "comment", path)
    draft = await take_draft(request, form=request.url.path) or {}
    return await contribution_page(
        request, context_of(request), topic, found, tenant, form=Form(draft), reply_to=draft.get("parent", "")
    )


async def send_comment(request: Request) -> Response:
    """Takes a comment or a reply."""
    values = await read_form(request)
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    context = context_of(request)
    topic, found, tenant = await load(request)
    parent = values.get("parent", "")
    try:
        made = await context.contributions.create_comment(
            await asker_of(request, topic.tenant),
            found.id,
            text=values.get("text", ""),
            parent_id=id_of(parent) if parent else "",
            request_id=key_of(values),
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(
            request, error, labels={"text": "pages.comment.reply_label" if parent else "pages.comment.label"}
        )
        return await contribution_page(
            request,
            context,
            topic,
            found,
            tenant,
            form=Form(values, problem),
            reply_to=parent,
            status=problem.status,
        )
    await drop_draft(request, form=request.url.path)
    return redirect(receipt_of_comment(context, contribution_path(topic_path(topic), found), made))


_CONTRIBUTION: Final = "/{tenant}/dialoge/{topic}/beitraege/{contribution}"

routes: Final[Sequence[BaseRoute]] = (
    Route(f"{_CONTRIBUTION}/bewertung", rate, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/kommentare", comment_form, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/kommentare", send_comment, methods=["POST"]),
)
