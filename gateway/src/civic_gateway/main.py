"""Composition root: puts the layers, the calls and the routes of one gateway together."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.files import Files
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.trust import trusted
from civic_chassis.uploads import Uploads
from opentelemetry import metrics
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from civic_gateway.api_routes import api_routes, description_routes
from civic_gateway.bearer import BearerLayer
from civic_gateway.bodies import BodyGuard
from civic_gateway.cache import AnswerCache
from civic_gateway.cache_layer import CacheLayer
from civic_gateway.changes import Changes
from civic_gateway.clients import connect
from civic_gateway.context import CONTEXT, Context
from civic_gateway.features.catalog import events as catalog_events
from civic_gateway.features.catalog.calls import CatalogCalls
from civic_gateway.features.discussion import events as discussion_events
from civic_gateway.features.discussion.contribution_calls import ContributionCalls
from civic_gateway.features.discussion.curation_calls import CurationCalls
from civic_gateway.features.discussion.desk_calls import DeskCalls
from civic_gateway.features.discussion.files import DiscussionFiles
from civic_gateway.features.discussion.object_calls import ObjectCalls
from civic_gateway.features.discussion.topic_calls import TopicCalls
from civic_gateway.features.exports.calls import NumbersCalls
from civic_gateway.features.exports.progress import ProgressBoard
from civic_gateway.features.exports.sending import ExportDesk
from civic_gateway.features.files import tus
from civic_gateway.features.files.desk import FORM_BYTES, OVERHEAD_BYTES, UploadDesk, form_too_large, too_large
from civic_gateway.features.files.holders import Holders
from civic_gateway.features.files.sweeping import keep_sweeping
from civic_gateway.features.following.calls import FollowingCalls
from civic_gateway.features.following.people import PeopleLayer
from civic_gateway.features.invitations.calls import InvitationCalls
from civic_gateway.features.moderation.badge import Badge
from civic_gateway.features.moderation.calls import ModerationCalls
from civic_gateway.features.subscriptions.calls import SubscriptionCalls
from civic_gateway.features.tenants import events as tenant_events
from civic_gateway.features.tenants.directory import TenantDirectory
from civic_gateway.http import Envelope, origin_of, security_headers
from civic_gateway.limits import Buckets, LimitLayer, Limits
from civic_gateway.oidc.identity import Identity
from civic_gateway.oidc.layer import CsrfLayer, SessionLayer
from civic_gateway.pages import page_routes
from civic_gateway.probes import Probes
from civic_gateway.problems import Problems
from civic_gateway.routing import Routes
from civic_gateway.settings import Settings
from civic_gateway.streaming import PIECES, UPLOAD, Streamed, StreamedBodies
from civic_gateway.web import i18n
from civic_gateway.web.rendering import Renderer
from civic_gateway.web.static_files import StaticFiles

_DAY_SECONDS: Final = 86_400.0
_TUS_OPTIONS: Final = tuple(
    Route(address, tus.capabilities, methods=["OPTIONS"])
    for address in ("/api/v1/{tenant}/files", "/api/v1/{tenant}/files/tus")
)
_OBJECT_FORM: Final = re.compile(r"/[^/]+/verwaltung/dialoge/[^/]+/unterlagen/[^/]+")
_CONTRIBUTION_FORM: Final = re.compile(r"/[^/]+/dialoge/[^/]+/beitraege/(?:neu|[^/]+/bearbeiten)")


def _streamed(settings: Settings) -> Sequence[Streamed]:
    """Uploads. Beside these bounds each file has its own, which a video alone exceeds."""
    video = settings.max_video_bytes + OVERHEAD_BYTES
    return (
        Streamed("POST", re.compile(r"/api/v1/[^/]+/files"), UPLOAD, video, too_large),
        Streamed("PATCH", re.compile(r"/api/v1/[^/]+/files/tus/[^/]+"), PIECES, video, too_large),
        Streamed("POST", _CONTRIBUTION_FORM, UPLOAD, FORM_BYTES, form_too_large),
        Streamed("POST", _OBJECT_FORM, UPLOAD, max(video, FORM_BYTES), form_too_large),
    )


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway: `asgi` is what a server runs, the rest is for whoever watches it."""

    asgi: ASGIApp
    cache: AnswerCache
    changes: Changes
    probes: Probes
    exports: ExportDesk
    files: Files


