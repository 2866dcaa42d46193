"""Staff area: files that hinder people, and the words that a picture lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from civic.discussion.v1.attachment_service_pb2 import AttachmentGap
from civic_chassis.kernel.errors import DomainError
from civic_chassis.kernel.ids import parse_id
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.staff_access import staff_only
from civic_gateway.features.files.views import FileView, file_view
from civic_gateway.web.addresses import address_of, with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.i18n import Words
from civic_gateway.web.queries import page_token
from civic_gateway.web.sending import described, redirect, shown_again

_PER_PAGE: Final = 20
_PATH: Final = "/{tenant}/verwaltung/dateien"


@dataclass(frozen=True, slots=True)
class GapView:
    """A file with what holds it and what is wrong."""

    file: FileView
    notes: Sequence[str]
    title: str
    path: str
    topic_title: str


@staff_only("admin", "editor")
async def gaps(request: Request) -> Response:
    """Pictures without words and documents with faults, oldest first."""
    return await _page(request, Form())


@staff_only("admin", "editor")
async def describe(request: Request) -> Response:
    """Keeps what a picture shows."""
    values = await read_form(request)
    slug = request.path_params["tenant"]
    try:
        asker = await asker_of(request, slug)
        file = parse_id(values.get("file", ""), "file")
        await context_of(request).holders.describe(asker, slug, file, values.get("alt_text", ""))
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        return await _page(request, Form(values, problem), status=problem.status)
    return redirect(f"/{slug}/verwaltung/dateien")


async def _page(request: Request, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    slug = request.path_params["tenant"]
    token = page_token(request)
    answer = await context.discussion_files.list_gaps(await asker_of(request, slug), page=Page(_PER_PAGE, token))
    words = context.renderer.words(request)
    path = f"/{slug}/verwaltung/dateien"
    following = with_query(path, page_token=answer.next_page_token) if answer.next_page_token else ""
    return await context.renderer.page(
        request,
        "staff_files.html",
        tenant=await context.tenants.get(slug),
        status=status,
        form=form,
        gaps=[_view(words, slug, gap) for gap in answer.gaps],
        path=path,
        first=path if token else "",
        next=following,
    )


def _view(words: Words, slug: str, gap: AttachmentGap) -> GapView:
    topic = f"/{slug}/dialoge/{address_of(gap.topic_title, gap.topic_id)}"
    return GapView(
        file=file_view(words, gap.attachment),
        notes=[words.text(f"files.gaps.note.{note}") for note in gap.attachment.notes],
        title=gap.contribution_title,
        path=f"{topic}/beitraege/{address_of(gap.contribution_title, gap.contribution_id)}",
        topic_title=gap.topic_title,
    )


routes: Final[Sequence[BaseRoute]] = (
    Route(_PATH, gaps, methods=["GET"]),
    Route(_PATH, describe, methods=["POST"]),
)
