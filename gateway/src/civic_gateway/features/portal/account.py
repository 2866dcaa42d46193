"""What a person sees when signing out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from civic_chassis.kernel.errors import Kind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import context_of
from civic_gateway.oidc.addresses import SIGN_OUT_PATH
from civic_gateway.problems import gateway_error
from civic_gateway.session import Standing, standing


async def sign_out(request: Request) -> Response:
    """Asks whoever is signed in, since an address changes nothing; tells everybody else that they are signed out."""
    if standing(request) is Standing.PAUSED:
        raise gateway_error(Kind.UNAVAILABLE, "SIGN_IN_UNAVAILABLE", "the session cannot be confirmed now")
    headers = {"cache-control": "no-store"}
    return await context_of(request).renderer.page(request, "sign_out.html", headers=headers)


routes: Final[Sequence[BaseRoute]] = (Route(SIGN_OUT_PATH, sign_out, methods=["GET"]),)
