"""Start page of the state, search and archive: the state's list."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import Context, context_of
from civic_gateway.features.catalog.calls import Filters, Page
from civic_gateway.features.catalog.events import OFFERS, next_change
from civic_gateway.features.catalog.filters import KIND_NAMES, PHASES, Chosen, chosen_in, named_as_asked
from civic_gateway.features.catalog.views import cards, hits
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.features.tenants.events import TENANTS
from civic_gateway.web.addresses import with_query
from civic_gateway.web.queries import page_token

# The kinds of participation that this portal offers.
_TOOLS: Final = ("dialog",)
_ON_START: Final = 12
_ENDED_ON_START: Final = 3
_PER_PAGE: Final = 30
_START_PHASES: Final = ("active", "announced", "ended")
_OPEN: Final = frozenset({PHASES["active"], PHASES["announced"]})
_AWAY: Final = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})
_NOTHING: Final = Page()

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


async def start(request: Request) -> Response:
    """What runs now, soonest end first; what ended lately; who takes part. Stands without the list, too."""
    context = context_of(request)
    tenants = await context.tenants.all()
    given = chosen_in(request)
    chosen = Chosen(phase=given.phase, tenant=given.tenant, kind=given.kind)
    ended_only = replace(chosen, phase="ended")
    with named_as_asked():
        listed, ended, filters = await asyncio.gather(
            unless_away(context.catalog.list_offers(chosen.wanted(), size=_ON_START)),
            unless_away(context.catalog.list_offers(ended_only.wanted(), size=_ENDED_ON_START)),
            unless_away(context.catalog.list_filters()),
        )
    away = listed is None
    listed, ended = listed or _NOTHING, ended or _NOTHING
    if not away:
        keep(request, OFFERS, TENANTS, until=next_change((*listed.offers, *ended.offers)))
    open_to_all = [each for each in listed.offers if chosen.phase or each.phase in _OPEN]
    more = listed.next_page_token and len(open_to_all) == len(listed.offers)
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "start.html",
        away=away,
        tools=_TOOLS,
        municipal=municipal(context, tenants),
        cards=cards(words, open_to_all, tenants, listed.read_time),
        more=with_query("/suche", **chosen.query) if more else "",
        ended=cards(words, ended.offers, tenants, ended.read_time),
        **choices(chosen, tenants, filters, _START_PHASES),
    )


async def search(request: Request) -> Response:
    """Everything of all tools and tenants, by words and filters."""
    return await _list(request, chosen_in(request), "/suche", "search.html", tuple(PHASES))


async def archive(request: Request) -> Response:
    """What is over for long."""
    chosen = replace(chosen_in(request), phase="archived")
    return await _list(request, chosen, "/archiv", "archive.html", ())


async def _list(request: Request, chosen: Chosen, path: str, template: str, phases: Sequence[str]) -> Response:
    context = context_of(request)
    tenants = await context.tenants.all()
    token = page_token(request)
    with named_as_asked():
        answer, filters = await asyncio.gather(
            context.catalog.list_offers(chosen.wanted(), size=_PER_PAGE, token=token, count=True),
            context.catalog.list_filters(chosen.tenant),
        )
    keep(request, OFFERS, TENANTS, until=next_change(answer.offers))
    words = context.renderer.words(request)
    # The archive's phase stands in its path.
    shown = chosen if phases else replace(chosen, phase="")
    return await context.renderer.page(
        request,
        template,
        cards=cards(words, answer.offers, tenants, answer.read_time),
        hits=hits(words, answer.hit_count, more=answer.more_hits),
        corrected=answer.corrected_query,
        first=with_query(path, **shown.query) if token else "",
        next=with_query(path, **shown.query, page_token=answer.next_page_token) if answer.next_page_token else "",
        feed_query=chosen.query,
        **choices(chosen, tenants, filters, phases),
    )


async def unless_away(call: Awaitable[Answer]) -> Answer | None:
    """The answer; None where the service is away, so that the rest of a page can be shown."""
    try:
        return await call
    except DomainError as error:
        if error.kind not in _AWAY:
            raise
        _log.warning("a part of a page is away: %s", error.reason)
        return None


def municipal(context: Context, tenants: Sequence[Tenant]) -> list[Tenant]:
    """The tenants apart from the state portal."""
    return [tenant for tenant in tenants if tenant.slug != context.settings.state]


def choices(
    chosen: Chosen, tenants: Sequence[Tenant], filters: Filters | None, phases: Sequence[str]
) -> dict[str, Any]:
    """What the form above a list can be set to."""
    found = filters or Filters()
    return {
        "chosen": chosen,
        "tenants": tenants,
        "phases": phases,
        "kinds": [KIND_NAMES[kind] for kind in found.kinds],
        "districts": list(found.districts),
        "topics": list(found.themes),
    }


routes: Final[Sequence[BaseRoute]] = (
    Route("/", start),
    Route("/suche", search),
    Route("/archiv", archive),
)
