"""Tenants as the JSON API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from civic.tenant.v1 import tenant_pb2

from civic_gateway.answers import rfc3339
from civic_gateway.features.tenants.plain import PARTS

KINDS: Final[Mapping[int, str]] = {
    tenant_pb2.TENANT_KIND_STATE: "state",
    tenant_pb2.TENANT_KIND_MUNICIPALITY: "municipality",
    tenant_pb2.TENANT_KIND_COUNTY: "county",
    tenant_pb2.TENANT_KIND_AUTHORITY: "authority",
    tenant_pb2.TENANT_KIND_TOPIC: "topic",
}
STATES: Final[Mapping[int, str]] = {
    tenant_pb2.TENANT_STATE_LIVE: "live",
    tenant_pb2.TENANT_STATE_SUSPENDED: "suspended",
    tenant_pb2.TENANT_STATE_CLOSED: "closed",
}


def logo_address(tenant: tenant_pb2.Tenant) -> str | None:
    """Where the logo is served; the version in it lets browsers keep it for ever."""
    return f"/api/v1/tenants/{tenant.slug}/logo?v={tenant.etag}" if tenant.design.logo else None


def tenant(message: tenant_pb2.Tenant, *, full: bool) -> dict[str, Any]:
    """A tenant; `full` adds its texts by language, in Markdown."""
    shown: dict[str, Any] = {
        "id": message.slug,
        "slug": message.slug,
        "etag": message.etag,
        "create_time": rfc3339(message.create_time),
        "update_time": rfc3339(message.update_time),
        "display_name": message.display_name,
        "kind": KINDS[message.kind],
        "state": STATES[message.state],
        "ags": message.ags,
        "design": {
            "colour": message.design.colour,
            "on_colour": message.design.on_colour,
            "link_colour": message.design.link_colour,
            "logo_url": logo_address(message),
        },
        "contact": {
            "address": message.contact.address,
            "phone": message.contact.phone,
            "email": message.contact.email,
            "hours": message.contact.hours,
        },
    }
    if full:
        shown["plain"] = {
            name: {"text": getattr(message.plain, name).text, "video": getattr(message.plain, name).video or None}
            for name in PARTS
        }
        shown["texts"] = {
            language: {
                "welcome": texts.welcome,
                "imprint": texts.imprint,
                "privacy": texts.privacy,
                "accessibility": texts.accessibility,
            }
            for language, texts in sorted(message.texts.items())
        }
    return shown
