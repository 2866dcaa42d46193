"""Start page of a tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.calls import Page, Phase
from civic_gateway.features.discussion.events import next_change, topics_tag
from civic_gateway.features.discussion.views import topic_card
from civic_gateway.features.tenants.events import tenant_tag

_SHOWN: Final = 12
_ENDED_SHOWN: Final = 3
_OPEN: Final = frozenset({Phase.PHASE_ACTIVE, Phase.PHASE_ANNOUNCED})


async def start(request: Request) -> Response:
    """Name, own words, what runs here, whom to turn to."""
    context = context_of(request)
    slug = request.path_params["tenant"]
    if slug == context.settings.state:
        return RedirectResponse("/", 308)
    tenant = await context.tenants.get_with_texts(slug)
    asker = await asker_of(request, slug)
    listed, ended = await asyncio.gather(
        context.discussion.list_topics(asker, page=Page(_SHOWN)),
        context.discussion.list_topics(asker, page=Page(_ENDED_SHOWN), phase=Phase.PHASE_ENDED),
    )
    keep(request, topics_tag(slug), tenant_tag(slug), until=next_change((*listed.topics, *ended.topics)))
    words = context.renderer.words(request)
    language = words.language if words.language in tenant.texts and tenant.texts[words.language].welcome else "de"
    return await context.renderer.page(
        request,
        "tenant.html",
        tenant=tenant,
        welcome=tenant.texts[language].welcome if language in tenant.texts else "",
        welcome_language=language,
        cards=[topic_card(words, topic, "") for topic in listed.topics if topic.phase in _OPEN],
        ended=[topic_card(words, topic, "") for topic in ended.topics],
    )


routes: Final[Sequence[BaseRoute]] = (Route("/{tenant}", start),)
