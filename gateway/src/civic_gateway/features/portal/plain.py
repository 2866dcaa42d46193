"""Leichte Sprache and German Sign Language of the state and of each tenant (BITV 2.0 section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import context_of
from civic_gateway.features.tenants.events import tenant_tag
from civic_gateway.features.tenants.plain import EASY, KINDS, PARTS


async def plain(request: Request) -> Response:
    """The parts that are there, in their order; both forms lead to each other."""
    context = context_of(request)
    slug = request.path_params.get("tenant", context.settings.state)
    kind = KINDS[request.url.path.rpartition("/")[2]]
    tenant = await context.tenants.get_with_texts(slug)
    keep(request, tenant_tag(slug))
    parts = [(name, getattr(tenant.plain, name)) for name in PARTS]
    return await context.renderer.page(
        request,
        "plain.html",
        tenant=tenant,
        kind=kind,
        parts=[(name, part) for name, part in parts if (part.text if kind == EASY else part.video)],
    )


routes: Final[Sequence[BaseRoute]] = tuple(Route(f"/{name}", plain) for name in KINDS)

# Below a tenant, so after every address that begins with a word of the portal itself.
tenant_routes: Final[Sequence[BaseRoute]] = tuple(Route(f"/{{tenant}}/{name}", plain) for name in KINDS)
