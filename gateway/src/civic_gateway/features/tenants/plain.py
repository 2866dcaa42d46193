"""Which parts of Leichte Sprache and German Sign Language a tenant has, for the head of pages and for its staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from civic.tenant.v1 import tenant_pb2

EASY: Final = "easy"
SIGNED: Final = "signed"
# How addresses call them.
KINDS: Final[Mapping[str, str]] = {"leichte-sprache": EASY, "gebaerdensprache": SIGNED}
# What BITV 2.0 section 4 asks for, in the order of pages.
PARTS: Final = ("content", "navigation", "accessibility", "further")


def offered(tenant: tenant_pb2.Tenant | None) -> list[tuple[str, str]]:
    """Name in addresses and kind of what the tenant has any part of."""
    missing = set(lacking(tenant))
    return [(name, kind) for name, kind in KINDS.items() if any((kind, part) not in missing for part in PARTS)]


def lacking(tenant: tenant_pb2.Tenant | None) -> list[tuple[str, str]]:
    """Kind and part of every slot that is empty."""
    plain = tenant.plain if tenant is not None else tenant_pb2.Plain()
    return [
        (kind, part)
        for kind in KINDS.values()
        for part in PARTS
        if not (getattr(plain, part).text if kind == EASY else getattr(plain, part).video)
    ]


def plain_of(given: Mapping[str, tuple[str, str]]) -> tenant_pb2.Plain:
    """The parts by name, each a text and the address of a video."""
    return tenant_pb2.Plain(
        **{name: tenant_pb2.PlainPart(text=text, video=video) for name, (text, video) in given.items()}
    )
