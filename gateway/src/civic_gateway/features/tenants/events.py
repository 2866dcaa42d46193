"""Which kept answers a tenant event makes old."""

from __future__ import annotations

from typing import Final

TENANTS: Final = "tenants"


def tenant_tag(slug: str) -> str:
    """Carried by every answer that shows something of the tenant."""
    return f"tenant:{slug}"


def changed_tags(slug: str) -> frozenset[str]:
    """Tags that an event of the tenant makes old."""
    return frozenset({TENANTS, tenant_tag(slug)})
