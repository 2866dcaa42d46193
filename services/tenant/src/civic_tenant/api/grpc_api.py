"""The servicer: parse, call one verb, render."""

from collections.abc import Sequence
from typing import Any

from civic.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_tenant.api.wire import tenant_message
from civic_tenant.application.tenants import Tenants


def servicers(tenants: Tenants) -> Sequence[Servicer]:
    """Each servicer with the function that registers it."""
    return ((tenant_service_pb2_grpc.add_TenantServiceServicer_to_server, TenantApi(tenants)),)


class TenantApi(tenant_service_pb2_grpc.TenantServiceServicer):
    """TenantService."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

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
