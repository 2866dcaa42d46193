"""Forms of citizens: writing, changing and rating contributions, commenting, and what they did so far."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from civic.discussion.v1.contribution_service_pb2 import ParticipationKind, SimilarContribution
from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.discussion import render
from civic_gateway.features.discussion.anchors import about_of, meant_by
from civic_gateway.features.discussion.calls import (
    Contribution,
    ContributionChange,
    NewContribution,
    Page,
    Place,
    RatingValue,
    Topic,
)
from civic_gateway.features.discussion.object_views import anchor_of
from civic_gateway.features.discussion.pages import contribution_page, load, load_topic, topic_values
from civic_gateway.features.discussion.receipts import receipt, receipt_of_comment
from civic_gateway.features.discussion.render import PARTICIPATIONS, RATINGS, STATES
from civic_gateway.features.discussion.settings_schema import PLACES
from civic_gateway.features.discussion.views import choices_of, contribution_path, moment, topic_path
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
from civic_gateway.session import (
    current_session,
    drop_draft,
    sign_in_redirect,
    take_draft,
)
from civic_gateway.web.addresses import address_of, code_of, id_in, id_of, with_query
from civic_gateway.web.forms import Form, key_of, pick, read_form, sent_again
from civic_gateway.web.i18n import Words
from civic_gateway.web.queries import page_token
from civic_gateway.web.sending import described, redirect, shown_again

_RATINGS: Final = {name: RatingValue.ValueType(value) for value, name in RATINGS.items()}
_ENTRIES: Final = 30
# How the pages of moderation call what a person wrote.
_TEXTS: Final = {
    ParticipationKind.PARTICIPATION_KIND_CONTRIBUTION: "beitrag",
    ParticipationKind.PARTICIPATION_KIND_COMMENT: "kommentar",
}
_WORDS: Final = ("title", "text")
_CHANGED_FIELDS: Final = (*_WORDS, "category", "address")
# How the service calls what stands in the form under another name.
_NAMES: Final = {"place": "address", "place.address": "address", "labels": "title"}
_LABELS: Final = {"title": "pages.contribution.title_label", "text": "pages.contribution.text_label"}


async def new_contribution(request: Request) -> Response:
    """The form for a new contribution, with what was typed before signing in."""
    topic, tenant = await load_topic(request)
    if current_session(request) is None:
        return await _sign_in_first(request, topic, tenant, "contribution", topic_path(topic))
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
        made = await context.discussion.create_contribution(
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
    address = values.get("address", "")
    return NewContribution(
        title=values.get("title", ""),
        text=values.get("text", ""),
        category=values.get("category", ""),
        labels=[label.key for label in topic.settings.labels if values.get(f"label_{label.key}") == "yes"],
        place=Place(address=address) if address.strip() else None,
        hide_name=values.get("hide_name") == "yes",
        anchor=anchor_of(values),
        attachments=ids_of(values),
    )


def _change(values: Mapping[str, str], found: Contribution) -> ContributionChange:
    """The form knows addresses: a pin stays where it is."""
    place = Place(address=values.get("address", ""))
    if found.place.HasField("point"):
        place.point.CopyFrom(found.place.point)
    return ContributionChange(
        title=values.get("title", ""),
        text=values.get("text", ""),
        category=values.get("category", ""),
        place=place,
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
        return await _sign_in_first(request, topic, tenant, "edit", back)
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
        changed = await context.discussion.update_contribution(
            await asker_of(request, topic.tenant), found.id, _change(values, found), etag=values.get("etag", "")
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        if error.kind is Kind.VERSION:
            topic, found, _ = await load(request)
            if sent_again(typed, _present(found), _CHANGED_FIELDS):
                return redirect(contribution_path(topic_path(topic), found))
            # The next sending is meant for the state that is shown now.
            values["etag"] = found.etag
        problem = described(request, error, names=_NAMES, labels=_LABELS)
        return await _edit_form(request, topic, found, tenant, Form(values, problem), status=problem.status)
    await drop_draft(request, form=request.url.path)
    return redirect(contribution_path(topic_path(topic), changed))


def _present(found: Contribution) -> dict[str, str]:
    return {
        "title": found.title,
        "text": found.text,
        "category": found.category,
        "address": found.place.address,
    }


async def withdraw_form(request: Request) -> Response:
    """Asks whether the contribution is really to be taken back, and says what that means."""
    topic, found, tenant = await load(request)
    if current_session(request) is None:
        return await _sign_in_first(request, topic, tenant, "edit", contribution_path(topic_path(topic), found))
    if not found.mine:
        raise DomainError(Kind.FORBIDDEN, "NOT_THE_AUTHOR", "not the author", domain="discussion.civic")
    return await _withdraw_page(request, topic, found, tenant, Form())


async def withdraw(request: Request) -> Response:
    """Takes a contribution back."""
    values = await read_form(request)
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    topic, found, tenant = await load(request)
    try:
        await context_of(request).curation.withdraw(await asker_of(request, topic.tenant), found.id)
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        return await _withdraw_page(request, topic, found, tenant, Form(values, problem), status=problem.status)
    return redirect(contribution_path(topic_path(topic), found))


async def _withdraw_page(
    request: Request, topic: Topic, found: Contribution, tenant: Tenant, form: Form, *, status: int = 200
) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "contribution_withdraw.html",
        tenant=tenant,
        status=status,
        form=form,
        present=found,
        contribution_path=contribution_path(topic_path(topic), found),
        **topic_values(words, topic),
    )


async def versions(request: Request) -> Response:
    """Every version of a contribution with its fingerprint, and where it comes from."""
    context = context_of(request)
    topic, found, tenant = await load(request)
    answer = await context.curation.versions(await asker_of(request, topic.tenant), found.id)
    words = context.renderer.words(request)
    asked = "".join(request.query_params.get("pruefsumme", "").lower().split())
    return await context.renderer.page(
        request,
        "contribution_versions.html",
        tenant=tenant,
        present=found,
        contribution_path=contribution_path(topic_path(topic), found),
        versions=[(each, words.instant(moment(each.create_time))) for each in reversed(answer.versions)],
        origins=[(each, render.ORIGINS[each.kind], words.instant(moment(each.create_time))) for each in answer.origins],
        asked=asked,
        matching=[each.version for each in answer.versions if each.fingerprint == asked],
        **topic_values(words, topic),
    )


async def rate(request: Request) -> Response:
    """Sets or takes back the person's rating."""
    values = await read_form(request)
    path = request.url.path.removesuffix("/bewertung")
    if current_session(request) is None:
        return await sign_in_redirect(request, form=path, fields=values)
    try:
        await _set_rating(request, values.get("value", ""))
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(request, error)
        topic, found, tenant = await load(request)
        return await contribution_page(
            request,
            context_of(request),
            topic,
            found,
            tenant,
            form=Form(),
            rating_problem=problem,
            status=problem.status,
        )
    return redirect(f"{path}#bewertung")


