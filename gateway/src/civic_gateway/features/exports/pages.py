"""Pages with numbers: of one Dialog for everybody, of all Dialoge of a tenant for its staff."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.events import next_change, topic_tag
from civic_gateway.features.discussion.loading import load_topic, moved
from civic_gateway.features.discussion.presets import INITIATIVE, preset_of
from civic_gateway.features.discussion.staff_access import staff_only
from civic_gateway.features.discussion.staff_rows import row
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import moment, texts_of, topic_path
from civic_gateway.features.exports import views
from civic_gateway.features.exports.calls import Statistics, is_much
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.session import current_session
from civic_gateway.web.addresses import with_query
from civic_gateway.web.i18n import Words
from civic_gateway.web.queries import page_token

_PER_PAGE: Final = 50
FORMS: Final = ("xlsx", "csv", "json", "zip")


async def numbers_of_topic(request: Request) -> Response:
    """Numbers of a Dialog, and its exports."""
    context = context_of(request)
    topic, tenant = await load_topic(request)
    path = f"{topic_path(topic)}/zahlen"
    if request.url.path != path:
        return moved(request, path)
    found = await context.exports.calls.topic_statistics(await asker_of(request, topic.tenant), topic.id)
    fresh = () if is_much(found.statistics.totals) else (topic_tag(topic.id),)
    keep(request, tenant_tag(topic.tenant), *fresh, until=next_change((topic,)))
    words = context.renderer.words(request)
    texts, language = texts_of(topic, words.language)
    session = current_session(request)
    return await context.renderer.page(
        request,
        "numbers_topic.html",
        tenant=tenant,
        topic_title=texts.title,
        topic_language=language,
        topic_path=topic_path(topic),
        categories=views.categories(words, found, names_of(topic, words)),
        measures=[words.text(f"exports.page.{name}") for name in views.MEASURES],
        staff=session is not None and session.has_role(topic.tenant),
        export=f"/api/v1/{topic.tenant}/discussion/topics/{topic.id}/export",
        forms=FORMS,
        rows=topic.contribution_count + topic.comment_count,
        support=views.support(words, found.statistics) if preset_of(topic) == INITIATIVE else (),
        **_values(words, found.statistics),
    )


@staff_only()
async def numbers_of_tenant(request: Request) -> Response:
    """Numbers of all published Dialoge, then of each of them."""
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    tenant, found, answer = await asyncio.gather(
        context.tenants.get(slug),
        context.exports.calls.tenant_statistics(asker),
        context.topics.list_topics(asker, page=Page(_PER_PAGE, page_token(request))),
    )
    words = context.renderer.words(request)
    path = f"/{slug}/verwaltung/zahlen"
    return await context.renderer.page(
        request,
        "numbers_tenant.html",
        tenant=tenant,
        topic_count=words.number(found.topic_count),
        topics=[row(words, topic) for topic in answer.topics],
        first=path if page_token(request) else "",
        next=with_query(path, page_token=answer.next_page_token) if answer.next_page_token else "",
        **_values(words, found.statistics),
    )


def names_of(topic: Topic, words: Words) -> dict[str, str]:
    """The categories' words by their keys."""
    return {choice.key: choice.names.get(words.language) or choice.names["de"] for choice in topic.settings.categories}


def _values(words: Words, found: Statistics) -> dict[str, Any]:
    totals = found.totals
    return {
        "totals": [
            (words.text("exports.page.participants"), views.people(words, found.participants), "personen"),
            (words.text("exports.page.contributions"), words.number(totals.contributions), "beitraege"),
            (words.text("exports.page.comments"), words.number(totals.comments), "kommentare"),
            (words.text("exports.page.ratings"), words.number(totals.ratings), "bewertungen"),
        ],
        "course": views.course(words, found),
        "rated": views.rated(words, found),
        "states": views.states(words, found),
        "suppressed": found.suppressed,
        "counted": moment(found.read_time),
    }


routes: Final[Sequence[BaseRoute]] = (
    Route("/{tenant}/verwaltung/zahlen", numbers_of_tenant, methods=["GET"]),
    Route("/{tenant}/dialoge/{topic}/zahlen", numbers_of_topic, methods=["GET"]),
)
