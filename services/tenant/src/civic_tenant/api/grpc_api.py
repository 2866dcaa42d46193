"""The servicer: parse, call one verb, render."""

from collections.abc import Sequence
from typing import Any

from civic.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_tenant.api.wire import plain_of, tenant_message
from civic_tenant.application.tenants import TenantPages, Tenants


def servicers(tenants: Tenants, pages: TenantPages) -> Sequence[Servicer]:
    """Each servicer with the function that registers it."""
    return ((tenant_service_pb2_grpc.add_TenantServiceServicer_to_server, TenantApi(tenants, pages)),)


class TenantApi(tenant_service_pb2_grpc.TenantServiceServicer):
    """TenantService."""

    def __init__(self, tenants: Tenants, pages: TenantPages) -> None:
        self._tenants = tenants
        self._pages = pages

    async def GetTenant(
        self, request: tenant_service_pb2.GetTenantRequest, context: Any
    ) -> tenant_service_pb2.GetTenantResponse:
        tenant = await self._tenants.get(current_call(), request.slug)
        return tenant_service_pb2.GetTenantResponse(tenant=tenant_message(tenant))

    async def ListTenants(
        self, request: tenant_service_pb2.ListTenantsRequest, context: Any
    ) -> tenant_service_pb2.ListTenantsResponse:
        page = await self._tenants.list(current_call(), page_size=request.page_size, page_token=request.page_token)
        return tenant_service_pb2.ListTenantsResponse(
            tenants=[tenant_message(tenant) for tenant in page.tenants], next_page_token=page.next_page_token
        )

    async def UpdatePlain(
        self, request: tenant_service_pb2.UpdatePlainRequest, context: Any
    ) -> tenant_service_pb2.UpdatePlainResponse:
        tenant = await self._pages.update_plain(current_call(), plain_of(request.plain), request.etag)
        return tenant_service_pb2.UpdatePlainResponse(tenant=tenant_message(tenant))
