"""Pages for staff alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.context import context_of
from civic_gateway.features.files.forms import read_form_with_files
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.session import current_session, sign_in_redirect

# Whoever prepares and changes what a tenant offers.
EDITORS: Final = ("admin", "editor")

Handler = Callable[[Request], Awaitable[Response]]


def staff_only(*roles: str) -> Callable[[Handler], Handler]:
    """Asks to sign in, keeps what was typed, and says it where the role is missing. The services decide again."""

    def decorate(handler: Handler) -> Handler:
        async def checked(request: Request) -> Response:
            slug = request.path_params["tenant"]
            tenant = await context_of(request).tenants.get(slug)
            session = current_session(request)
            if session is None:
                if request.method == "POST":
                    sent = await read_form_with_files(request, slug)
                    return await sign_in_redirect(request, form=request.url.path, fields=sent.values)
                return await _sign_in(request, tenant)
            if not session.has_role(slug, *roles):
                raise DomainError(Kind.FORBIDDEN, "ROLE_REQUIRED", "no such role in this tenant")
            return await handler(request)

        return checked

    return decorate


async def _sign_in(request: Request, tenant: Tenant) -> Response:
    context = context_of(request)
    purpose = context.renderer.words(request).text("pages.sign_in.staff", name=tenant.display_name)
    return await context.renderer.page(
        request, "sign_in.html", tenant=tenant, status=401, purpose=purpose, back=f"/{tenant.slug}"
    )
