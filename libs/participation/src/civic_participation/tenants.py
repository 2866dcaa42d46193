"""Tenants as every tool knows them: kept from events, asked before anything is written."""

from civic_chassis.db import Reading, UnitOfWork

from civic_participation.domain.tenants import KnownTenant, TenantKind, TenantState, require_open
from civic_participation.store.tenants import (
    all_known,
    create_tenant_tables,
    drop_tenant_tables,
    is_open,
    keep,
    state_of,
    tenant_tables,
)

__all__ = [
    "KnownTenant",
    "TenantKind",
    "TenantState",
    "all_known",
    "create_tenant_tables",
    "drop_tenant_tables",
    "ensure_open",
    "keep",
    "tenant_tables",
]


async def ensure_open(work: UnitOfWork | Reading) -> None:
    """Raises TENANT_NOT_FOUND, TENANT_SUSPENDED or TENANT_CLOSED: the tenant of the call takes nothing.

    Asks the projection at most once a second per process and tenant, never the tenant service.
    """
    if not is_open(work):
        require_open(await state_of(work))
