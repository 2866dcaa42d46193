"""Whose rows a table holds, and how a transaction says for whom it works."""

from enum import StrEnum
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


def begin(call: Call, *, read_only: bool = False) -> str:
    """The SQL that begins a transaction for the call's tenant and person, as one message to the server.

    `SET LOCAL` ends with the transaction, so a pooled connection never carries them to the next call. It leaves
    an empty text behind, which `civic_tenant()` and `civic_person()` refuse like a missing one.
    """
    sql = "BEGIN READ ONLY" if read_only else "BEGIN"
    if call.tenant is not None:
        if not is_tenant(call.tenant):
            raise ValueError("not the form of a tenant")
        sql += ";SET LOCAL civic.tenant='" + call.tenant + "'"
    if call.caller.subject is not None:
        sql += ";SET LOCAL civic.person=" + _literal(call.caller.subject)
    return sql


def _literal(text: str) -> str:
    # A subject comes from a verified token, yet its form is the issuer's choice.
    if "\x00" in text or "\\" in text:
        raise ValueError("not the form of a subject")
    return "'" + text.replace("'", "''") + "'"
