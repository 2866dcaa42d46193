"""Forms in which citizens write and change contributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from civic.discussion.v1.contribution_service_pb2 import SimilarContribution
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion import anchors, place_forms
from civic_gateway.features.discussion.anchors import about_of, meant_by
from civic_gateway.features.discussion.contribution_calls import Contribution, ContributionChange, NewContribution
from civic_gateway.features.discussion.loading import load, load_topic, page_of_contribution, topic_values
from civic_gateway.features.discussion.object_views import anchor_of
from civic_gateway.features.discussion.receipts import receipt
from civic_gateway.features.discussion.settings_schema import MODERATION, PLACES
from civic_gateway.features.discussion.signing_in import sign_in_first
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import choices_of, contribution_path, topic_path
from civic_gateway.features.files.forms import (
    FILES_SHOWN,
    Sent,
    describe_files,
    files_in,
    ids_of,
    problem_of,
    read_form_with_files,
    values_of,
)
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.session import current_session, drop_draft, sign_in_redirect, take_draft
from civic_gateway.web.addresses import code_of
from civic_gateway.web.forms import Form, key_of, pick, sent_again
from civic_gateway.web.i18n import Words
from civic_gateway.web.maps import map_headers
from civic_gateway.web.sending import described, redirect, shown_again

_WORDS: Final = ("title", "text")
_CHANGED_FIELDS: Final = (*_WORDS, "category", *place_forms.FIELDS)
# How the service calls what stands in the form under another name.
_NAMES: Final = {"labels": "title", **place_forms.NAMES, **anchors.NAMES}
_LABELS: Final = {"title": "pages.contribution.title_label", "text": "pages.contribution.text_label"}


async def new_contribution(request: Request) -> Response:
    """The form for a new contribution, with what was typed before signing in."""
    topic, tenant = await load_topic(request)
    if current_session(request) is None:
        return await sign_in_first(request, topic, tenant, "contribution", topic_path(topic))
    draft = await take_draft(request, form=request.url.path)
    return await _contribution_form(request, topic, tenant, Form(draft or meant_by(request, topic)))


async def send_contribution(request: Request) -> Response:
    """Takes a new contribution; anything that hinders it shows the form again with what was typed."""
    sent = await read_form_with_files(request, request.path_params["tenant"])
    values = sent.values
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    context = context_of(request)
    topic, tenant = await load_topic(request)
    if sent.only_files:
        form = _with_files(request, sent)
        return await _contribution_form(request, topic, tenant, form, status=422 if sent.refused else 200)
    if values.get("action") == "preview":
        return await _contribution_form(request, topic, tenant, Form(values), preview=True)
    try:
        await describe_files(request, topic.tenant, values)
        made = await context.contributions.create_contribution(
            await asker_of(request, topic.tenant), topic.id, _new(values, topic), request_id=key_of(values)
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error, names=_NAMES, labels=_LABELS)
        return await _contribution_form(request, topic, tenant, Form(values, problem), status=problem.status)
    await drop_draft(request, form=request.url.path)
    return redirect(contribution_path(topic_path(topic), made) + "/eingang")


def _new(values: Mapping[str, str], topic: Topic) -> NewContribution:
    place = place_forms.place_of(values)
    return NewContribution(
        title=values.get("title", ""),
        text=values.get("text", ""),
        category=values.get("category", ""),
        labels=[label.key for label in topic.settings.labels if values.get(f"label_{label.key}") == "yes"],
        place=place if place_forms.is_given(place) else None,
        hide_name=values.get("hide_name") == "yes",
        anchor=anchor_of(values),
        attachments=ids_of(values),
    )


def _change(values: Mapping[str, str]) -> ContributionChange:
    return ContributionChange(
        title=values.get("title", ""),
        text=values.get("text", ""),
        category=values.get("category", ""),
        # A form without its fields leaves the place; empty fields take it away.
        place=place_forms.place_of(values) if any(name in values for name in place_forms.FIELDS) else None,
        # A form that shows no files, as a script may send, leaves them.
        attachments=ids_of(values) if FILES_SHOWN in values else None,
    )


def _with_files(request: Request, sent: Sent) -> Form:
    """The form again, with other files; it names those that were refused."""
    words = context_of(request).renderer.words(request)
    return Form(sent.values, problem_of(request, words, sent.refused) if sent.refused else None)


async def edit_contribution(request: Request) -> Response:
    """The form in which an author changes a contribution."""
    topic, found, tenant = await load(request)
    if current_session(request) is None:
        back = contribution_path(topic_path(topic), found)
        return await sign_in_first(request, topic, tenant, "edit", back)
    if not found.mine:
        raise DomainError(Kind.FORBIDDEN, "NOT_THE_AUTHOR", "not the author", domain="discussion.civic")
    present = _present(found) | {"etag": found.etag, **values_of(found.attachments)}
    draft = await take_draft(request, form=request.url.path)
    return await _edit_form(request, topic, found, tenant, Form(draft or present))


async def change_contribution(request: Request) -> Response:
    """Takes the change of a contribution."""
    sent = await read_form_with_files(request, request.path_params["tenant"])
    values = sent.values
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    context = context_of(request)
    topic, found, tenant = await load(request)
    if sent.only_files:
        form = _with_files(request, sent)
        return await _edit_form(request, topic, found, tenant, form, status=422 if sent.refused else 200)
    typed = pick(values, _CHANGED_FIELDS)
    try:
        await describe_files(request, topic.tenant, values)
        changed = await context.contributions.update_contribution(
            await asker_of(request, topic.tenant), found.id, _change(values), etag=values.get("etag", "")
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        if error.kind is Kind.VERSION:
            topic, found, _ = await load(request)
            if sent_again(typed, _present(found), _CHANGED_FIELDS) and _has_files(values, found):
                return redirect(contribution_path(topic_path(topic), found))
            # The next sending is meant for the state that is shown now.
            values["etag"] = found.etag
        problem = described(request, error, names=_NAMES, labels=_LABELS)
        return await _edit_form(request, topic, found, tenant, Form(values, problem), status=problem.status)
    await drop_draft(request, form=request.url.path)
    return redirect(contribution_path(topic_path(topic), changed))


def _has_files(values: Mapping[str, str], found: Contribution) -> bool:
    """Whether the contribution has the files of the form already."""
    return FILES_SHOWN not in values or ids_of(values) == tuple(each.id for each in found.attachments)


def _present(found: Contribution) -> dict[str, str]:
    return {
        "title": found.title,
        "text": found.text,
        "category": found.category,
        **place_forms.place_values(found.place),
    }


async def _contribution_form(
    request: Request, topic: Topic, tenant: Tenant, form: Form, *, status: int = 200, preview: bool = False
) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    about = await about_of(request, topic, form)
    similar = await _similar(request, topic, form.value("title")) if preview else ()
    return await context.renderer.page(
        request,
        "contribution_form.html",
        tenant=tenant,
        status=status,
        form=form,
        preview_asked=preview,
        similar=[(each.title, f"{topic_path(topic)}/beitraege/{code_of(each.id)}") for each in similar],
        headers=map_headers(context.settings),
        **_choices(topic, words),
        **place_forms.map_values(topic, context.settings),
        about=about,
        files=await files_in(request, topic.tenant, form.values, words),
        **topic_values(words, topic),
    )


async def _similar(request: Request, topic: Topic, title: str) -> Sequence[SimilarContribution]:
    """What others wrote already; a hint that cannot be had hinders nobody."""
    try:
        curation = context_of(request).curation
        return await curation.similar(await asker_of(request, topic.tenant), topic.id, title)
    except DomainError:
        return ()


def _choices(topic: Topic, words: Words) -> dict[str, Any]:
    settings = topic.settings
    return {
        "categories": tuple(choices_of(settings.categories, words.language).items()),
        "labels": tuple(choices_of(settings.labels, words.language).items()),
        "place_mode": PLACES.get(settings.place, "optional"),
        "text_max": settings.max_text or 10_000,
        "checked_first": MODERATION.get(settings.moderation) == "before",
    }


async def _edit_form(
    request: Request, topic: Topic, found: Contribution, tenant: Tenant, form: Form, *, status: int = 200
) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    return await page_of_contribution(
        request,
        "contribution_edit.html",
        topic,
        found,
        tenant,
        status=status,
        form=form,
        files=await files_in(request, topic.tenant, form.values, words, found.attachments),
        headers=map_headers(context.settings),
        **_choices(topic, words),
        **place_forms.map_values(topic, context.settings),
    )


_CONTRIBUTION: Final = "/{tenant}/dialoge/{topic}/beitraege/{contribution}"

routes: Final[Sequence[BaseRoute]] = (
    Route("/{tenant}/dialoge/{topic}/beitraege/neu", new_contribution, methods=["GET"]),
    Route("/{tenant}/dialoge/{topic}/beitraege/neu", send_contribution, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/eingang", receipt, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/bearbeiten", edit_contribution, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/bearbeiten", change_contribution, methods=["POST"]),
)
