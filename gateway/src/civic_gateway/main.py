"""Composition root: puts the layers, the calls and the routes of one gateway together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson
from civic_chassis.files import Files
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.kernel.errors import DomainError, Kind, invalid
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from opentelemetry import metrics
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from civic_gateway import openapi
from civic_gateway.answers import keep
from civic_gateway.bearer import BearerLayer
from civic_gateway.cache import AnswerCache, CacheLayer
from civic_gateway.changes import Changes
from civic_gateway.clients import connect
from civic_gateway.context import Context
from civic_gateway.features.discussion import api as discussion_api
from civic_gateway.features.discussion import events as discussion_events
from civic_gateway.features.discussion.calls import DiscussionCalls
from civic_gateway.features.tenants import api as tenants_api
from civic_gateway.features.tenants import events as tenant_events
from civic_gateway.features.tenants.directory import TenantDirectory
from civic_gateway.http import BodyGuard, Envelope, origin_of, security_headers
from civic_gateway.limits import Buckets, LimitLayer, Limits
from civic_gateway.oidc import routes as oidc_routes
from civic_gateway.oidc.identity import Identity
from civic_gateway.oidc.layer import CsrfLayer, SessionLayer
from civic_gateway.pages import page_routes
from civic_gateway.probes import Probes
from civic_gateway.problems import Problems, gateway_error, problem_catalogue
from civic_gateway.settings import Settings
from civic_gateway.validation import violations_of
from civic_gateway.web import i18n
from civic_gateway.web.rendering import Renderer
from civic_gateway.web.static_files import StaticFiles

STATIC_TAG: Final = "static"
_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway: `asgi` is what a server runs, the rest is for whoever watches it."""

    asgi: ASGIApp
    app: FastAPI
    cache: AnswerCache
    changes: Changes
    probes: Probes


def create_gateway(settings: Settings) -> Gateway:
    """A gateway that connects when its server starts it."""
    catalogue = i18n.load()
    tenant = connect(settings.tenant_target, timeout_seconds=settings.call_timeout_seconds)
    discussion = connect(settings.discussion_target, timeout_seconds=settings.call_timeout_seconds)
    directory = TenantDirectory(tenant)
    renderer = Renderer(settings=settings, catalogue=catalogue, tenants=directory, static=StaticFiles())
    problems = Problems(catalogue, renderer.error_page)
    cache = AnswerCache(max_bytes=settings.cache_bytes, seconds=settings.cache_seconds)
    changes = Changes(url=settings.nats_url, cache=cache, tags=changed_tags, forget=directory.forget)
    identity = Identity(settings, changes.nats, clock=SystemClock(), on_change=cache.clear)
    changes.on_connected.append(identity.connected)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        changes.start()
        identity.start()
        yield
        await identity.close()
        await changes.close()
        await directory.close()
        await tenant.close()
        await discussion.close()

    context = Context(
        settings=settings,
        catalogue=catalogue,
        problems=problems,
        files=Files.open(settings.files_url),
        tenants=directory,
        discussion=DiscussionCalls(discussion),
        renderer=renderer,
    )
    app = _application(context, lifespan)
    layers = _layers(app, settings, problems, identity)
    probes = Probes(layers, lambda: {"events": cache.connected, "sign_in": identity.available})
    _observe(cache)
    return Gateway(CacheLayer(probes, cache, secure=settings.secure), app, cache, changes, probes)


def changed_tags(area: str, kind: str, tenant: str, payload: bytes) -> Iterable[str]:
    """What an event makes old, asked of the feature that shows it."""
    if area == "discussion":
        return discussion_events.changed_tags(tenant, kind, payload)
    return tenant_events.changed_tags(tenant)


def _application(context: Context, lifespan: Any) -> FastAPI:
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        # The gateway's own layer makes the one span and the one metric of a request.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.context = context
    # A router that is included is asked twice for each request; its routes know their whole address themselves. The
    # first route that fits answers, so the API, whose routes are asked most, stands first.
    for router in (discussion_api.router, discussion_api.state_router, tenants_api.router, oidc_routes.router):
        app.router.routes.extend(router.routes)
    _describe(app, context)
    app.router.routes.extend(page_routes(context.renderer.static))
    _handle_errors(app, context.problems)
    return app


