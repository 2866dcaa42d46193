"""Whose rows a table holds, and how a transaction says for whom it works."""

from enum import StrEnum
from functools import lru_cache
from typing import Any, TypedDict

from sqlalchemy import Table

from civic_chassis.kernel.call import Call, is_tenant


class Tenancy(StrEnum):
    """How rows are kept apart. Row-level security is forced for TENANT and PERSON."""

    TENANT = "tenant"
    PERSON = "person"
    STATE_WIDE = "state-wide"


class TableInfo(TypedDict):
    """What a table's `info` says about its tenancy; `reason` is given for state-wide tables."""

    tenancy: Tenancy
    reason: str | None


def per_tenant() -> Any:
    """`Table(…, info=per_tenant())`: rows of the column `tenant_id` are seen by calls for that tenant alone."""
    return TableInfo(tenancy=Tenancy.TENANT, reason=None)


def per_person() -> Any:
    """`Table(…, info=per_person())`: rows of the column `person_id` are seen by that person's calls alone."""
    return TableInfo(tenancy=Tenancy.PERSON, reason=None)


def state_wide(reason: str) -> Any:
    """`Table(…, info=state_wide("why"))`: no row-level security; the reason is read in reviews and tests."""
    if not reason:
        raise ValueError("a table without row-level security needs a reason")
    return TableInfo(tenancy=Tenancy.STATE_WIDE, reason=reason)


def tenancy_of(table: Table) -> Tenancy:
    """Raises LookupError for a table that declares none."""
    try:
        return Tenancy(table.info["tenancy"])
    except KeyError:
        raise LookupError(f"table {table.name} declares no tenancy") from None


def begin(call: Call) -> str:
    """The SQL that begins a transaction for the call's tenant and person, as one message to the server.

    `SET LOCAL` ends with the transaction, so a pooled connection never carries them to the next call. It leaves
    an empty text behind, which `civic_tenant()` and `civic_person()` refuse like a missing one.
    """
    sql = "BEGIN"
    if call.tenant is not None:
        if not is_tenant(call.tenant):
            raise ValueError("not the form of a tenant")
        sql += ";SET LOCAL civic.tenant='" + call.tenant + "'"
    if call.caller.subject is not None:
        sql += ";SET LOCAL civic.person=" + _literal(call.caller.subject)
    return sql


def scope(call: Call) -> tuple[str, str]:
    """What a gate takes as its arguments: tenant and person of the call, empty where it has none."""
    if call.tenant is not None and not is_tenant(call.tenant):
        raise ValueError("not the form of a tenant")
    return call.tenant or "", call.caller.subject or ""


def gate(before: int) -> str:
    """A condition, with two more places than `before`, that says for whom its statement works.

    As a condition without columns it becomes a one-time filter above the whole plan: the server runs it first, and
    nothing else unless it holds. A plan that did not would meet a `civic_tenant()` that raises. What it sets ends with
    the transaction, which here is the statement.
    """
    tenant, person = f"${before + 1}", f"${before + 2}"
    return (
        f"(SELECT set_config('civic.tenant', {tenant}, true) || set_config('civic.person', {person}, true)) IS NOT NULL"
    )


@lru_cache(maxsize=1024)
def gated_read(sql: str, arguments: int) -> str:
    """The statement behind its gate, unable to write."""
    read_only = "(SELECT set_config('transaction_read_only', 'on', true)) IS NOT NULL"
    return f"SELECT civic_read.* FROM ({sql}) AS civic_read WHERE {gate(arguments)} AND {read_only}"  # noqa: S608


def _literal(text: str) -> str:
    # A subject comes from a verified token, yet its form is the issuer's choice.
    if "\x00" in text or "\\" in text:
        raise ValueError("not the form of a subject")
    return "'" + text.replace("'", "''") + "'"
