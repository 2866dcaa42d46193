"""What a person wrote and rated so far."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from civic.discussion.v1.contribution_service_pb2 import ParticipationKind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Page
from civic_gateway.context import context_of, required_token_of
from civic_gateway.features.discussion.render import PARTICIPATIONS, STATES
from civic_gateway.features.discussion.signing_in import sign_in_page
from civic_gateway.features.discussion.views import moment
from civic_gateway.session import current_session
from civic_gateway.web.addresses import address_of, code_of, with_query
from civic_gateway.web.queries import page_token

_ENTRIES: Final = 30
# How the pages of moderation call what a person wrote.
_TEXTS: Final = {
    ParticipationKind.PARTICIPATION_KIND_CONTRIBUTION: "beitrag",
    ParticipationKind.PARTICIPATION_KIND_COMMENT: "kommentar",
}


async def mine(request: Request) -> Response:
    """What the person wrote and rated, newest first."""
    context = context_of(request)
    if current_session(request) is None:
        return await sign_in_page(request, purpose="mine", back="/")
    answer, tenants = await asyncio.gather(
        context.contributions.list_my_participation(
            token=required_token_of(request), page=Page(_ENTRIES, page_token(request))
        ),
        context.tenants.all(),
    )
    names = {tenant.slug: tenant.display_name for tenant in tenants}
    words = context.renderer.words(request)
    entries = []
    for entry in answer.participation:
        topic = f"/{entry.tenant}/dialoge/{address_of(entry.topic_title, entry.topic_id)}"
        entries.append(
            {
                "kind": PARTICIPATIONS[entry.kind],
                "tenant": names.get(entry.tenant, entry.tenant),
                "topic": entry.topic_title,
                "topic_path": topic,
                "title": entry.contribution_title,
                "path": f"{topic}/beitraege/{address_of(entry.contribution_title, entry.contribution_id)}",
                "when": words.instant(moment(entry.create_time)),
                "state": STATES.get(entry.state, "published"),
                "own_path": f"/{entry.tenant}/moderation/{_TEXTS[entry.kind]}/{code_of(entry.id)}/widerspruch"
                if entry.kind in _TEXTS
                else "",
            }
        )
    return await context.renderer.page(
        request,
        "mine.html",
        entries=entries,
        first="/mein-bereich" if page_token(request) else "",
        next=with_query("/mein-bereich", page_token=answer.next_page_token) if answer.next_page_token else "",
    )


routes: Final[Sequence[BaseRoute]] = (Route("/mein-bereich", mine),)
