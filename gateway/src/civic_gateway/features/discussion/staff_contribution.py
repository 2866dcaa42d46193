"""What staff does with one contribution: answer it, merge it, split it, move it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from civic.discussion.v1 import contribution_pb2, desk_service_pb2
from civic_chassis.kernel.errors import DomainError, Violation, invalid
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.clients import Asker, Page
from civic_gateway.context import Context, asker_of, context_of
from civic_gateway.features.discussion import render
from civic_gateway.features.discussion.contribution_calls import Contribution
from civic_gateway.features.discussion.desk_calls import DeskFilter, Mark
from civic_gateway.features.discussion.presets import support_of
from civic_gateway.features.discussion.staff_access import staff_only
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import contribution_path, contribution_view, topic_path
from civic_gateway.session import current_session
from civic_gateway.web.addresses import code_of, id_in, id_of, with_query
from civic_gateway.web.forms import Form, key_of, read_form
from civic_gateway.web.i18n import Words
from civic_gateway.web.sending import described, redirect, shown_again

# So many are offered to merge with or to move to; a search finds all others.
_OFFERED: Final = 20
_ANSWERS: Final = {name: contribution_pb2.AnswerState.ValueType(value) for value, name in render.ANSWERS.items()}
# How the service calls what stands in the forms under another name.
_NAMES: Final = {"source_ids": "source", "title": "part_title"}
_LABELS: Final = {
    "state": "dialog.curate.state",
    "text": "dialog.curate.text",
    "title": "dialog.curate.part_title",
    "source_ids": "dialog.curate.source",
    "topic_id": "dialog.curate.topic",
}


@staff_only()
async def manage(request: Request) -> Response:
    """The contribution with everything that staff may do with it."""
    return await _page(request, Form(), done=request.query_params.get("erledigt", ""))


@staff_only()
async def act(request: Request) -> Response:
    """Takes one of the forms; anything that hinders it shows the page again with what was typed."""
    values = await read_form(request)
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    contribution_id = id_in(request.path_params["contribution"])
    try:
        await _act(context, asker, contribution_id, values)
    except DomainError as error:
        if not shown_again(error):
            raise
        names = _NAMES if values.get("action") != "answer" else {}
        if values.get("action") == "split":
            names = names | {"text": "part_text"}
        problem = described(request, error, names=names, labels=_LABELS)
        return await _page(request, Form(values, problem), status=problem.status)
    return redirect(with_query(request.url.path, erledigt=values.get("action", "")))


async def _act(context: Context, asker: Asker, contribution_id: str, values: Mapping[str, str]) -> None:
    curation = context.curation
    match values.get("action", ""):
        case "answer":
            state = _ANSWERS.get(values.get("state", ""))
            if state is None:
                raise invalid(Violation("state", "REQUIRED", "no state was chosen"))
            await curation.answer(asker, contribution_id, state=state, text=values.get("text", ""))
        case "merge":
            source = values.get("source", "")
            if not source:
                raise invalid(Violation("source_ids", "REQUIRED", "no contribution was chosen"))
            await curation.merge(asker, contribution_id, [id_of(source)])
        case "split":
            await curation.split(
                asker,
                contribution_id,
                title=values.get("part_title", ""),
                text=values.get("part_text", ""),
                request_id=key_of(values),
            )
        case "move":
            topic = values.get("topic_id", "")
            if not topic:
                raise invalid(Violation("topic_id", "REQUIRED", "no Dialog was chosen"))
            await curation.move(asker, contribution_id, topic)
        case "mark":
            await context.staff_desk.mark(
                asker,
                contribution_id,
                starred=values.get("starred") == "yes",
                label=values.get("label", ""),
                assignee=values.get("assignee", ""),
            )
        case _:
            allowed = {"allowed": "answer, merge, split, move, mark"}
            raise invalid(Violation("action", "NOT_ALLOWED", "no such step", allowed))


async def _page(request: Request, form: Form, *, done: str = "", status: int = 200) -> Response:
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    found = await context.contributions.get_contribution(asker, id_in(request.path_params["contribution"]))
    searched = {name: request.query_params.get(name, "")[:200] for name in ("beitrag", "dialog")}
    published = contribution_pb2.ContributionState.CONTRIBUTION_STATE_PUBLISHED
    others_of_topic = DeskFilter(topic_id=found.topic_id, query=searched["beitrag"], state=published)
    topic, topics, others, desk, tenant = await asyncio.gather(
        context.topics.get_topic(asker, found.topic_id),
        context.topics.list_topics(asker, page=Page(_OFFERED), query=searched["dialog"]),
        context.staff_desk.list(asker, others_of_topic, page=Page(_OFFERED)),
        context.staff_desk.get(asker, contribution_id=found.id),
        context.tenants.get(slug),
    )
    words = context.renderer.words(request)
    if not form.values and found.HasField("answer"):
        form = Form({"state": render.ANSWERS[found.answer.state], "text": found.answer.text})
    support = support_of(words, topic, found)
    session = current_session(request)
    return await context.renderer.page(
        request,
        "staff_contribution.html",
        tenant=tenant,
        status=status,
        form=form,
        done=done,
        answers=session is not None and session.has_role(slug, "admin", "editor"),
        curates=session is not None and session.has_role(slug, "admin", "moderator"),
        path=request.url.path,
        # What was found by a search can still be chosen where something in the form is wrong.
        here=with_query(request.url.path, **searched),
        contribution=contribution_view(words, found, topic_path(topic)),
        contribution_path=contribution_path(topic_path(topic), found),
        topic_title=topic.texts.title,
        closed=topic.settings.closed,
        waits=support.reached if support is not None and not found.HasField("answer") else "",
        sources=_sources(found, [each.contribution for each in others.contributions]),
        searched=searched,
        noted=_noted(form, desk.mark),
        colleagues=_colleagues(words, desk),
        topics=_targets(topic, topics.topics),
    )


def _sources(found: Contribution, others: Sequence[Contribution]) -> list[tuple[str, str]]:
    return [(code_of(other.id), other.title) for other in others if other.id != found.id]


def _noted(form: Form, mark: Mark) -> Form:
    """The mark's own form: what was typed, or how it stands."""
    if form.values.get("action") == "mark":
        return form
    starred = "yes" if mark.starred else ""
    return Form({"starred": starred, "label": mark.label, "assignee": mark.assignee})


def _colleagues(words: Words, desk: desk_service_pb2.GetDeskResponse) -> list[tuple[str, str]]:
    return [("me", words.text("desk.me")), *((each.subject, each.name) for each in desk.colleagues)]


def _targets(present: Topic, topics: Sequence[Topic]) -> list[tuple[str, str]]:
    return [(topic.id, topic.texts.title) for topic in topics if topic.id != present.id]


_CONTRIBUTION: Final = "/{tenant}/verwaltung/beitraege/{contribution}"

routes: Final[Sequence[BaseRoute]] = (
    Route(_CONTRIBUTION, manage, methods=["GET"]),
    Route(_CONTRIBUTION, act, methods=["POST"]),
)
