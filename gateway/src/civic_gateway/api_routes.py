"""Every route of the JSON API, and its description."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway import openapi
from civic_gateway.answers import keep
from civic_gateway.features.catalog import api as catalog_api
from civic_gateway.features.discussion import api as discussion_api
from civic_gateway.features.discussion import curation_api, desk_api, object_api, participation_api
from civic_gateway.features.exports import api as exports_api
from civic_gateway.features.files import api as files_api
from civic_gateway.features.files import downloads, tus
from civic_gateway.features.following import api as following_api
from civic_gateway.features.invitations import api as invitations_api
from civic_gateway.features.moderation import api as moderation_api
from civic_gateway.features.moderation import reporting_api
from civic_gateway.features.portal import api_docs
from civic_gateway.features.subscriptions import api as subscriptions_api
from civic_gateway.features.tenants import api as tenants_api
from civic_gateway.oidc import routes as oidc_routes
from civic_gateway.problems import problem_catalogue
from civic_gateway.web import i18n

_STATIC_TAG: Final = "static"


def api_routes() -> Sequence[BaseRoute]:
    routers = (
        discussion_api.router,
        participation_api.router,
        exports_api.router,
        curation_api.router,
        desk_api.router,
        object_api.router,
        participation_api.person_router,
        discussion_api.state_router,
        catalog_api.router,
        subscriptions_api.router,
        subscriptions_api.person_router,
        tus.router,
        files_api.router,
        reporting_api.router,
        moderation_api.router,
        invitations_api.router,
        downloads.router,
        following_api.router,
        following_api.person_router,
        tenants_api.router,
        oidc_routes.router,
    )
    return [route for router in routers for route in router.routes]


def description_routes(catalogue: i18n.Catalogue) -> Sequence[Route]:
    """OpenAPI, the catalogue of problems, and the page that shows both."""
    document, reference = _description()

    async def describe(request: Request) -> Response:
        keep(request, _STATIC_TAG)
        return Response(document, headers={"cache-control": "no-cache"}, media_type="application/json")

    async def reasons(request: Request) -> Response:
        keep(request, _STATIC_TAG)
        items = problem_catalogue(catalogue, request.scope["civic.language"])
        headers = {"cache-control": "no-cache", "vary": "Accept-Language"}
        return Response(orjson.dumps({"items": items}), headers=headers, media_type="application/json")

    return Route("/api/openapi.json", describe), Route("/api/problems", reasons), api_docs.route(reference)


@cache
def _description() -> tuple[bytes, api_docs.Reference]:
    """The document, and what its page shows; both take a while, and no setting changes a word of them."""
    description = openapi.describe(api_routes())
    return orjson.dumps(description), api_docs.reference_of(description)
