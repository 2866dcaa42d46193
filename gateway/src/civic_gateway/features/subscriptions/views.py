"""What a subscription asks for, in the words of the page and as an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from civic_gateway.features.catalog.filters import KIND_NAMES, Chosen
from civic_gateway.features.subscriptions.calls import Found
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.web.i18n import Words

# Of the filter of a list; phase and days cannot be subscribed to, since what is new begins.
FIELDS: Final = ("q", "kind", "tenant", "district", "topic", "bbox")
_TITLE_MAX: Final = 300


def subscribable(chosen: Chosen) -> Chosen:
    """The filter without what cannot be subscribed to."""
    return replace(chosen, phase="", from_="", to="")


def chosen_of(values: Mapping[str, str]) -> Chosen:
    """The filter as a form or a body brings it."""
    return Chosen(**{name: values.get(name, "").strip() for name in FIELDS})


def chosen_in_subscription(found: Found) -> Chosen:
    """The filter as it stands in the address of its list."""
    wanted = found.filter
    box = wanted.bounding_box
    return Chosen(
        q=wanted.query,
        kind=KIND_NAMES.get(wanted.kind, ""),
        tenant=wanted.tenant,
        district=wanted.district,
        topic=wanted.theme,
        bbox=f"{box.west:g},{box.south:g},{box.east:g},{box.north:g}" if wanted.HasField("bounding_box") else "",
    )


def titled(words: Words, chosen: Chosen, tenants: Sequence[Tenant]) -> str:
    """What the subscription is called: `Stadtpark · Lindental`."""
    names = {tenant.slug: tenant.display_name for tenant in tenants}
    parts = [
        chosen.q,
        words.text(f"catalog.kind.{chosen.kind}") if chosen.kind else "",
        names.get(chosen.tenant, chosen.tenant),
        chosen.district,
        chosen.topic,
        words.text("subscriptions.area", corners=chosen.bbox.replace(",", ", ")) if chosen.bbox else "",
    ]
    title = " · ".join(" ".join(part.split()) for part in parts if part)
    return (title or words.text("subscriptions.everything"))[:_TITLE_MAX]
