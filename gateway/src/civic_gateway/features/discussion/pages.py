"""Pages on which Dialoge are read: list, Dialog, contribution with comments."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from civic.discussion.v1 import comment_service_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.clients import Page
from civic_gateway.context import Context, asker_of, context_of
from civic_gateway.features.discussion.contribution_calls import Contribution, ContributionOrder
from civic_gateway.features.discussion.events import (
    comments_tag,
    contribution_tag,
    next_change,
    topic_tag,
    topics_tag,
)
from civic_gateway.features.discussion.loading import load, moved, topic_values
from civic_gateway.features.discussion.object_views import about_view, object_view, only_of, query_of, section_of
from civic_gateway.features.discussion.pictures import picture_about
from civic_gateway.features.discussion.presets import leading_text, preset_of, support_of
from civic_gateway.features.discussion.render import ORDERS as _ORDER_NAMES
from civic_gateway.features.discussion.render import PHASES
from civic_gateway.features.discussion.topic_calls import Phase, Topic
from civic_gateway.features.discussion.views import (
    choices_of,
    comment_views,
    contribution_path,
    contribution_view,
    moment,
    offer_of,
    topic_card,
    topic_path,
)
from civic_gateway.features.following.render import RHYTHMS
from civic_gateway.features.following.state import rhythm_of_reader
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.problems import Problem
from civic_gateway.web import phases
from civic_gateway.web.addresses import code_of, id_in, with_query
from civic_gateway.web.forms import Form
from civic_gateway.web.i18n import Words
from civic_gateway.web.offers import calendar
from civic_gateway.web.queries import choice, page_token, words_in

_PER_PAGE: Final = 30
_CONTRIBUTIONS: Final = 20
_COMMENTS: Final = 100
_PHASES: Final = {name: Phase.ValueType(value) for value, name in PHASES.items()}
ORDERS: Final = {name: ContributionOrder.ValueType(value) for value, name in _ORDER_NAMES.items()}


async def dialogs(request: Request) -> Response:
    """The tenant's Dialoge by words and phase; what is archived only where it is asked for."""
    context = context_of(request)
    slug = request.path_params["tenant"]
    tenant = await context.tenants.get(slug)
    phase, query = choice(request, "phase", tuple(PHASES.values())), words_in(request)
    answer = await context.topics.list_topics(
        await asker_of(request, slug),
        page=Page(_PER_PAGE, page_token(request)),
        phase=_PHASES.get(phase, Phase.PHASE_UNSPECIFIED),
        query=query,
    )
    keep(request, topics_tag(slug), tenant_tag(slug), until=next_change(answer.topics))
    words = context.renderer.words(request)
    path = f"/{slug}/dialoge"
    shown = [topic for topic in answer.topics if phase or query or PHASES[topic.phase] != phases.ARCHIVED]
    # Archived ones stand at the end of the list: behind the first of them only others follow.
    token = answer.next_page_token if len(shown) == len(answer.topics) else ""
    return await context.renderer.page(
        request,
        "dialogs.html",
        tenant=tenant,
        cards=[topic_card(words, topic, "") for topic in shown],
        hits=_hits(words, len(shown), first_page=not page_token(request), more=bool(token)),
        first=with_query(path, q=query, phase=phase) if page_token(request) else "",
        next=with_query(path, q=query, phase=phase, page_token=token) if token else "",
        q=query,
        phase=phase,
        phases=tuple(PHASES.values()),
    )


def _hits(words: Words, count: int, *, first_page: bool, more: bool) -> str:
    """How many there are, as far as one page of the list can say."""
    if more:
        return words.text("pages.list.more_than", count=count)
    return words.text("pages.list.hits" if first_page else "pages.list.last", count=count)


async def dialog(request: Request) -> Response:
    """One Dialog with its contributions."""
    context = context_of(request)
    slug, topic_id = request.path_params["tenant"], id_in(request.path_params["topic"])
    order = choice(request, "order", tuple(ORDERS)) or "newest"
    asker = await asker_of(request, slug)
    only = only_of(request)
    topic, answer, tenant, objects, followed = await asyncio.gather(
        context.topics.get_topic(asker, topic_id),
        context.contributions.list_contributions(
            asker, topic_id, page=Page(_CONTRIBUTIONS, page_token(request)), order=ORDERS[order], only=only
        ),
        context.tenants.get(slug),
        context.objects.list(asker, topic_id),
        rhythm_of_reader(request, asker, topic_id),
    )
    path = topic_path(topic)
    if request.url.path != path:
        return moved(request, path)
    keep(request, topic_tag(topic_id), tenant_tag(slug), until=next_change((topic,)))
    words = context.renderer.words(request)
    categories = choices_of(topic.settings.categories, words.language)
    kept = {"order": order if order != "newest" else "", **query_of(only)}
    shown_objects = [object_view(words, each, path) for each in objects]
    return await context.renderer.page(
        request,
        "dialog.html",
        tenant=tenant,
        offer=offer_of(words, topic, tenant, context.settings.public_url),
        topic=topic,
        preset=preset_of(topic),
        leading=await leading_text(request, topic, shown_objects),
        contributions=[
            (contribution_view(words, each, path, categories), support_of(words, topic, each))
            for each in answer.contributions
        ],
        order=order,
        orders=tuple(ORDERS),
        outcome=outcome_of(topic, words.language),
        objects=shown_objects,
        about=section_of(shown_objects, only.object_id, only.section),
        kept=query_of(only),
        followed=followed,
        rhythms=list(RHYTHMS.values()),
        first=with_query(path, **kept) if page_token(request) else "",
        next=_next(path, answer.next_page_token, **kept),
    )


