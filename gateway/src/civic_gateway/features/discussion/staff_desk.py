"""The staff's work list: contributions of all topics, filtered by what the address says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.desk_calls import DeskFilter, State
from civic_gateway.features.discussion.render import ANSWERS, STATES
from civic_gateway.features.discussion.staff_access import staff_only
from civic_gateway.features.discussion.views import moment
from civic_gateway.web.addresses import code_of, id_of, with_query
from civic_gateway.web.i18n import Words
from civic_gateway.web.queries import choice, page_token, words_in

_PER_PAGE: Final = 50
_STATES: Final = {name: State.ValueType(value) for value, name in STATES.items()}
_YES: Final = "1"


@staff_only()
async def work_list(request: Request) -> Response:
    """Fifty contributions, those of the filter alone; each leads to everything that staff may do with it."""
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    kept = _kept(request)
    wanted = DeskFilter(
        topic_id=id_of(kept["dialog"]) if kept["dialog"] else "",
        query=kept["q"],
        state=_STATES.get(kept["zustand"], State.CONTRIBUTION_STATE_UNSPECIFIED),
        starred=kept["stern"] == _YES,
        label=kept["vermerk"],
        assignee=kept["bei"],
        waiting=kept["wartet"] == _YES,
    )
    tenant, desk, found = await asyncio.gather(
        context.tenants.get(slug),
        context.staff_desk.get(asker),
        context.staff_desk.list(asker, wanted, page=Page(_PER_PAGE, page_token(request))),
    )
    words = context.renderer.words(request)
    path = f"/{slug}/verwaltung/beitraege"
    topic_title = found.contributions[0].topic_title if wanted.topic_id and found.contributions else ""
    return await context.renderer.page(
        request,
        "staff_desk.html",
        tenant=tenant,
        rows=[_row(words, slug, each) for each in found.contributions],
        kept=kept,
        filtered=any(kept.values()),
        topic_title=topic_title,
        states_in_words=[(name, words.text(f"desk.states.{name}")) for name in _STATES],
        colleagues=[("me", words.text("desk.me")), *((each.subject, each.name) for each in desk.colleagues)],
        labels=[(label, label) for label in desk.labels],
        waiting=desk.waiting_count,
        path=path,
        first=with_query(path, **kept) if page_token(request) else "",
        next=with_query(path, **kept, page_token=found.next_page_token) if found.next_page_token else "",
    )


def _kept(request: Request) -> dict[str, str]:
    """The filters as they stand in the address."""
    asked = request.query_params
    return {
        "q": words_in(request),
        "dialog": asked.get("dialog", ""),
        "zustand": choice(request, "zustand", tuple(_STATES)),
        "stern": choice(request, "stern", (_YES,)),
        "vermerk": asked.get("vermerk", ""),
        "bei": asked.get("bei", ""),
        "wartet": choice(request, "wartet", (_YES,)),
    }


def _row(words: Words, slug: str, found: Any) -> dict[str, Any]:
    contribution, mark = found.contribution, found.mark
    return {
        "title": contribution.title,
        "path": f"/{slug}/verwaltung/beitraege/{code_of(contribution.id)}",
        "topic": found.topic_title,
        "when": words.instant(moment(contribution.create_time)),
        "author": contribution.author_name,
        "state": STATES.get(contribution.state, "published"),
        "answer": ANSWERS[contribution.answer.state] if contribution.HasField("answer") else "",
        "reached": contribution.HasField("goal_reached"),
        "supporters": getattr(contribution.ratings, "for"),
        "comments": contribution.comment_count,
        "starred": mark.starred,
        "label": mark.label,
        "assignee": mark.assignee_name,
    }


routes: Final[Sequence[BaseRoute]] = (Route("/{tenant}/verwaltung/beitraege", work_list, methods=["GET"]),)
