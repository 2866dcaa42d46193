"""Rebuilding: every offer says which rebuild last saw it, so that at the end those that none saw can go.

Nothing is emptied first, so readers see a whole list all the time. What events bring meanwhile carries the new
generation already.
"""

from civic_chassis.db import Statement, UnitOfWork
from civic_participation.domain.offers import OfferKind

from civic_catalog.domain.events import OfferChanged


async def begin(work: UnitOfWork) -> int:
    """The number of a new rebuild; from its commit on, events write it too."""
    generation: int = await work.value(_BEGIN)
    return generation


async def forget_older(work: UnitOfWork, generation: int) -> dict[str, OfferChanged]:
    """Removes offers that the rebuild did not see. Returns one of them for each of their tenants."""
    return {
        row["tenant_id"]: OfferChanged(row["id"], row["version"], OfferKind(row["kind"]))
        for row in await work.rows(_FORGET, {"generation": generation})
    }


async def any_kept(work: UnitOfWork) -> bool:
    return bool(await work.value(_ANY))


_BEGIN = Statement("UPDATE rebuild SET generation = generation + 1 RETURNING generation", ())
_FORGET = Statement(
    "WITH gone AS (DELETE FROM offer WHERE generation < $1 RETURNING tenant_id, id, version, kind)"
    " SELECT DISTINCT ON (tenant_id) tenant_id, id, version, kind FROM gone ORDER BY tenant_id, id",
    ("generation",),
)
_ANY = Statement("SELECT EXISTS (SELECT FROM offer WHERE NOT removed)", ())
