"""A small service's schema, for tests of the chassis alone."""

from datetime import datetime
from pathlib import Path

from civic_chassis.db import statement
from civic_chassis.db.migrations import Schema
from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import per_person, per_tenant
from civic_chassis.kernel.call import ANONYMOUS, Call, Caller
from civic_chassis.kernel.event import Event
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, Uuid, bindparam, insert, select, update

METADATA = MetaData()
chassis_tables(METADATA)

NOTE = Table(
    "note",
    METADATA,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("text", Text, nullable=False),
    Column("row_version", BigInteger, nullable=False, server_default="1"),
    info=per_tenant(),
)
MARK = Table(
    "mark",
    METADATA,
    Column("person_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    info=per_person(),
)

SCHEMA = Schema("probe", METADATA, Path(__file__).parent / "versions")

ADD = statement(
    insert(NOTE)
    .values(tenant_id=bindparam("tenant"), id=bindparam("id"), text=bindparam("text"))
    .returning(NOTE.c.id, NOTE.c.row_version)
)
EDIT = statement(
    update(NOTE)
    .where(NOTE.c.id == bindparam("note"), NOTE.c.row_version == bindparam("version"))
    .values(text=bindparam("new_text"), row_version=NOTE.c.row_version + 1)
    .returning(NOTE.c.row_version)
)
LOCK = statement(select(NOTE.c.row_version).where(NOTE.c.id == bindparam("note")).with_for_update())
TEXTS = statement(select(NOTE.c.text).order_by(NOTE.c.id))


def call_at(at: datetime, tenant: str | None = "lindental", subject: str | None = "s-1") -> Call:
    caller = ANONYMOUS if subject is None else Caller(subject, "anna", {}, frozenset())
    return Call(caller, tenant, at, "probe.v1.NoteService/CreateNote", None)


def happened(aggregate: object, verb: str = "created", payload: bytes = b"") -> Event:
    return Event(area="probe", resource="note", verb=verb, payload=payload, aggregate_id=str(aggregate))
