"""The map with its list beside it: both show the same offers, and the list needs no script."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import context_of
from civic_gateway.features.catalog.events import OFFERS, next_change
from civic_gateway.features.catalog.filters import PHASES, chosen_in, named_as_asked
from civic_gateway.features.catalog.pages import choices
from civic_gateway.features.catalog.views import cards, hits
from civic_gateway.features.tenants.events import TENANTS
from civic_gateway.web.addresses import with_query
from civic_gateway.web.maps import map_headers
from civic_gateway.web.queries import page_token

_PATH: Final = "/karte"
_PER_PAGE: Final = 30
# Without a section of the map: whatever has a place.
_EVERYWHERE: Final = "5.5,47,15.6,55.2"


async def map_page(request: Request) -> Response:
    """Offers with a place, by the filters of the search and the section of the map."""
    context = context_of(request)
    settings = context.settings
    tenants = await context.tenants.all()
    chosen, token = chosen_in(request), page_token(request)
    placed = replace(chosen, bbox=chosen.bbox or _EVERYWHERE)
    with named_as_asked():
        answer, filters = await asyncio.gather(
            context.catalog.list_offers(placed.wanted(), size=_PER_PAGE, token=token, count=True),
            context.catalog.list_filters(chosen.tenant),
        )
    keep(request, OFFERS, TENANTS, until=next_change(answer.offers))
    words = context.renderer.words(request)
    next_ = answer.next_page_token
    return await context.renderer.page(
        request,
        "map.html",
        headers=map_headers(settings),
        cards=cards(words, answer.offers, tenants, answer.read_time),
        hits=hits(words, answer.hit_count, more=answer.more_hits),
        corrected=answer.corrected_query,
        first=with_query(_PATH, **chosen.query) if token else "",
        next=with_query(_PATH, **chosen.query, page_token=next_) if next_ else "",
        points=with_query("/api/v1/catalog/map", **replace(chosen, bbox="").query),
        map_style=settings.map_style_url,
        **choices(chosen, tenants, filters, tuple(PHASES)),
    )


routes: Final[Sequence[BaseRoute]] = (Route(_PATH, map_page),)
