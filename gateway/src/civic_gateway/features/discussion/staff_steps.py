"""The steps of a Dialog on pages for staff: publish, extend, end, tell what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.loading import load_topic
from civic_gateway.features.discussion.presets import lacking_text, preset_of
from civic_gateway.features.discussion.staff_access import EDITORS, staff_only
from civic_gateway.features.discussion.staff_forms import (
    STEP_LABELS,
    STEP_NAMES,
    missing,
    new_end,
    outcome_texts,
    outcome_values,
    values_of,
)
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import moment, period_of, staff_path, topic_path
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.session import drop_draft, take_draft
from civic_gateway.web import phases
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.sending import described, redirect, shown_again


@staff_only(*EDITORS)
async def step_form(request: Request) -> Response:
    """The page of one step: publish, extend or end, with what it brings about."""
    topic, tenant = await load_topic(request)
    if _step_name(request) == "veroeffentlichen" and topic.published:
        return redirect(staff_path(topic))
    draft = await take_draft(request, form=request.url.path)
    return await _step(request, tenant, topic, Form(draft or outcome_values(topic) | {"etag": topic.etag}))


@staff_only(*EDITORS)
async def take_step(request: Request) -> Response:
    """Publishes, extends or ends."""
    values = await read_form(request)
    topics = context_of(request).topics
    topic, tenant = await load_topic(request)
    asker = await asker_of(request, topic.tenant)
    etag, reason, end = values.get("etag", ""), values.get("reason", ""), None
    try:
        match _step_name(request):
            case "veroeffentlichen":
                await topics.publish_topic(asker, topic.id, etag=etag)
            case "ergebnis":
                await context_of(request).curation.publish_outcome(asker, topic.id, outcome_texts(values), etag=etag)
            case "verlaengern":
                end = new_end(values)
                await topics.extend_topic(asker, topic.id, end_time=end, reason=reason, etag=etag)
            case _:
                await topics.end_topic(asker, topic.id, reason=reason, etag=etag)
    except DomainError as error:
        if not shown_again(error):
            raise
        if error.kind in (Kind.VERSION, Kind.PRECONDITION):
            topic, _ = await load_topic(request)
            if _is_taken(request, topic, end, reason.strip()):
                return redirect(with_query(staff_path(topic), gespeichert="1"))
            values["etag"] = topic.etag
        problem = described(request, error, names=STEP_NAMES, labels=STEP_LABELS)
        return await _step(request, tenant, topic, Form(values, problem), status=problem.status)
    await drop_draft(request, form=request.url.path)
    return redirect(with_query(staff_path(topic), gespeichert="1"))


async def _step(request: Request, tenant: Tenant, topic: Topic, form: Form, *, status: int = 200) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    period = period_of(topic)
    return await context.renderer.page(
        request,
        "staff_step.html",
        tenant=tenant,
        status=status,
        form=form,
        step=_step_name(request),
        topic=topic,
        path=staff_path(topic),
        public_path=topic_path(topic),
        missing=[name for name in missing(values_of(topic)) if name != "translation"]
        + await lacking_text(request, topic, preset_of(topic)),
        phase=period.phase,
        sentence=phases.sentence(words, period),
        start=words.instant(period.start),
        end=words.end(period.end),
    )


def _is_taken(request: Request, topic: Topic, end: dt.datetime | None, reason: str) -> bool:
    """Whether an earlier sending of the same form took the step: a double click is no conflict."""
    match _step_name(request):
        case "veroeffentlichen":
            return topic.published
        case "ergebnis":
            # The service takes the same outcome again without a change.
            return False
        case "verlaengern":
            last = topic.extensions[-1:]
            return any(moment(found.end_time) == end and found.reason == reason for found in last)
        case _:
            return bool(reason) and topic.end_reason == reason


def _step_name(request: Request) -> str:
    return request.url.path.rpartition("/")[2]


_STEPS: Final = ("veroeffentlichen", "verlaengern", "beenden", "ergebnis")
_TOPIC: Final = "/{tenant}/verwaltung/dialoge/{topic}"

routes: Final[Sequence[BaseRoute]] = (
    *(Route(f"{_TOPIC}/{step}", step_form, methods=["GET"]) for step in _STEPS),
    *(Route(f"{_TOPIC}/{step}", take_step, methods=["POST"]) for step in _STEPS),
)
