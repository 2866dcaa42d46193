"""Pages of closed Dialoge: the staff's list of invitations, and the page that a mail leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.loading import load_topic
from civic_gateway.features.discussion.staff_access import EDITORS, staff_only
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import moment, staff_path
from civic_gateway.features.invitations.calls import STATES, Invited
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.session import current_session, sign_in_redirect
from civic_gateway.web.addresses import address_of, with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.i18n import Words
from civic_gateway.web.sending import described, redirect, shown_again

_LIST: Final = "/{tenant}/verwaltung/dialoge/{topic}/einladungen"
_OPEN: Final = "/{tenant}/einladung/{token}"
_PRIVATE: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


@staff_only(*EDITORS)
async def invitations(request: Request) -> Response:
    """Who is invited, who has joined, and a form for more."""
    topic, tenant = await load_topic(request)
    return await _list_page(request, tenant, topic, Form())


@staff_only(*EDITORS)
async def change_invitations(request: Request) -> Response:
    """Invites, writes once more, or ends an invitation."""
    values = await read_form(request)
    topic, tenant = await load_topic(request)
    try:
        said = await _change(request, topic, values)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels={"addresses": "closed.staff.addresses"})
        return await _list_page(request, tenant, topic, Form(values, problem), status=problem.status)
    return redirect(with_query(f"{staff_path(topic)}/einladungen", **said))


async def _change(request: Request, topic: Topic, values: Mapping[str, str]) -> dict[str, str]:
    calls, asker = context_of(request).invitations, await asker_of(request, topic.tenant)
    title = topic.texts.title
    if "revoke" in values:
        await calls.revoke(asker, values["revoke"])
        return {"beendet": "1"}
    if "again" in values:
        count = await calls.invite_again(asker, topic.id, title, [values["again"]])
    else:
        lines = [line.strip() for line in values.get("addresses", "").splitlines()]
        count = await calls.invite(asker, topic.id, title, [line for line in lines if line])
    return {"gesendet": str(count)}


async def _list_page(request: Request, tenant: Tenant, topic: Topic, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    found: Sequence[Invited] = ()
    if topic.settings.closed:
        found = await context.invitations.list(await asker_of(request, topic.tenant), topic.id)
    words = context.renderer.words(request)
    sent = request.query_params.get("gesendet", "")
    return await context.renderer.page(
        request,
        "staff_invitations.html",
        tenant=tenant,
        status=status,
        headers=_PRIVATE,
        form=form,
        topic=topic,
        path=staff_path(topic),
        rows=[_row(words, each) for each in found],
        sent=int(sent) if sent.isdecimal() and len(sent) < 4 and not form.problem else None,
        ended=request.query_params.get("beendet") == "1" and not form.problem,
    )


def _row(words: Words, each: Invited) -> dict[str, Any]:
    invitation = each.invitation
    joined = invitation.HasField("join_time")
    return {
        "id": invitation.id,
        "invitee": invitation.invitee_id,
        "address": each.address,
        "unreachable": each.unreachable,
        "state": STATES[invitation.state],
        "when": words.instant(moment(invitation.join_time if joined else invitation.invite_time)),
    }


async def invitation(request: Request) -> Response:
    """What the mail invites to; opening an address changes nothing."""
    context = context_of(request)
    slug, token = request.path_params["tenant"], request.path_params["token"]
    tenant = await context.tenants.get(slug)
    found = await context.invitations.get(await asker_of(request, slug), token)
    return await context.renderer.page(
        request,
        "invitation.html",
        tenant=tenant,
        headers=_PRIVATE,
        title=found.topic_title,
        joined=found.joined,
        topic_path=f"/{slug}/dialoge/{address_of(found.topic_title, found.topic_id)}",
        action=request.url.path,
    )


async def accept(request: Request) -> Response:
    """Makes the person a member, and leads to the Dialog."""
    slug, token = request.path_params["tenant"], request.path_params["token"]
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields={})
    done = await context_of(request).invitations.accept(await asker_of(request, slug), token)
    return redirect(f"/{slug}/dialoge/{address_of(done.topic_title, done.topic_id)}")


routes: Final[Sequence[BaseRoute]] = (
    Route(_LIST, invitations, methods=["GET"]),
    Route(_LIST, change_invitations, methods=["POST"]),
    Route(_OPEN, invitation, methods=["GET"]),
    Route(_OPEN, accept, methods=["POST"]),
)
