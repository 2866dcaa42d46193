"""Pages of what a Dialog is opened on: one object, and what changed in a text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.events import next_change, topic_tag
from civic_gateway.features.discussion.loading import load_topic, topic_values
from civic_gateway.features.discussion.object_views import change_views, map_view, object_view, track_views
from civic_gateway.features.discussion.pictures import CHOICE_WIDTH, picture_of
from civic_gateway.features.discussion.views import topic_path
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.web.addresses import id_in
from civic_gateway.web.maps import map_headers

_DIGITS: Final = 9


async def shown_object(request: Request) -> Response:
    """A text by sections, a map with its words, a video with its transcript; also in an earlier version."""
    context = context_of(request)
    slug, key = request.path_params["tenant"], request.path_params["object"]
    topic, tenant = await load_topic(request)
    found = await context.objects.get(await asker_of(request, slug), topic.id, key, version=_number(request, "fassung"))
    keep(request, topic_tag(topic.id), tenant_tag(slug), until=next_change((topic,)))
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "object.html",
        tenant=tenant,
        shown=found,
        object=object_view(words, found, topic_path(topic)),
        deeper=0,
        captions=track_views(found, slug),
        picture=picture_of(found),
        choice_width=CHOICE_WIDTH,
        headers=map_headers(context.settings) if found.HasField("map") else None,
        map_style=context.settings.map_style_url,
        map_view=map_view(found.map) if found.HasField("map") else "",
        **topic_values(words, topic),
    )


async def changes(request: Request) -> Response:
    """What is new in a text, section by section, with words for who does not see colours."""
    context = context_of(request)
    slug, key = request.path_params["tenant"], request.path_params["object"]
    asker = await asker_of(request, slug)
    topic_id, earlier, later = id_in(request.path_params["topic"]), _number(request, "von"), _number(request, "bis")
    (topic, tenant), found = await asyncio.gather(
        load_topic(request),
        context.objects.compare(asker, topic_id, key, from_version=earlier, to_version=later),
    )
    keep(request, topic_tag(topic.id), tenant_tag(slug), until=next_change((topic,)))
    words = context.renderer.words(request)
    changed = change_views(found.sections)
    return await context.renderer.page(
        request,
        "object_changes.html",
        tenant=tenant,
        object=object_view(words, found.object, topic_path(topic)),
        from_version=found.from_version,
        changed=changed,
        same=len(found.sections) - len(changed),
        **topic_values(words, topic),
    )


def _number(request: Request, name: str) -> int:
    """0 where the address names none; raises NOT_FOUND for what is no number."""
    value = request.query_params.get(name, "")
    if not value:
        return 0
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such version")
    return int(value)


_OBJECT: Final = "/{tenant}/dialoge/{topic}/unterlagen/{object}"

routes: Final[Sequence[BaseRoute]] = (
    Route(_OBJECT, shown_object, methods=["GET"]),
    Route(f"{_OBJECT}/aenderungen", changes, methods=["GET"]),
)