async def _set_rating(request: Request, value: str) -> None:
    discussion = context_of(request).discussion
    asker = await asker_of(request, request.path_params["tenant"])
    contribution_id = id_in(request.path_params["contribution"])
    if value == "none":
        await discussion.delete_rating(asker, contribution_id)
    elif value in _RATINGS:
        await discussion.set_rating(asker, contribution_id, _RATINGS[value])
    else:
        raise invalid(Violation("value", "NOT_ALLOWED", "no rating", {"allowed": ", ".join((*_RATINGS, "none"))}))


async def comment_form(request: Request) -> Response:
    """The contribution with the comment form as it was before signing in."""
    topic, found, tenant = await load(request)
    path = contribution_path(topic_path(topic), found)
    if current_session(request) is None:
        return await _sign_in_first(request, topic, tenant, "comment", path)
    draft = await take_draft(request, form=request.url.path) or {}
    return await contribution_page(
        request, context_of(request), topic, found, tenant, form=Form(draft), reply_to=draft.get("parent", "")
    )


async def send_comment(request: Request) -> Response:
    """Takes a comment or a reply."""
    values = await read_form(request)
    if current_session(request) is None:
        return await sign_in_redirect(request, form=request.url.path, fields=values)
    context = context_of(request)
    topic, found, tenant = await load(request)
    parent = values.get("parent", "")
    try:
        made = await context.discussion.create_comment(
            await asker_of(request, topic.tenant),
            found.id,
            text=values.get("text", ""),
            parent_id=id_of(parent) if parent else "",
            request_id=key_of(values),
        )
    except DomainError as error:
        if not shown_again(error):
            raise
        problem = described(
            request, error, labels={"text": "pages.comment.reply_label" if parent else "pages.comment.label"}
        )
        return await contribution_page(
            request,
            context,
            topic,
            found,
            tenant,
            form=Form(values, problem),
            reply_to=parent,
            status=problem.status,
        )
    await drop_draft(request, form=request.url.path)
    return redirect(receipt_of_comment(context, contribution_path(topic_path(topic), found), made))


async def mine(request: Request) -> Response:
    """What the person wrote and rated, newest first."""
    context = context_of(request)
    if current_session(request) is None:
        return await sign_in_page(request, purpose="mine", back="/")
    answer, tenants = await asyncio.gather(
        context.discussion.list_my_participation(
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


async def sign_in_page(
    request: Request, *, purpose: str, back: str, tenant: Tenant | None = None, **values: Any
) -> Response:
    """Asks to sign in, says what for, and leads back here."""
    context = context_of(request)
    text = context.renderer.words(request).text(f"pages.sign_in.{purpose}", **values)
    return await context.renderer.page(request, "sign_in.html", tenant=tenant, status=401, purpose=text, back=back)


async def _sign_in_first(request: Request, topic: Topic, tenant: Tenant, purpose: str, back: str) -> Response:
    return await sign_in_page(request, purpose=purpose, back=back, tenant=tenant, title=topic.texts.title)


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
        **_choices(topic, words),
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
    }


async def _edit_form(
    request: Request, topic: Topic, found: Contribution, tenant: Tenant, form: Form, *, status: int = 200
) -> Response:
    context = context_of(request)
    words = context.renderer.words(request)
    return await context.renderer.page(
        request,
        "contribution_edit.html",
        tenant=tenant,
        status=status,
        form=form,
        files=await files_in(request, topic.tenant, form.values, words, found.attachments),
        present=found,
        contribution_path=contribution_path(topic_path(topic), found),
        **_choices(topic, words),
        **topic_values(words, topic),
    )


_CONTRIBUTION: Final = "/{tenant}/dialoge/{topic}/beitraege/{contribution}"

routes: Final[Sequence[BaseRoute]] = (
    Route("/mein-bereich", mine),
    Route("/{tenant}/dialoge/{topic}/beitraege/neu", new_contribution, methods=["GET"]),
    Route("/{tenant}/dialoge/{topic}/beitraege/neu", send_contribution, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/eingang", receipt, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/bearbeiten", edit_contribution, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/bearbeiten", change_contribution, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/zurueckziehen", withdraw_form, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/zurueckziehen", withdraw, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/fassungen", versions, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/bewertung", rate, methods=["POST"]),
    Route(f"{_CONTRIBUTION}/kommentare", comment_form, methods=["GET"]),
    Route(f"{_CONTRIBUTION}/kommentare", send_comment, methods=["POST"]),
)
