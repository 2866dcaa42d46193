"""Start page of a tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import context_of
from civic_gateway.features.catalog.calls import Page
from civic_gateway.features.catalog.events import next_change, offers_tag
from civic_gateway.features.catalog.filters import PHASES, Chosen
from civic_gateway.features.catalog.pages import unless_away
from civic_gateway.features.catalog.views import cards_of_tenant
from civic_gateway.features.tenants.events import tenant_tag

_SHOWN: Final = 12
_ENDED_SHOWN: Final = 3
_OPEN: Final = frozenset({PHASES["active"], PHASES["announced"]})
_NOTHING: Final = Page()


async def start(request: Request) -> Response:
    """Name, own words, what runs here, whom to turn to."""
    context = context_of(request)
    slug = request.path_params["tenant"]
    if slug == context.settings.state:
        return RedirectResponse("/", 308)
    tenant = await context.tenants.get_with_texts(slug)
    here = Chosen(tenant=slug)
    listed, ended = await asyncio.gather(
        unless_away(context.catalog.list_offers(here.wanted(), size=_SHOWN)),
        unless_away(context.catalog.list_offers(replace(here, phase="ended").wanted(), size=_ENDED_SHOWN)),
    )
    away = listed is None
    listed, ended = listed or _NOTHING, ended or _NOTHING
    if not away:
        keep(request, offers_tag(slug), tenant_tag(slug), until=next_change((*listed.offers, *ended.offers)))
    words = context.renderer.words(request)
    language = words.language if words.language in tenant.texts and tenant.texts[words.language].welcome else "de"
    return await context.renderer.page(
        request,
        "tenant.html",
        tenant=tenant,
        welcome=tenant.texts[language].welcome if language in tenant.texts else "",
        welcome_language=language,
        away=away,
        cards=cards_of_tenant(words, [each for each in listed.offers if each.phase in _OPEN], listed.read_time),
        ended=cards_of_tenant(words, ended.offers, ended.read_time),
    )


routes: Final[Sequence[BaseRoute]] = (Route("/{tenant}", start),)
