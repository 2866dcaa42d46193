"""Pages that hold a map: what they may load for it."""

from __future__ import annotations

from collections.abc import Mapping

from civic_gateway.http import content_policy, origin_of
from civic_gateway.settings import Settings


def map_headers(settings: Settings) -> Mapping[str, str]:
    """Lets the page load the base map beside what every page may load."""
    policy = content_policy(
        origin_of(settings.oidc_issuer), images=f"blob: {settings.map_hosts}".strip(), connections=settings.map_hosts
    )
    return {"content-security-policy": policy}