def _layers(app: ASGIApp, settings: Settings, problems: Problems, identity: Identity) -> ASGIApp:
    limits = Limits(
        writes_of_person=Buckets(settings.writes_per_minute_person),
        writes_of_client=Buckets(settings.writes_per_minute_client),
        reads_of_client=Buckets(settings.reads_per_minute_client),
    )
    limited = LimitLayer(app, limits=limits, problems=problems)
    meant = CsrfLayer(limited, problems=problems, public_url=settings.public_url)
    guarded = BodyGuard(
        BearerLayer(meant, problems),
        problems=problems,
        max_bytes=settings.max_body_bytes,
        timeout_seconds=settings.body_timeout_seconds,
    )
    headers = security_headers(secure=settings.secure, sign_in_origin=origin_of(settings.oidc_issuer))
    enveloped: Any = Envelope(
        SessionLayer(guarded, identity),
        problems=problems,
        headers=headers,
        timeout_seconds=settings.request_timeout_seconds,
        body_seconds=settings.body_timeout_seconds,
    )
    proxied: Any = ProxyHeadersMiddleware(enveloped, trusted_hosts=settings.forwarded_allow_ips)
    return proxied  # type: ignore[no-any-return]


def _describe(app: FastAPI, context: Context) -> None:
    document = orjson.dumps(openapi.describe(app))

    @app.get("/api/openapi.json", include_in_schema=False)
    async def describe(request: Request) -> Response:
        keep(request, STATIC_TAG)
        return Response(document, headers={"cache-control": "no-cache"}, media_type="application/json")

    @app.get("/api/problems", include_in_schema=False)
    async def problems(request: Request) -> Response:
        keep(request, STATIC_TAG)
        items = problem_catalogue(context.catalogue, request.scope["civic.language"])
        headers = {"cache-control": "no-cache", "vary": "Accept-Language"}
        return Response(orjson.dumps({"items": items}), headers=headers, media_type="application/json")


def _handle_errors(app: FastAPI, problems: Problems) -> None:
    @app.exception_handler(DomainError)
    async def refused(request: Request, error: DomainError) -> Response:
        return await problems.respond(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        return await problems.respond(request, invalid(*violations_of(error.errors())))

    @app.exception_handler(HTTPException)
    async def unroutable(request: Request, error: HTTPException) -> Response:
        return await problems.respond(request, _of_http(app, request, error))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, _: Exception) -> Response:
        # Starlette raises the error again after this answer; the envelope logs it there.
        return await problems.respond(request, gateway_error(Kind.INTERNAL, "INTERNAL", "unexpected error"))


def _of_http(app: FastAPI, request: Request, error: HTTPException) -> DomainError:
    if error.status_code == 404:
        return gateway_error(Kind.NOT_FOUND, "NOT_FOUND", "no such address")
    if error.status_code == 405:
        names = ", ".join(method for method in _METHODS if _is_routed(app, {**request.scope, "method": method}))
        return gateway_error(Kind.INVALID, "METHOD_NOT_ALLOWED", "no such method here", allowed=names)
    return gateway_error(Kind.INVALID, "MALFORMED_REQUEST", "not a readable request")


def _is_routed(app: FastAPI, scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)


def _observe(cache: AnswerCache) -> None:
    meter = metrics.get_meter("civic_gateway.cache")

    def answers(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        yield metrics.Observation(cache.counts.hits, {"result": "hit"})
        yield metrics.Observation(cache.counts.misses, {"result": "miss"})

    def size(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        yield metrics.Observation(cache.size)

    meter.create_observable_counter("civic.gateway.cache.answers", [answers], description="Reads by result")
    meter.create_observable_gauge("civic.gateway.cache.size", [size], unit="By", description="Memory in use")
