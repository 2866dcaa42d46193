"""What a tool knows of a tenant, and whether the tenant takes part."""

from dataclasses import dataclass
from enum import StrEnum

from civic_chassis.kernel.errors import DomainError, Kind


class TenantState(StrEnum):
    """Whether a tenant takes part."""

    LIVE = "live"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class TenantKind(StrEnum):
    """What kind of body a tenant is."""

    STATE = "state"
    MUNICIPALITY = "municipality"
    COUNTY = "county"
    AUTHORITY = "authority"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class KnownTenant:
    """A tenant as its last event described it."""

    slug: str
    version: int
    display_name: str
    state: TenantState
    kind: TenantKind


def require_open(state: TenantState | None) -> None:
    """Raises TENANT_NOT_FOUND (None), TENANT_SUSPENDED or TENANT_CLOSED: nothing may be written."""
    if state is None:
        raise DomainError(Kind.NOT_FOUND, "TENANT_NOT_FOUND", "no tenant has this name")
    if state is TenantState.SUSPENDED:
        raise DomainError(Kind.PRECONDITION, "TENANT_SUSPENDED", "the tenant is suspended")
    if state is TenantState.CLOSED:
        raise DomainError(Kind.GONE, "TENANT_CLOSED", "the tenant is closed for good")