def create_gateway(settings: Settings, *, first: Sequence[Route] = ()) -> Gateway:
    """A gateway that connects when its server starts it; `first` are routes that are tried before its own."""
    catalogue = i18n.load()
    tenant = connect(settings.tenant_target, timeout_seconds=settings.call_timeout_seconds)
    discussion = connect(settings.discussion_target, timeout_seconds=settings.call_timeout_seconds)
    files, http = Files.open(settings.files_url), httpx.AsyncClient(timeout=5.0, verify=trusted())
    desk = _desk(settings, files, http)
    catalog = connect(settings.catalog_target, timeout_seconds=settings.call_timeout_seconds)
    discussion_files = DiscussionFiles(discussion)
    notification = connect(settings.notification_target, timeout_seconds=settings.call_timeout_seconds)
    following = FollowingCalls(notification)
    directory = TenantDirectory(tenant)
    moderation = ModerationCalls(
        {"discussion": discussion},
        secret=settings.session_secret.get_secret_value(),
        reports_per_minute=settings.reports_per_minute_client,
    )
    renderer = Renderer(settings=settings, catalogue=catalogue, tenants=directory, static=StaticFiles())
    renderer.count_waiting = Badge(moderation).count
    problems = Problems(catalogue, renderer.error_page)
    cache = AnswerCache(max_bytes=settings.cache_bytes, seconds=settings.cache_seconds)
    changes = Changes(url=settings.nats_url, cache=cache, tags=changed_tags, forget=directory.forget)
    identity = Identity(settings, changes.nats, clock=SystemClock(), on_change=cache.clear)
    changes.on_connected.append(identity.connected)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        changes.start()
        identity.start()
        sweeping = asyncio.create_task(keep_sweeping(desk.uploads))
        yield
        sweeping.cancel()
        await http.aclose()
        await identity.close()
        await changes.close()
        await directory.close()
        await tenant.close()
        await discussion.close()
        await notification.close()
        await catalog.close()

    context = Context(
        settings=settings,
        catalogue=catalogue,
        problems=problems,
        files=files,
        desk=desk,
        holders=Holders(desk.uploads, {"discussion": discussion_files}),
        tenants=directory,
        topics=TopicCalls(discussion),
        contributions=ContributionCalls(discussion),
        following=following,
        moderation=moderation,
        exports=ExportDesk(
            NumbersCalls(discussion),
            settings.exports_at_once,
            settings.exports_per_client,
            ProgressBoard(changes.nats),
        ),
        curation=CurationCalls(discussion),
        staff_desk=DeskCalls(discussion),
        objects=ObjectCalls(discussion),
        catalog=CatalogCalls(catalog),
        invitations=InvitationCalls(discussion, notification),
        subscriptions=SubscriptionCalls(
            catalog,
            notification,
            secret=settings.session_secret.get_secret_value(),
            questions_per_hour=settings.questions_per_hour_client,
        ),
        discussion_files=discussion_files,
        renderer=renderer,
    )
    routes = Routes(
        [*first, *api_routes(), *_TUS_OPTIONS, *description_routes(catalogue), *page_routes(renderer.static)],
        problems=problems,
        state={CONTEXT: context},
        lifespan=lifespan,
    )
    known = PeopleLayer(routes, following.keep_recipient)
    layers = _layers(known, settings, problems, identity)
    probes = Probes(layers, lambda: {"events": cache.connected, "sign_in": identity.available})
    _observe(cache)
    patience = settings.call_timeout_seconds
    cached = CacheLayer(probes, cache, secure=settings.secure, patience_seconds=patience)
    return Gateway(cached, cache, changes, probes, context.exports, files)


def changed_tags(area: str, kind: str, tenant: str, payload: bytes) -> Iterable[str]:
    """What an event makes old, asked of the feature that shows it."""
    if area == "discussion":
        return discussion_events.changed_tags(tenant, kind, payload)
    if area == "catalog":
        return catalog_events.changed_tags(tenant)
    return tenant_events.changed_tags(tenant)


def _desk(settings: Settings, files: Files, http: httpx.AsyncClient) -> UploadDesk:
    verifier = TokenVerifier(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        internal_url=settings.oidc_internal_url,
        http=http,
        clock=SystemClock(),
    )
    per_day = Buckets(settings.uploads_per_day_person, seconds=_DAY_SECONDS)
    return UploadDesk(Uploads(files.objects, max_video_bytes=settings.max_video_bytes), verifier, per_day)


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
        streamed=StreamedBodies(
            _streamed(settings),
            pause_seconds=settings.upload_pause_seconds,
            whole_seconds=settings.upload_timeout_seconds,
        ),
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


def _observe(cache: AnswerCache) -> None:
    meter = metrics.get_meter("civic_gateway.cache")

    def answers(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        yield metrics.Observation(cache.counts.hits, {"result": "hit"})
        yield metrics.Observation(cache.counts.misses, {"result": "miss"})
        yield metrics.Observation(cache.counts.joined, {"result": "joined"})

    def size(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        yield metrics.Observation(cache.size)

    meter.create_observable_counter("civic.gateway.cache.answers", [answers], description="Reads by result")
    meter.create_observable_gauge("civic.gateway.cache.size", [size], unit="By", description="Memory in use")
