"""The projection of tenants that every tool keeps from their events."""

from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from civic_chassis.db import Reading, Statement, UnitOfWork, statement
from civic_chassis.db.inbox import upsert_newer
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, bindparam, select

from civic_participation.domain.tenants import KnownTenant, TenantKind, TenantState

# How long a process may go on to take a tenant for live. Its event takes about as long to arrive.
OPEN_SECONDS = 1.0

_known_open: "WeakKeyDictionary[object, dict[str, float]]" = WeakKeyDictionary()


def tenant_tables(metadata: MetaData) -> Table:
    """Adds the table `known_tenant` to a service's metadata."""
    return Table(
        "known_tenant",
        metadata,
        Column("slug", Text, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("display_name", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("kind", Text, nullable=False),
        info=state_wide("which tenants exist is public; state-wide lists name them"),
    )


def create_tenant_tables(op: Any) -> None:
    """The piece of a service's migration."""
    create_table(op, tenant_tables(MetaData()), grants="SELECT, INSERT, UPDATE")


def drop_tenant_tables(op: Any) -> None:
    """The way back."""
    op.execute("DROP TABLE known_tenant")


def is_open(work: UnitOfWork | Reading) -> bool:
    """Whether the tenant of the call was live within the last second."""
    until = _known_open.get(work.database, {}).get(work.call.require_tenant(), 0.0)
    return monotonic() < until


async def state_of(work: UnitOfWork | Reading) -> TenantState | None:
    """The state of the call's tenant, None where no event told of it. Remembers a live one for a moment."""
    slug = work.call.require_tenant()
    found = await work.value(_STATE, {"slug": slug})
    state = None if found is None else TenantState(found)
    if state is TenantState.LIVE:
        _known_open.setdefault(work.database, {})[slug] = monotonic() + OPEN_SECONDS
    return state


async def keep(work: UnitOfWork, tenant: KnownTenant) -> bool:
    """Writes what an event told; False where a newer one was kept before."""
    values = {
        "slug": tenant.slug,
        "version": tenant.version,
        "display_name": tenant.display_name,
        "state": tenant.state.value,
        "kind": tenant.kind.value,
    }
    _known_open.get(work.database, {}).pop(tenant.slug, None)
    return await work.execute(_KEEP, values) == 1


async def all_known(work: UnitOfWork | Reading) -> list[KnownTenant]:
    """Every tenant, by slug."""
    return [
        KnownTenant(
            row["slug"], row["version"], row["display_name"], TenantState(row["state"]), TenantKind(row["kind"])
        )
        for row in await work.rows(_ALL)
    ]


_table = tenant_tables(MetaData())
_STATE: Statement = statement(select(_table.c.state).where(_table.c.slug == bindparam("slug")))
_ALL: Statement = statement(select(*_table.columns).order_by(_table.c.slug))
_KEEP: Statement = upsert_newer(_table)
