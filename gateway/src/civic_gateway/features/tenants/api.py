"""Tenants in the JSON API."""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.page import PageRequest, encode_token
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import if_match, keep, list_answer, resource_answer
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.tenants import render
from civic_gateway.features.tenants.events import TENANTS, tenant_tag
from civic_gateway.features.tenants.plain import PARTS, plain_of
from civic_gateway.features.tenants.schemas import PlainPut, Tenant, TenantPage
from civic_gateway.openapi import IF_MATCH_REQUIRED, READING, changing, for_everybody, problems, reading
from civic_gateway.validation import DEFAULT_PAGE_SIZE, PageSize, PageToken

_SCOPE: Final = "tenants"
_FOR_EVER: Final = "public, max-age=31536000, immutable"

TenantSlug = Annotated[
    str, Path(description="Short name of the tenant", examples=["lindental"], json_schema_extra={"maxLength": 40})
]

router = APIRouter(prefix="/api/v1/tenants", tags=["tenants"])


@router.get("", **reading(TenantPage))
async def list_tenants(
    request: Request, page_size: PageSize = DEFAULT_PAGE_SIZE, page_token: PageToken = ""
) -> Response:
    """The tenants that take part, the state portal first, then by name."""
    page = PageRequest.parse(page_size, page_token, scope=_SCOPE, shape=(str,))
    tenants = await context_of(request).tenants.all()
    slugs = [tenant.slug for tenant in tenants]
    begin = slugs.index(str(page.position[0])) + 1 if page.position and page.position[0] in slugs else 0
    shown = tenants[begin : begin + page.size]
    more = begin + page.size < len(tenants)
    keep(request, TENANTS)
    items = orjson.dumps([render.tenant(tenant, full=False) for tenant in shown])
    return list_answer(request, items, encode_token(_SCOPE, (shown[-1].slug,)) if more else "")


@router.get("/{tenant}", **reading(Tenant))
async def get_tenant(request: Request, tenant: TenantSlug) -> Response:
    """One tenant with its texts."""
    found = await context_of(request).tenants.get_with_texts(tenant)
    keep(request, tenant_tag(tenant))
    return resource_answer(request, render.tenant(found, full=True))


@router.put("/{tenant}/plain", **changing(Tenant, IF_MATCH_REQUIRED))
async def put_plain(request: Request, tenant: TenantSlug, body: PlainPut) -> Response:
    """Replaces what the tenant tells in Leichte Sprache and German Sign Language; for its administrators."""
    parts = [(name, getattr(body, name)) for name in PARTS]
    given = plain_of({name: (part.text, part.video or "") for name, part in parts})
    asker = await asker_of(request, tenant)
    changed = await context_of(request).tenants.update_plain(asker, given, etag=if_match(request))
    return resource_answer(request, render.tenant(changed, full=True))


@router.get(
    "/{tenant}/logo",
    responses={
        200: {"description": "The logo", "content": {"image/svg+xml": {}, "image/png": {}}},
        **problems(READING),
    },
    response_class=Response,
    openapi_extra=for_everybody(),
)
async def get_logo(request: Request, tenant: TenantSlug) -> Response:
    """The tenant's logo or coat of arms."""
    context = context_of(request)
    design = (await context.tenants.get(tenant)).design
    if not design.logo:
        raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "the tenant has no logo")
    content = await context.files.get(design.logo)
    keep(request, tenant_tag(tenant))
    headers = {
        # The address carries the version of the tenant; without it the logo may change.
        "cache-control": _FOR_EVER if "v" in request.query_params else "no-cache",
        "etag": f'"{design.logo}"',
        # An SVG that is opened by itself is a document: it gets no script and no origin.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(content, headers=headers, media_type=design.logo_media_type)
