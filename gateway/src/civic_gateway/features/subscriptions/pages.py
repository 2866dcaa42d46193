"""Pages about subscriptions: the form, the question of the mail, and what an address without an account follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError, Violation, invalid
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Asker
from civic_gateway.context import context_of, token_of
from civic_gateway.features.catalog.filters import Chosen, chosen_in, named_as_asked
from civic_gateway.features.following.render import RHYTHM_OF, RHYTHMS
from civic_gateway.features.subscriptions.calls import SUBSCRIPTION, Named, Rhythm
from civic_gateway.features.subscriptions.views import FIELDS, chosen_in_subscription, chosen_of, subscribable, titled
from civic_gateway.limits import client_of
from civic_gateway.session import current_session
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import Form, pick, read_form
from civic_gateway.web.sending import described, redirect, shown_again

FORM: Final = "/abonnieren"
_MINE: Final = "/mein-bereich/benachrichtigungen"
_END: Final = "end"
_PRIVATE: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_LABELS: Final = {"address": "subscriptions.address", "rhythm": "subscriptions.how_often"}


async def form(request: Request) -> Response:
    """What is subscribed to, how often, and with which address."""
    chosen = subscribable(chosen_in(request))
    return await _form_page(request, chosen, Form({"rhythm": "daily"}))


async def send(request: Request) -> Response:
    """Subscribes with the account, or asks the address first."""
    values = await read_form(request)
    chosen = chosen_of(values)
    signed_in = current_session(request) is not None
    try:
        with named_as_asked():
            await subscribe(request, chosen, values.get("rhythm", ""), address=values.get("address", ""))
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels=_LABELS)
        return await _form_page(request, chosen, Form(values, problem), status=problem.status)
    if signed_in:
        return redirect(with_query(_MINE, gespeichert="1"))
    return redirect(with_query(f"{FORM}/gesendet", **pick(values, FIELDS)))


async def subscribe(request: Request, chosen: Chosen, rhythm: str, *, address: str) -> str:
    """For the signed-in person: the id; for everybody else empty, since the address is asked first."""
    context = context_of(request)
    number, wanted = rhythm_of(rhythm), chosen.wanted()
    words = context.renderer.words(request)
    named = Named(wanted, titled(words, chosen, await context.tenants.all()), words.language)
    # Mails come in the name of the tenant that is asked for, or of the state.
    asker = Asker(chosen.tenant or context.settings.state, token_of(request))
    if asker.token is not None:
        return await context.subscriptions.follow(asker, named, number)
    client = client_of(request.scope)
    await context.subscriptions.ask(asker, named, number, address=address, client=client)
    return ""


def rhythm_of(name: str) -> Rhythm.ValueType:
    """Raises INVALID_ARGUMENT."""
    if name not in RHYTHMS.values():
        raise invalid(Violation("rhythm", "NOT_ALLOWED", "no rhythm", {"allowed": ", ".join(RHYTHMS.values())}))
    return RHYTHM_OF[name]


async def _form_page(request: Request, chosen: Chosen, shown: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "subscribe.html",
        status=status,
        form=shown,
        title=titled(words, chosen, await context.tenants.all()),
        fields={name: value for name, value in chosen.query.items() if value},
        rhythms=list(RHYTHMS.values()),
        back=with_query("/suche", **chosen.query),
        here=with_query(FORM, **chosen.query),
    )


async def sent(request: Request) -> Response:
    """What happens next; the same whatever is known of the address."""
    chosen = subscribable(chosen_in(request))
    back = with_query("/suche", **chosen.query)
    return await context_of(request).renderer.page(request, "subscribe_sent.html", back=back)


async def show(request: Request) -> Response:
    """The list of a subscription."""
    found = await context_of(request).subscriptions.get(request.path_params["subscription"])
    return RedirectResponse(with_query("/suche", **chosen_in_subscription(found).query), 307)


async def question(request: Request) -> Response:
    """What the mail asks; opening an address changes nothing."""
    context = context_of(request)
    found = await context.subscriptions.question(request.path_params["token"])
    return await context.renderer.page(
        request,
        "subscribe_question.html",
        headers=_PRIVATE,
        title=found.following.title,
        rhythm=RHYTHMS[found.following.rhythm],
        confirmed=found.confirmed,
        action=request.url.path,
    )


async def confirm(request: Request) -> Response:
    """Subscribes, and shows all that the address subscribes to."""
    manage = await context_of(request).subscriptions.confirm(request.path_params["token"])
    return redirect(f"/abonnements/{manage}?bestaetigt=1")


async def manage(request: Request) -> Response:
    """What the address of a mail follows."""
    return await _manage_page(request, Form())


async def send_manage(request: Request) -> Response:
    """Another rhythm, or an end."""
    values = await read_form(request)
    try:
        await _change(request, values)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, labels=_LABELS)
        return await _manage_page(request, Form(values, problem), status=problem.status)
    return redirect(f"{request.url.path}?gespeichert=1")


async def _change(request: Request, values: Mapping[str, str]) -> None:
    rhythm = values.get("rhythm", "")
    number = Rhythm.RHYTHM_NEVER if rhythm == _END else rhythm_of(rhythm)
    await context_of(request).subscriptions.change_of_guest(
        request.path_params["token"], values.get("tenant", ""), values.get("kind", ""), values.get("id", ""), number
    )


async def _manage_page(request: Request, shown: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    token = request.path_params["token"]
    followings = await context.subscriptions.of_guest(token)
    names = {tenant.slug: tenant.display_name for tenant in await context.tenants.all()}
    said = request.query_params
    return await context.renderer.page(
        request,
        "subscribe_manage.html",
        status=status,
        headers=_PRIVATE,
        form=shown,
        action=request.url.path,
        confirmed=said.get("bestaetigt") == "1" and not shown.problem,
        saved=said.get("gespeichert") == "1" and not shown.problem,
        followings=[entry(each, names) for each in followings],
        rhythms=list(RHYTHMS.values()),
    )


def entry(each: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """A line of the list of what somebody follows."""
    return {
        "title": each.title,
        "path": each.path,
        "tenant": each.tenant,
        "tenant_name": names.get(each.tenant, each.tenant),
        "kind": each.object.kind,
        "id": each.object.id,
        "rhythm": RHYTHMS[each.rhythm],
        "subscription": each.object.kind == SUBSCRIPTION,
    }


routes: Final[Sequence[BaseRoute]] = (
    Route(FORM, form, methods=["GET"]),
    Route(FORM, send, methods=["POST"]),
    Route(f"{FORM}/gesendet", sent, methods=["GET"]),
    Route("/abonnement/{subscription}", show, methods=["GET"]),
    Route("/abonnements/bestaetigen/{token}", question, methods=["GET"]),
    Route("/abonnements/bestaetigen/{token}", confirm, methods=["POST"]),
    Route("/abonnements/{token}", manage, methods=["GET"]),
    Route("/abonnements/{token}", send_manage, methods=["POST"]),
)
