"""Staff area: the mail texts of a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.staff_access import EDITORS, staff_only
from civic_gateway.features.following.calls import Preview, Template, Words
from civic_gateway.session import take_draft
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.sending import described, redirect, shown_again

_LABELS: Final = {"subject_line": "following.texts.subject_line", "text": "following.texts.text"}


@staff_only(*EDITORS)
async def list_texts(request: Request) -> Response:
    """Every mail text, the tenant's own ones marked."""
    context, slug = context_of(request), request.path_params["tenant"]
    found = await context.following.templates(await asker_of(request, slug))
    return await context.renderer.page(
        request,
        "mail_texts.html",
        tenant=await context.tenants.get(slug),
        path=f"/{slug}/verwaltung/mail-texte",
        texts=found,
        saved=request.query_params.get("gespeichert") == "1",
    )


@staff_only(*EDITORS)
async def edit_text(request: Request) -> Response:
    """One mail text in a form, with a preview."""
    template = await _template(request)
    draft = await take_draft(request, form=request.url.path)
    present = {"subject_line": template.subject_line, "text": template.text, "etag": template.etag}
    return await _editor(request, template, Form(draft or present))


@staff_only(*EDITORS)
async def change_text(request: Request) -> Response:
    """Saves, shows the preview without saving, or goes back to the portal's text."""
    values = await read_form(request)
    context, slug = context_of(request), request.path_params["tenant"]
    asker = await asker_of(request, slug)
    kind, language = request.path_params["kind"], request.path_params["language"]
    words = Words(values.get("subject_line", ""), values.get("text", ""))
    etag = values.get("etag", "")
    try:
        match values.get("action"):
            case "preview":
                shown = await context.following.preview(asker, kind, language, words)
                return await _editor(request, await _template(request), Form(values), preview=shown)
            case "reset":
                await context.following.reset_template(asker, kind, language, etag=etag)
            case _:
                await context.following.update_template(asker, kind, language, words, etag=etag)
    except DomainError as error:
        if not shown_again(error):
            raise
        template = await _template(request)
        if error.kind is Kind.VERSION:
            # The next sending is meant for the state that is shown now.
            values["etag"] = template.etag
        problem = described(request, error, labels=_LABELS)
        return await _editor(request, template, Form(values, problem), status=problem.status)
    return redirect(with_query(f"/{slug}/verwaltung/mail-texte", gespeichert="1"))


async def _template(request: Request) -> Template:
    slug = request.path_params["tenant"]
    kind, language = request.path_params["kind"], request.path_params["language"]
    return await context_of(request).following.template(await asker_of(request, slug), kind, language)


async def _editor(
    request: Request, template: Template, form: Form, *, preview: Preview | None = None, status: int = 200
) -> Response:
    context, slug = context_of(request), request.path_params["tenant"]
    return await context.renderer.page(
        request,
        "mail_text.html",
        tenant=await context.tenants.get(slug),
        status=status,
        form=form,
        mail_text=template,
        preview=preview,
        path=f"/{slug}/verwaltung/mail-texte",
    )


_TEXTS: Final = "/{tenant}/verwaltung/mail-texte"

routes: Final[Sequence[BaseRoute]] = (
    Route(_TEXTS, list_texts, methods=["GET"]),
    Route(_TEXTS + "/{kind}/{language}", edit_text, methods=["GET"]),
    Route(_TEXTS + "/{kind}/{language}", change_text, methods=["POST"]),
)
