"""Contributions of a Dialog on a map with their list beside it: both show the same, and the list needs no script."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.events import next_change, topic_tag
from civic_gateway.features.discussion.loading import load_topic, moved, topic_values
from civic_gateway.features.discussion.object_views import only_of, query_of
from civic_gateway.features.discussion.pages import ORDERS
from civic_gateway.features.discussion.settings_schema import PLACES
from civic_gateway.features.discussion.site_schema import edges_of
from civic_gateway.features.discussion.views import choices_of, contribution_view, topic_path
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.web.addresses import id_in, with_query
from civic_gateway.web.maps import map_headers
from civic_gateway.web.queries import box_of, choice, page_token

_PER_PAGE: Final = 20
# Without a section of the map: whatever has a pin.
_EVERYWHERE: Final = (-180.0, -90.0, 180.0, 90.0)


async def contributions_map(request: Request) -> Response:
    """Contributions with a pin, by category, label, order, and the section of the map."""
    context = context_of(request)
    slug, topic_id = request.path_params["tenant"], id_in(request.path_params["topic"])
    order, bbox = choice(request, "order", tuple(ORDERS)) or "newest", request.query_params.get("bbox", "").strip()
    only = replace(only_of(request), box=box_of(bbox) if bbox else _EVERYWHERE)
    asker = await asker_of(request, slug)
    (topic, tenant), answer = await asyncio.gather(
        load_topic(request),
        context.contributions.list_contributions(
            asker, topic_id, page=Page(_PER_PAGE, page_token(request)), order=ORDERS[order], only=only
        ),
    )
    path = f"{topic_path(topic)}/karte"
    if request.url.path != path:
        return moved(request, path)
    keep(request, topic_tag(topic_id), tenant_tag(slug), until=next_change((topic,)))
    words = context.renderer.words(request)
    categories = choices_of(topic.settings.categories, words.language)
    kept = {"order": order if order != "newest" else "", **query_of(only), "bbox": bbox}
    named = {"category": only.category, "label": only.label, "object": only.object_id, "section": only.section}
    token = answer.next_page_token
    return await context.renderer.page(
        request,
        "contributions_map.html",
        tenant=tenant,
        headers=map_headers(context.settings),
        contributions=[contribution_view(words, each, topic_path(topic), categories) for each in answer.contributions],
        categories=tuple(categories.items()),
        labels=tuple(choices_of(topic.settings.labels, words.language).items()),
        kept=kept,
        order=order,
        orders=[(name, words.text(f"pages.dialog.orders.{name}")) for name in ORDERS],
        narrowed=any(query_of(only).values()) or bool(bbox),
        place_mode=PLACES.get(topic.settings.place, "optional"),
        path=path,
        points=with_query(f"/api/v1/{slug}/discussion/topics/{topic_id}/map", **named),
        edges=edges_of(topic.site if topic.HasField("site") else None) or context.settings.state_bounds,
        map_style=context.settings.map_style_url,
        first=with_query(path, **kept) if page_token(request) else "",
        next=with_query(path, **kept, page_token=token) if token else "",
        **topic_values(words, topic),
    )


routes: Final[Sequence[BaseRoute]] = (Route("/{tenant}/dialoge/{topic}/karte", contributions_map, methods=["GET"]),)
