"""Pages about mail: following a Dialog, one's own notifications, and leaving by the link in a mail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from civic_chassis.kernel.errors import DomainError, Violation, invalid
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Asker
from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.discussion.loading import load_topic, topic_values
from civic_gateway.features.discussion.views import topic_path
from civic_gateway.features.following.calls import TOPIC, Recipient, Rhythm, Scope
from civic_gateway.features.following.render import PREFERENCES, RHYTHM_OF, RHYTHMS
from civic_gateway.features.subscriptions.pages import entry
from civic_gateway.session import current_session, sign_in_redirect
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.queries import page_token
from civic_gateway.web.sending import described, redirect, shown_again

MINE: Final = "/mein-bereich/benachrichtigungen"
_PER_PAGE: Final = 30
_END: Final = "end"
_NO_STORE: Final = {"cache-control": "no-store"}
_SCOPES: Final = {
    Scope.SUBSCRIPTION_SCOPE_OBJECT: "object",
    Scope.SUBSCRIPTION_SCOPE_DIGEST: "digest",
    Scope.SUBSCRIPTION_SCOPE_KIND: "kind",
}


async def follow(request: Request) -> Response:
    """Whether and how often the person hears of a Dialog."""
    topic, tenant = await load_topic(request)
    if current_session(request) is None:
        context = context_of(request)
        purpose = context.renderer.words(request).text("following.sign_in", title=topic.texts.title)
        back = topic_path(topic)
        return await context.renderer.page(
            request, "sign_in.html", tenant=tenant, status=401, purpose=purpose, back=back
        )
    return await _follow_page(request, Form())


async def send_follow(request: Request) -> Response:
    """Follows, changes how often, or ends it."""
    values = await read_form(request)
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    topic, _ = await load_topic(request)
    context, asker = context_of(request), await asker_of(request, topic.tenant)
    try:
        if values.get("rhythm") == _END:
            await context.following.delete(asker, TOPIC, topic.id)
        else:
            rhythm = _rhythm(values.get("rhythm", ""))
            await context.following.put(asker, topic.id, rhythm, title=topic.texts.title, path=topic_path(topic))
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        return await _follow_page(request, Form(values, problem), status=problem.status)
    return redirect(f"{topic_path(topic)}/folgen?gespeichert=1")


async def _follow_page(request: Request, form: Form, *, status: int = 200) -> Response:
    topic, tenant = await load_topic(request)
    context = context_of(request)
    rhythm = ""
    try:
        found = await context.following.get(await asker_of(request, topic.tenant), TOPIC, topic.id)
        rhythm = RHYTHMS[found.rhythm]
    except DomainError as error:
        if error.reason != "FOLLOWING_NOT_FOUND":
            raise
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "follow.html",
        tenant=tenant,
        status=status,
        headers=_NO_STORE,
        form=form if form.values else Form({"rhythm": rhythm or "daily"}),
        rhythm=rhythm,
        rhythms=list(RHYTHMS.values()),
        saved=request.query_params.get("gespeichert") == "1" and not form.problem,
        **topic_values(words, topic),
    )


async def mine(request: Request) -> Response:
    """What the person follows, how often they hear of each kind, and where mails go."""
    if current_session(request) is None:
        context = context_of(request)
        purpose = context.renderer.words(request).text("following.sign_in_mine")
        return await context.renderer.page(request, "sign_in.html", status=401, purpose=purpose, back="/")
    return await _mine_page(request, Form())


async def send_mine(request: Request) -> Response:
    """One form for each row: another rhythm, an end, a preference, or the address once more."""
    values = await read_form(request)
    if current_session(request) is None:
        return await sign_in_redirect(request, form=MINE, fields=values)
    try:
        await _change(request, values)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        return await _mine_page(request, Form(values, problem), status=problem.status)
    return redirect(with_query(MINE, gespeichert="1", page_token=page_token(request)))


async def _change(request: Request, values: dict[str, str]) -> None:
    following = context_of(request).following
    token = required_token_of(request)
    match values.get("what"):
        case "following":
            asker = Asker(values.get("tenant") or None, token)
            kind, object_id = values.get("kind", ""), values.get("id", "")
            if values.get("rhythm") == _END:
                await following.delete(asker, kind, object_id)
                return
            found = await following.get(asker, kind, object_id)
            await following.change(asker, found, _rhythm(values.get("rhythm", "")))
        case "preference":
            rhythm = RHYTHM_OF.get(values.get("rhythm", ""))
            if rhythm is None:
                raise _no_rhythm()
            await following.prefer(Asker(None, token), values.get("kind", ""), rhythm)
        case "retry":
            await following.retry(Asker(None, token))
        case _:
            raise _no_rhythm()


async def _mine_page(request: Request, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    asker = Asker(None, required_token_of(request))
    answer, preferences, recipient, tenants = await asyncio.gather(
        context.following.list_mine(asker, page_size=_PER_PAGE, page_token=page_token(request)),
        context.following.preferences(asker),
        _recipient(request, asker),
        context.tenants.all(),
    )
    names = {tenant.slug: tenant.display_name for tenant in tenants}
    entries = [entry(each, names) for each in answer.followings]
    session = current_session(request)
    works = session is not None and bool(session.staff_tenants)
    return await context.renderer.page(
        request,
        "notifications.html",
        status=status,
        headers=_NO_STORE,
        form=form,
        saved=request.query_params.get("gespeichert") == "1" and not form.problem,
        followings=[each for each in entries if not each["subscription"]],
        subscriptions=[each for each in entries if each["subscription"]],
        preferences=[
            {"kind": each.kind, "rhythm": PREFERENCES[each.rhythm], "followed": each.followed}
            for each in preferences
            if works or not each.staff
        ],
        recipient=recipient,
        rhythms=list(RHYTHMS.values()),
        first=MINE if page_token(request) else "",
        next=with_query(MINE, page_token=answer.next_page_token) if answer.next_page_token else "",
    )


async def _recipient(request: Request, asker: Asker) -> Recipient | None:
    try:
        return await context_of(request).following.recipient(asker)
    except DomainError as error:
        if error.reason != "RECIPIENT_NOT_FOUND":
            raise
        return None


async def leave(request: Request) -> Response:
    """Says what the link in a mail ends, and asks; opening an address changes nothing."""
    return await _leave_page(request, done=False)


async def send_leave(request: Request) -> Response:
    """Ends it: the button of the page, or the one click of a mail program (RFC 8058), whose body says nothing more."""
    await context_of(request).following.unsubscribe(request.path_params["token"])
    return await _leave_page(request, done=True)


async def _leave_page(request: Request, *, done: bool) -> Response:
    context = context_of(request)
    found = await context.following.subscription(request.path_params["token"])
    tenants = {tenant.slug: tenant.display_name for tenant in await context.tenants.all()} if found.tenant else {}
    return await context.renderer.page(
        request,
        "unsubscribe.html",
        headers={**_NO_STORE, "referrer-policy": "no-referrer"},
        done=done or not found.active,
        scope=_SCOPES[found.scope],
        title=found.title,
        kind=found.kind,
        tenant_name=tenants.get(found.tenant, found.tenant),
        action=request.url.path,
    )


def _rhythm(name: str) -> Rhythm.ValueType:
    if name not in RHYTHMS.values():
        raise _no_rhythm()
    return RHYTHM_OF[name]


def _no_rhythm() -> DomainError:
    return invalid(Violation("rhythm", "NOT_ALLOWED", "no rhythm", {"allowed": ", ".join(RHYTHMS.values())}))


routes: Final[Sequence[BaseRoute]] = (
    Route(MINE, mine, methods=["GET"]),
    Route(MINE, send_mine, methods=["POST"]),
    Route("/abbestellen/{token}", leave, methods=["GET"]),
    Route("/abbestellen/{token}", send_leave, methods=["POST"]),
    Route("/{tenant}/dialoge/{topic}/folgen", follow, methods=["GET"]),
    Route("/{tenant}/dialoge/{topic}/folgen", send_follow, methods=["POST"]),
)
