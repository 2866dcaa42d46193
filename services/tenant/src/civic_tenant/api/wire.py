"""Messages to domain values and back."""

from collections.abc import Mapping
from datetime import UTC, datetime

from civic.tenant.v1 import tenant_events_pb2, tenant_pb2
from civic_chassis.kernel import etag
from civic_chassis.kernel.event import Event
from google.protobuf.timestamp_pb2 import Timestamp

from civic_tenant.domain.events import TenantChanged
from civic_tenant.domain.plain import PLAIN_PARTS, PlainPart
from civic_tenant.domain.tenants import Contact, Design, Tenant, TenantKind, TenantState, TenantTexts

AREA = "tenant"

_KINDS = {
    TenantKind.STATE: tenant_pb2.TENANT_KIND_STATE,
    TenantKind.MUNICIPALITY: tenant_pb2.TENANT_KIND_MUNICIPALITY,
    TenantKind.COUNTY: tenant_pb2.TENANT_KIND_COUNTY,
    TenantKind.AUTHORITY: tenant_pb2.TENANT_KIND_AUTHORITY,
    TenantKind.TOPIC: tenant_pb2.TENANT_KIND_TOPIC,
}
_STATES = {
    TenantState.LIVE: tenant_pb2.TENANT_STATE_LIVE,
    TenantState.SUSPENDED: tenant_pb2.TENANT_STATE_SUSPENDED,
    TenantState.CLOSED: tenant_pb2.TENANT_STATE_CLOSED,
}


def tenant_message(tenant: Tenant) -> tenant_pb2.Tenant:
    description = tenant.description
    return tenant_pb2.Tenant(
        name=f"tenants/{tenant.slug}",
        slug=tenant.slug,
        etag=etag.render(tenant.row_version),
        create_time=_timestamp(tenant.create_time),
        update_time=_timestamp(tenant.update_time),
        display_name=description.display_name,
        kind=_KINDS[description.kind],
        state=_STATES[description.state],
        ags=description.ags,
        design=_design_message(description.design),
        texts={language: _texts_message(texts) for language, texts in description.texts.items()},
        contact=_contact_message(description.contact),
        plain=_plain_message(description.plain) if description.plain else None,
    )


def plain_of(message: tenant_pb2.Plain) -> Mapping[str, PlainPart]:
    """Every part that the message has, unchecked."""
    parts = {name: getattr(message, name) for name in PLAIN_PARTS if message.HasField(name)}
    return {name: PlainPart(part.text, part.video) for name, part in parts.items()}


def encode(event: TenantChanged) -> Event:
    """The event with its subject's words and its serialised message."""
    tenant = event.tenant
    message = tenant_events_pb2.TenantChanged(
        slug=tenant.slug,
        version=tenant.row_version,
        display_name=tenant.description.display_name,
        state=_STATES[tenant.description.state],
        kind=_KINDS[tenant.description.kind],
    )
    return Event(
        area=AREA, resource="tenant", verb="changed", payload=message.SerializeToString(), aggregate_id=tenant.slug
    )


def _design_message(design: Design) -> tenant_pb2.Design:
    return tenant_pb2.Design(
        colour=design.colour,
        on_colour=design.on_colour,
        link_colour=design.link_colour,
        logo=design.logo.key,
        logo_media_type=design.logo.media_type,
    )


def _texts_message(texts: TenantTexts) -> tenant_pb2.TenantTexts:
    return tenant_pb2.TenantTexts(
        welcome=texts.welcome, imprint=texts.imprint, privacy=texts.privacy, accessibility=texts.accessibility
    )


def _plain_message(plain: Mapping[str, PlainPart]) -> tenant_pb2.Plain:
    return tenant_pb2.Plain(
        **{name: tenant_pb2.PlainPart(text=part.text, video=part.video) for name, part in plain.items()}
    )


def _contact_message(contact: Contact) -> tenant_pb2.Contact:
    return tenant_pb2.Contact(address=contact.address, phone=contact.phone, email=contact.email, hours=contact.hours)


def _timestamp(instant: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(instant.astimezone(UTC))
    return timestamp
