"""What the pages of a Dialog load, and what they all show of it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.contribution_calls import Contribution
from civic_gateway.features.discussion.presets import preset_of
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import (
    contribution_path,
    period_of,
    texts_of,
    topic_path,
)
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.web import phases
from civic_gateway.web.addresses import id_in
from civic_gateway.web.i18n import Words


async def load(request: Request) -> tuple[Topic, Contribution, Tenant]:
    """Topic, contribution and tenant of the address, asked for at the same time; raises NOT_FOUND."""
    context = context_of(request)
    parameters = request.path_params
    slug, topic_id = parameters["tenant"], id_in(parameters["topic"])
    asker = await asker_of(request, slug)
    topic, found, tenant = await asyncio.gather(
        context.topics.get_topic(asker, topic_id),
        context.contributions.get_contribution(asker, id_in(parameters["contribution"])),
        context.tenants.get(slug),
    )
    if found.topic_id != topic.id:
        # It was moved: the address that people kept leads to where it now stands.
        topic = await context.topics.get_topic(asker, found.topic_id)
    return topic, found, tenant


async def load_topic(request: Request) -> tuple[Topic, Tenant]:
    """Topic and tenant of the address; raises NOT_FOUND."""
    context = context_of(request)
    slug, topic_id = request.path_params["tenant"], id_in(request.path_params["topic"])
    asker = await asker_of(request, slug)
    topic, tenant = await asyncio.gather(context.topics.get_topic(asker, topic_id), context.tenants.get(slug))
    return topic, tenant


def topic_values(words: Words, topic: Topic) -> dict[str, Any]:
    """What pages below a Dialog show of it."""
    texts, language = texts_of(topic, words.language)
    period = period_of(topic)
    return {
        "topic": topic,
        "topic_title": texts.title,
        "topic_language": language,
        "topic_path": topic_path(topic),
        "preset": preset_of(topic),
        "phase": period.phase,
        "sentence": phases.sentence(words, period),
    }


async def page_of_contribution(
    request: Request, template: str, topic: Topic, found: Contribution, tenant: Tenant, **values: Any
) -> Response:
    """A page about one contribution, which it calls `present`."""
    renderer = context_of(request).renderer
    return await renderer.page(
        request,
        template,
        tenant=tenant,
        present=found,
        contribution_path=contribution_path(topic_path(topic), found),
        **topic_values(renderer.words(request), topic),
        **values,
    )


def moved(request: Request, path: str) -> Response:
    """To the address as it is now: the title changed, or was typed in another way."""
    query = request.url.query
    return RedirectResponse(f"{path}?{query}" if query else path, 308)