async def contribution(request: Request) -> Response:
    """One contribution with its comments."""
    context = context_of(request)
    topic, found, tenant = await load(request)
    path = contribution_path(topic_path(topic), found)
    if request.url.path != path:
        return moved(request, path)
    form = Form()
    return await contribution_page(request, context, topic, found, tenant, form=form)


async def contribution_page(
    request: Request,
    context: Context,
    topic: Topic,
    found: Contribution,
    tenant: Tenant,
    *,
    form: Form,
    reply_to: str = "",
    rating_problem: Problem | None = None,
    status: int = 200,
) -> Response:
    """The page of a contribution; `form` is what stands in the comment form, below the comment `reply_to`."""
    asker = await asker_of(request, topic.tenant)
    comments = await context.contributions.list_comments(asker, found.id, page=Page(_COMMENTS, page_token(request)))
    words = context.renderer.words(request)
    path = topic_path(topic)
    shown = contribution_view(words, found, path, choices_of(topic.settings.categories, words.language))
    reply = reply_to or request.query_params.get("antwort", "")
    if request.method == "GET":
        keep(
            request,
            contribution_tag(found.id),
            topic_tag(topic.id),
            comments_tag(topic.tenant),
            tenant_tag(topic.tenant),
            until=next_change((topic,)),
        )
    return await context.renderer.page(
        request,
        "contribution.html",
        tenant=tenant,
        status=status,
        contribution=shown,
        support=support_of(words, topic, found),
        editable=editable(topic, found),
        about=about_view(found, path, words.language),
        picture=await picture_about(request, found),
        form=form,
        rating_problem=rating_problem,
        reply_to=reply,
        reply_shown=any(code_of(comment.id) == reply for comment in comments.comments),
        empty_form=Form(),
        token=page_token(request),
        **topic_values(words, topic),
        **_comments(words, shown.path, comments, first_page=not page_token(request)),
    )


async def ics(request: Request) -> Response:
    """The first day of the Dialog for a calendar, or the last once it has begun."""
    context = context_of(request)
    slug, topic_id = request.path_params["tenant"], id_in(request.path_params["topic"])
    topic = await context.topics.get_topic(await asker_of(request, slug), topic_id)
    tenant = await context.tenants.get(slug)
    keep(request, topic_tag(topic_id), tenant_tag(slug), until=next_change((topic,)))
    words = context.renderer.words(request)
    offer = offer_of(words, topic, tenant, context.settings.public_url)
    first = offer.period.phase == phases.ANNOUNCED
    body = calendar(
        offer,
        day=offer.period.first_day if first else offer.period.last_day,
        identifier=f"{topic.id}-{'first' if first else 'last'}@{slug}",
        summary=words.text("pages.calendar.first" if first else "pages.calendar.last", title=offer.title),
        description=f"{offer.teaser}\n{offer.address}".strip(),
    )
    headers = {"content-disposition": 'attachment; filename="dialog.ics"'}
    return Response(body, headers=headers, media_type="text/calendar")


def editable(topic: Topic, found: Contribution) -> bool:
    """Whether the author may still change it, as far as a page can tell; the service decides."""
    settings = topic.settings
    if not settings.edit_minutes:
        return found.comment_count == 0
    return moment(topic.read_time) - moment(found.create_time) <= dt.timedelta(minutes=settings.edit_minutes)


def outcome_of(topic: Topic, language: str) -> tuple[str, str]:
    """What became of the Dialog, and in which language that is; empty where nobody told yet."""
    if not topic.HasField("outcome"):
        return "", "de"
    texts = topic.outcome.texts
    return (texts[language], language) if language in texts else (texts["de"], "de")


def _comments(
    words: Words, path: str, answer: comment_service_pb2.ListCommentsResponse, *, first_page: bool
) -> dict[str, Any]:
    return {
        "comments": comment_views(words, answer.comments),
        "first": "" if first_page else path,
        "next": _next(path, answer.next_page_token),
    }


def _next(path: str, token: str, **values: str) -> str:
    return with_query(path, **values, page_token=token) if token else ""


routes: Final[Sequence[BaseRoute]] = (
    Route("/{tenant}/dialoge", dialogs),
    Route("/{tenant}/dialoge/{topic}", dialog),
    Route("/{tenant}/dialoge/{topic}/termin.ics", ics),
    Route("/{tenant}/dialoge/{topic}/beitraege/{contribution}", contribution),
)
