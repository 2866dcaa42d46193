"""Staff area of a tenant: what waits, the list of Dialoge, and one Dialog as staff edits it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Page
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion import settings_forms
from civic_gateway.features.discussion.desk_calls import DeskFilter
from civic_gateway.features.discussion.loading import load_topic
from civic_gateway.features.discussion.presets import lacking_text, preset_of, was_used
from civic_gateway.features.discussion.site_schema import edges_of
from civic_gateway.features.discussion.staff_access import EDITORS, staff_only
from civic_gateway.features.discussion.staff_forms import (
    FIELDS,
    LABELS,
    NAMES,
    draft_of,
    missing,
    preview_of,
    values_of,
)
from civic_gateway.features.discussion.staff_rows import due_row, ends_soon, row
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import moment, period_of, staff_path, topic_path
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.features.tenants.plain import lacking
from civic_gateway.session import drop_draft, take_draft
from civic_gateway.web import phases
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import Form, key_of, pick, read_form, sent_again
from civic_gateway.web.maps import map_headers
from civic_gateway.web.queries import page_token
from civic_gateway.web.sending import described, redirect, shown_again

_PER_PAGE: Final = 50
# So many initiatives that wait for an answer stand on the overview; the work list holds all.
_DUE: Final = 10


@staff_only()
async def overview(request: Request) -> Response:
    """What waits first, oldest first; then every Dialog with its dates."""
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    tenant, answer, due = await asyncio.gather(
        context.tenants.get(slug),
        context.topics.list_topics(asker, page=Page(_PER_PAGE, page_token(request)), drafts=True),
        context.staff_desk.list(asker, DeskFilter(waiting=True), page=Page(_DUE)),
    )
    words = context.renderer.words(request)
    topics = list(answer.topics)
    drafts = sorted((topic for topic in topics if not topic.published), key=lambda topic: moment(topic.create_time))
    ending = [topic for topic in topics if ends_soon(topic)]
    path = f"/{slug}/verwaltung"
    return await context.renderer.page(
        request,
        "staff.html",
        tenant=tenant,
        drafts=[row(words, topic) for topic in drafts],
        ending=[row(words, topic) for topic in ending],
        rows=[row(words, topic) for topic in topics],
        due=[due_row(words, slug, each.contribution) for each in due.contributions],
        more_due=bool(due.next_page_token),
        lacking_plain=lacking(tenant),
        hits=words.text("pages.list.more_than" if answer.next_page_token else "pages.list.hits", count=len(topics)),
        first=path if page_token(request) else "",
        next=with_query(path, page_token=answer.next_page_token) if answer.next_page_token else "",
    )


@staff_only(*EDITORS)
async def new_topic(request: Request) -> Response:
    """The empty form, or what was typed before signing in."""
    tenant = await context_of(request).tenants.get(request.path_params["tenant"])
    draft = await take_draft(request, form=request.url.path)
    return await _editor(request, tenant, None, Form(draft or {"names_public": "yes", **settings_forms.DEFAULTS}))


@staff_only(*EDITORS)
async def create_topic(request: Request) -> Response:
    """Saves a draft, or shows the preview without saving."""
    values = await read_form(request)
    context = context_of(request)
    slug = request.path_params["tenant"]
    tenant = await context.tenants.get(slug)
    if values.get("action") == "preview":
        return await _editor(request, tenant, None, Form(values), preview=True)
    try:
        made = await context.topics.create_topic(
            await asker_of(request, slug), draft_of(values, None), request_id=key_of(values)
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, names=NAMES, labels=LABELS)
        return await _editor(request, tenant, None, Form(values, problem), status=problem.status)
    await drop_draft(request, form=request.url.path)
    return redirect(with_query(staff_path(made), gespeichert="1"))


@staff_only()
async def edit_topic(request: Request) -> Response:
    """One Dialog as staff sees it: what is missing, the form, the preview, the next steps."""
    topic, tenant = await load_topic(request)
    draft = await take_draft(request, form=request.url.path)
    form = Form(draft or values_of(topic))
    return await _editor(request, tenant, topic, form, saved=request.query_params.get("gespeichert") == "1")


@staff_only(*EDITORS)
async def change_topic(request: Request) -> Response:
    """Saves a change, or shows the preview without saving."""
    values = await read_form(request)
    context = context_of(request)
    topic, tenant = await load_topic(request)
    if values.get("action") == "preview":
        return await _editor(request, tenant, topic, Form(values), preview=True)
    try:
        changed = await context.topics.update_topic(
            await asker_of(request, topic.tenant), topic.id, draft_of(values, topic), etag=values.get("etag", "")
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        if error.kind is Kind.VERSION:
            topic, _ = await load_topic(request)
            # What the form leaves out has its default.
            if sent_again({**settings_forms.DEFAULTS, **values}, values_of(topic), FIELDS):
                return redirect(with_query(staff_path(topic), gespeichert="1"))
            # The next sending is meant for the state that is shown now.
            values["etag"] = topic.etag
        problem = described(request, error, names=NAMES, labels=LABELS)
        return await _editor(request, tenant, topic, Form(values, problem), status=problem.status)
    await drop_draft(request, form=request.url.path)
    return redirect(with_query(staff_path(changed), gespeichert="1"))


async def _editor(
    request: Request,
    tenant: Tenant,
    topic: Topic | None,
    form: Form,
    *,
    preview: bool = False,
    saved: bool = False,
    status: int = 200,
) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    values: dict[str, Any] = {"topic": topic, "sentence": "", "phase": "", "public_path": "", "path": ""}
    lacking = missing(pick(form.values, FIELDS))
    if topic is not None:
        period = period_of(topic)
        lacking += await lacking_text(request, topic, form.value("preset"))
        values |= {
            "sentence": phases.sentence(words, period),
            "phase": period.phase,
            "public_path": topic_path(topic),
            "path": staff_path(topic),
        }
    return await context.renderer.page(
        request,
        "staff_editor.html",
        tenant=tenant,
        status=status,
        form=form,
        missing=lacking,
        fixed_preset=preset_of(topic) if topic is not None and was_used(topic) else "",
        preview=preview_of(form.values),
        preview_asked=preview,
        saved=saved,
        headers=map_headers(context.settings),
        map_style=context.settings.map_style_url,
        map_edges=edges_of(topic.site if topic is not None and topic.HasField("site") else None)
        or context.settings.state_bounds,
        **values,
    )


_TOPIC: Final = "/{tenant}/verwaltung/dialoge/{topic}"

routes: Final[Sequence[BaseRoute]] = (
    Route("/{tenant}/verwaltung", overview, methods=["GET"]),
    Route("/{tenant}/verwaltung/dialoge/neu", new_topic, methods=["GET"]),
    Route("/{tenant}/verwaltung/dialoge/neu", create_topic, methods=["POST"]),
    Route(_TOPIC, edit_topic, methods=["GET"]),
    Route(_TOPIC, change_topic, methods=["POST"]),
)
