"""Every address that answers with a page, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from civic_gateway.features.catalog import feeds, map_page
from civic_gateway.features.catalog import pages as catalog_pages
from civic_gateway.features.discussion import (
    contributing,
    contributions_map,
    my_area,
    object_pages,
    responding,
    staff_contribution,
    staff_desk,
    staff_files,
    staff_objects,
    staff_steps,
    withdrawing,
)
from civic_gateway.features.discussion import pages as discussion_pages
from civic_gateway.features.discussion import staff as discussion_staff
from civic_gateway.features.exports import pages as exports_pages
from civic_gateway.features.following import pages as following
from civic_gateway.features.following import staff as mail_texts
from civic_gateway.features.invitations import pages as invitations
from civic_gateway.features.moderation import pages as moderation_pages
from civic_gateway.features.moderation import staff as moderation_staff
from civic_gateway.features.moderation import staff_settings as moderation_settings
from civic_gateway.features.portal import account, plain, site
from civic_gateway.features.subscriptions import pages as subscriptions
from civic_gateway.features.tenants import pages as tenant_pages
from civic_gateway.features.tenants import staff as tenant_staff
from civic_gateway.web.addresses import slug_of
from civic_gateway.web.static_files import PREFIX, StaticFiles


class _SpokenConvertor(StringConvertor):
    # The first part of every address is of small letters; on a poster it begins with a capital or has an umlaut.
    regex = "[^/]*[A-ZÄÖÜäöüß][^/]*"


register_url_convertor("spoken", _SpokenConvertor())


def page_routes(static: StaticFiles) -> Sequence[BaseRoute]:
    """Words of the portal itself come before names of tenants, fixed words before titles."""
    return (
        Route(PREFIX + "{file}", static.serve),
        Route("/{name:spoken}{rest:path}", _as_written),
        *catalog_pages.routes,
        *map_page.routes,
        *feeds.routes,
        *site.routes,
        *plain.routes,
        *account.routes,
        *my_area.routes,
        *contributing.routes,
        *withdrawing.routes,
        *responding.routes,
        *following.routes,
        *invitations.routes,
        *subscriptions.routes,
        *mail_texts.routes,
        *tenant_staff.routes,
        *moderation_settings.routes,
        *moderation_staff.routes,
        *moderation_pages.routes,
        *exports_pages.routes,
        *staff_objects.routes,
        *staff_files.routes,
        *discussion_staff.routes,
        *staff_steps.routes,
        *staff_desk.routes,
        *staff_contribution.routes,
        *object_pages.routes,
        *contributions_map.routes,
        *discussion_pages.routes,
        *site.tenant_routes,
        *plain.tenant_routes,
        *tenant_pages.routes,
        # Clients write the address of uploads with a slash, too: with 308 they send the same again.
        Route("/{path:path}/", _without_slash, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    )


async def _without_slash(request: Request) -> Response:
    path = "/" + request.path_params["path"].strip("/")
    query = request.url.query
    return RedirectResponse(f"{path}?{query}" if query else path, 308)


async def _as_written(request: Request) -> Response:
    path = f"/{slug_of(request.path_params['name'])}{request.path_params['rest']}"
    query = request.url.query
    return RedirectResponse(f"{path}?{query}" if query else path, 308)
