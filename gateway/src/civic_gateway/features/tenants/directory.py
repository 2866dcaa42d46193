"""Tenants as the gateway keeps them in memory, so that no page asks for them again."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic

from civic.tenant.v1 import tenant_pb2, tenant_service_pb2, tenant_service_pb2_grpc
from civic_chassis.kernel.errors import DomainError, Kind

from civic_gateway.clients import Asker, Service

Tenant = tenant_pb2.Tenant
TenantKind = tenant_pb2.TenantKind
TenantState = tenant_pb2.TenantState

_log = logging.getLogger(__name__)

_PAGE = 100
_FRESH_SECONDS = 30.0
_RETRY_SECONDS = 1.0
_UNKNOWN_SECONDS = 5.0
_UNKNOWN_KEPT = 1024


class TenantDirectory:
    """All live and suspended tenants by slug, read again after an event, and every 30 s beside the requests.

    While the tenant service is away, what was read last goes on being served; only a gateway that never read
    the tenants raises UNAVAILABLE.
    """

    def __init__(self, service: Service, *, clock: Callable[[], float] = monotonic) -> None:
        self._service = service
        self._stub = tenant_service_pb2_grpc.TenantServiceStub(service.channel)
        self._clock = clock
        self._tenants: dict[str, Tenant] = {}
        self._complete: dict[str, Tenant] = {}
        self._unknown: OrderedDict[str, tuple[float, DomainError]] = OrderedDict()
        self._fresh_until = 0.0
        self._retry_at = 0.0
        self._changed = True
        self._refresh: asyncio.Task[None] | None = None
        self._changes = 0

    async def get(self, slug: str) -> Tenant:
        """The tenant without its texts; raises TENANT_NOT_FOUND, or TENANT_CLOSED (GONE)."""
        await self._ensure_read()
        found = self._tenants.get(slug)
        return found if found is not None else await self._ask(slug)

    async def get_with_texts(self, slug: str) -> Tenant:
        """The tenant with welcome, imprint, privacy notice and accessibility statement; raises as `get`."""
        await self._ensure_read()
        found = self._complete.get(slug)
        return found if found is not None else await self._ask(slug)

    async def all(self) -> Sequence[Tenant]:
        """The state portal first, then by display name; without texts."""
        await self._ensure_read()
        return tuple(self._tenants.values())

    async def update_plain(self, asker: Asker, plain: tenant_pb2.Plain, *, etag: str) -> Tenant:
        """Replaces what a tenant tells in Leichte Sprache and German Sign Language; for its staff.

        Whoever asks next reads the tenant anew. Raises INVALID_ARGUMENT naming the hosts that videos may be on.
        """
        request = tenant_service_pb2.UpdatePlainRequest(etag=etag, plain=plain)
        answer: tenant_service_pb2.UpdatePlainResponse = await self._service.call(
            self._stub.UpdatePlain, request, asker
        )
        self.forget()
        return answer.tenant

    def forget(self) -> None:
        """What a tenant event, or a gap in the events, asks for: everything is read again before it is served."""
        self._changes += 1
        self._changed = True
        self._fresh_until = self._retry_at = 0.0
        self._complete = {}
        self._unknown.clear()

    async def close(self) -> None:
        """Ends a refresh that is under way."""
        if self._refresh is not None:
            self._refresh.cancel()
            await asyncio.gather(self._refresh, return_exceptions=True)

    async def _ensure_read(self) -> None:
        now = self._clock()
        if now < self._fresh_until or (self._tenants and now < self._retry_at):
            return
        if self._refresh is None or self._refresh.done():
            self._retry_at = now + _RETRY_SECONDS
            self._refresh = asyncio.create_task(self._read_all())
        if self._tenants and not self._changed:
            # Merely old: nobody waits for a service that may be slow.
            self._refresh.add_done_callback(_look_at)
            return
        try:
            # Shielded: the person who happened to ask first may go away, the others still wait for it.
            await asyncio.shield(self._refresh)
        except DomainError:
            if not self._tenants:
                raise

    async def _read_all(self) -> None:
        tenants: dict[str, Tenant] = {}
        changes, token = self._changes, ""
        while True:
            request = tenant_service_pb2.ListTenantsRequest(page_size=_PAGE, page_token=token)
            answer: tenant_service_pb2.ListTenantsResponse = await self._service.call(
                self._stub.ListTenants, request, Asker()
            )
            tenants |= {tenant.slug: tenant for tenant in answer.tenants}
            token = answer.next_page_token
            if not token:
                break
        self._tenants = tenants
        self._complete = {
            slug: tenant
            for slug, tenant in self._complete.items()
            if slug in tenants and tenants[slug].etag == tenant.etag
        }
        # A change that came while the pages were read may be missing in them: then the next request reads again.
        if changes == self._changes:
            self._changed = False
            self._fresh_until = self._clock() + _FRESH_SECONDS
        else:
            self._retry_at = 0.0

    async def _ask(self, slug: str) -> Tenant:
        known = self._unknown.get(slug)
        if known is not None and self._clock() - known[0] < _UNKNOWN_SECONDS:
            raise known[1].with_traceback(None)
        changes = self._changes
        try:
            answer: tenant_service_pb2.GetTenantResponse = await self._service.call(
                self._stub.GetTenant, tenant_service_pb2.GetTenantRequest(slug=slug), Asker()
            )
        except DomainError as error:
            if error.kind in (Kind.NOT_FOUND, Kind.GONE, Kind.INVALID):
                self._remember_unknown(slug, error)
            raise
        if answer.tenant.state == TenantState.TENANT_STATE_CLOSED:
            closed = DomainError(Kind.GONE, "TENANT_CLOSED", "the tenant is closed")
            self._remember_unknown(slug, closed)
            raise closed
        if changes == self._changes and slug in self._tenants:
            self._complete[slug] = answer.tenant
        return answer.tenant

    def _remember_unknown(self, slug: str, error: DomainError) -> None:
        self._unknown[slug] = (self._clock(), error)
        self._unknown.move_to_end(slug)
        while len(self._unknown) > _UNKNOWN_KEPT:
            self._unknown.popitem(last=False)


def _look_at(refresh: asyncio.Task[None]) -> None:
    if refresh.cancelled() or (error := refresh.exception()) is None:
        return
    _log.warning("tenants could not be read again", exc_info=error)
