"""Events of the tenant service."""

from civic.tenant.v1 import tenant_pb2
from civic.tenant.v1.tenant_events_pb2 import TenantChanged
from civic_chassis.db import UnitOfWork
from civic_chassis.nats import Envelope, Subscription

from civic_participation.domain.tenants import KnownTenant, TenantKind, TenantState
from civic_participation.store.tenants import keep

STREAM = "TENANT"

_STATES = {
    tenant_pb2.TENANT_STATE_LIVE: TenantState.LIVE,
    tenant_pb2.TENANT_STATE_SUSPENDED: TenantState.SUSPENDED,
    tenant_pb2.TENANT_STATE_CLOSED: TenantState.CLOSED,
}
_KINDS = {
    tenant_pb2.TENANT_KIND_STATE: TenantKind.STATE,
    tenant_pb2.TENANT_KIND_MUNICIPALITY: TenantKind.MUNICIPALITY,
    tenant_pb2.TENANT_KIND_COUNTY: TenantKind.COUNTY,
    tenant_pb2.TENANT_KIND_AUTHORITY: TenantKind.AUTHORITY,
    tenant_pb2.TENANT_KIND_TOPIC: TenantKind.TOPIC,
}


def tenant_subscription(service: str) -> Subscription:
    """Keeps the service's projection of tenants; `service` names its place in the stream."""
    return Subscription(
        stream=STREAM,
        subjects=("civic.tenant.tenant.changed.v1.*",),
        durable=f"{service}-tenants",
        handler=_tenant_changed,
    )


async def _tenant_changed(work: UnitOfWork, envelope: Envelope) -> None:
    event = TenantChanged.FromString(envelope.payload)
    known = KnownTenant(
        slug=event.slug,
        version=event.version,
        display_name=event.display_name,
        state=_STATES[event.state],
        kind=_KINDS[event.kind],
    )
    await keep(work, known)
