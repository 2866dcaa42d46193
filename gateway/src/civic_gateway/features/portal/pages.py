"""Start page of the state, search and archive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import Context, context_of
from civic_gateway.features.discussion.calls import Page, Phase, Topic
from civic_gateway.features.discussion.events import STATE_TOPICS, next_change
from civic_gateway.features.discussion.render import PHASES
from civic_gateway.features.discussion.views import TopicCard, topic_card
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.features.tenants.events import TENANTS
from civic_gateway.web.addresses import with_query
from civic_gateway.web.i18n import Words
from civic_gateway.web.queries import choice, page_token, words_in

# The kinds of participation that this portal offers.
_TOOLS: Final = ("dialog",)
_ON_START: Final = 12
_ENDED_ON_START: Final = 3
_PER_PAGE: Final = 30
_NUMBERS: Final = {name: Phase.ValueType(value) for value, name in PHASES.items()}
FILTER_PHASES: Final = ("active", "announced", "ended")


async def start(request: Request) -> Response:
    """What runs now, soonest end first; what ended lately; who takes part."""
    context = context_of(request)
    tenants = await context.tenants.all()
    phase, tenant = choice(request, "phase", FILTER_PHASES), _tenant(request, tenants)
    listed, ended = await asyncio.gather(
        context.discussion.list_state_topics(page=Page(_ON_START), phase=phase_number(phase), tenant=tenant),
        context.discussion.list_state_topics(page=Page(_ENDED_ON_START), phase=Phase.PHASE_ENDED),
    )
    open_to_all = [topic for topic in listed.topics if phase or topic.phase in _OPEN]
    keep(request, STATE_TOPICS, TENANTS, until=next_change((*listed.topics, *ended.topics)))
    words = context.renderer.words(request)
    more = listed.next_page_token and len(open_to_all) == len(listed.topics)
    return await context.renderer.page(
        request,
        "start.html",
        tools=_TOOLS,
        municipal=municipal(context, tenants),
        cards=cards(words, open_to_all, tenants),
        more=with_query("/suche", phase=phase, tenant=tenant) if more else "",
        ended=cards(words, ended.topics, tenants),
        phase=phase,
        chosen=tenant,
        phases=FILTER_PHASES,
        tenants=tenants,
    )


_OPEN: Final = frozenset({Phase.PHASE_ACTIVE, Phase.PHASE_ANNOUNCED})


async def search(request: Request) -> Response:
    """Dialoge of all tenants by words, phase and tenant."""
    context = context_of(request)
    tenants = await context.tenants.all()
    phase, tenant = choice(request, "phase", tuple(_NUMBERS)), _tenant(request, tenants)
    query = words_in(request)
    answer = await context.discussion.list_state_topics(
        page=Page(_PER_PAGE, page_token(request)), phase=phase_number(phase), query=query, tenant=tenant
    )
    keep(request, STATE_TOPICS, TENANTS, until=next_change(answer.topics))
    words = context.renderer.words(request)
    first = with_query("/suche", q=query, phase=phase, tenant=tenant)
    return await context.renderer.page(
        request,
        "search.html",
        cards=cards(words, answer.topics, tenants),
        hits=hits(words, len(answer.topics), first_page=not page_token(request), more=bool(answer.next_page_token)),
        first=first if page_token(request) else "",
        next=_next("/suche", answer.next_page_token, q=query, phase=phase, tenant=tenant),
        q=query,
        phase=phase,
        chosen=tenant,
        phases=tuple(_NUMBERS),
        tenants=tenants,
    )


async def archive(request: Request) -> Response:
    """What is over for long."""
    context = context_of(request)
    tenants = await context.tenants.all()
    tenant = _tenant(request, tenants)
    answer = await context.discussion.list_state_topics(
        page=Page(_PER_PAGE, page_token(request)), phase=Phase.PHASE_ARCHIVED, tenant=tenant
    )
    keep(request, STATE_TOPICS, TENANTS)
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "archive.html",
        cards=cards(words, answer.topics, tenants),
        first=with_query("/archiv", tenant=tenant) if page_token(request) else "",
        next=_next("/archiv", answer.next_page_token, tenant=tenant),
        chosen=tenant,
        tenants=tenants,
    )


def phase_number(name: str) -> Phase.ValueType:
    """The phase of the contract; UNSPECIFIED for no filter."""
    return _NUMBERS.get(name, Phase.PHASE_UNSPECIFIED)


def cards(words: Words, topics: Sequence[Topic], tenants: Sequence[Tenant]) -> list[TopicCard]:
    """Topics for a list, each with the name of its tenant."""
    names = {tenant.slug: tenant.display_name for tenant in tenants}
    return [topic_card(words, topic, names.get(topic.tenant, topic.tenant)) for topic in topics]


def hits(words: Words, count: int, *, first_page: bool, more: bool) -> str:
    """How many there are, as far as one page of the list can say."""
    if more:
        return words.text("pages.list.more_than", count=count)
    return words.text("pages.list.hits", count=count) if first_page else words.text("pages.list.last", count=count)


def municipal(context: Context, tenants: Sequence[Tenant]) -> list[Tenant]:
    """The tenants apart from the state portal."""
    return [tenant for tenant in tenants if tenant.slug != context.settings.state]


def _tenant(request: Request, tenants: Sequence[Tenant]) -> str:
    return choice(request, "tenant", [tenant.slug for tenant in tenants])


def _next(path: str, token: str, **values: str) -> str:
    return with_query(path, **values, page_token=token) if token else ""


routes: Final[Sequence[BaseRoute]] = (
    Route("/", start),
    Route("/suche", search),
    Route("/archiv", archive),
)
