"""What happened, before it is a message."""

from dataclasses import dataclass

from civic_tenant.domain.tenants import Tenant


@dataclass(frozen=True, slots=True)
class TenantChanged:
    """A tenant was loaded or changed."""

    tenant: Tenant
