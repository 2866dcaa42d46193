"""Tags of what is kept of the moderation of a tenant."""

from __future__ import annotations


def moderation_tag(tenant: str) -> str:
    """Carried by the public page of the tenant's moderation."""
    return f"moderation:{tenant}"
