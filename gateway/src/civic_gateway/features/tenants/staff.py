"""Staff area: what the tenant tells in Leichte Sprache and German Sign Language, as a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from civic.tenant.v1 import tenant_pb2
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.staff_access import staff_only
from civic_gateway.features.tenants.plain import PARTS, plain_of
from civic_gateway.session import take_draft
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.sending import described, redirect, shown_again

_PLACES: Final = tuple((part, kind) for part in PARTS for kind in ("text", "video"))
# The service's name of a field to that of the form, and to the words that say which of the four it is.
_NAMES: Final = {f"{part}.{kind}": f"{part}_{kind}" for part, kind in _PLACES}
_LABELS: Final = {f"{part}.{kind}": f"plain.staff.label.{part}_{kind}" for part, kind in _PLACES}


@staff_only("admin")
async def show(request: Request) -> Response:
    """The texts and videos as they are."""
    draft = await take_draft(request, form=request.url.path)
    return await _page(request, Form(draft) if draft else None)


@staff_only("admin")
async def change(request: Request) -> Response:
    """Saves them, shows them as everybody would see them, or shows what hinders it."""
    values = await read_form(request)
    if values.get("action") == "preview":
        return await _page(request, Form(values), preview=True)
    context, slug = context_of(request), request.path_params["tenant"]
    given = plain_of({part: (values.get(f"{part}_text", ""), values.get(f"{part}_video", "")) for part in PARTS})
    try:
        asker = await asker_of(request, slug)
        await context.tenants.update_plain(asker, given, etag=values.get("etag", ""))
    except DomainError as error:
        if not shown_again(error):
            raise
        if error.kind is Kind.VERSION:
            # The next sending is meant for the state that is there now.
            values["etag"] = (await context.tenants.get_with_texts(slug)).etag
        problem = described(request, error, names=_NAMES, labels=_LABELS)
        return await _page(request, Form(values, problem), status=problem.status)
    return redirect(with_query(request.url.path, gespeichert="1"))


def values_of(tenant: tenant_pb2.Tenant) -> Mapping[str, str]:
    """The texts and videos as fields of the form."""
    stored = {f"{part}_{kind}": getattr(getattr(tenant.plain, part), kind) for part, kind in _PLACES}
    return {**stored, "etag": tenant.etag}


async def _page(request: Request, form: Form | None, *, preview: bool = False, status: int = 200) -> Response:
    context, slug = context_of(request), request.path_params["tenant"]
    tenant = await context.tenants.get_with_texts(slug)
    return await context.renderer.page(
        request,
        "staff_plain.html",
        tenant=tenant,
        status=status,
        form=form or Form(values_of(tenant)),
        parts=PARTS,
        preview=preview,
        path=request.url.path,
        saved=request.query_params.get("gespeichert") == "1",
    )


_PATH: Final = "/{tenant}/verwaltung/sprachformen"

routes: Final = (Route(_PATH, show, methods=["GET"]), Route(_PATH, change, methods=["POST"]))
