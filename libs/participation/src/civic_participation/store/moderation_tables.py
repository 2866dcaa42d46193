"""Tables of moderation that every tool keeps beside its texts."""

from typing import Any

from civic_chassis.db.migrations import create_table, make_append_only
from civic_chassis.db.tenancy import per_tenant
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_GRANTS = {
    "moderation_case": "SELECT, INSERT, UPDATE",
    "moderation_report": "SELECT, INSERT",
    "moderation_author": "SELECT, INSERT, UPDATE",
    "moderation_setting": "SELECT, INSERT, UPDATE",
    "moderation_tally": "SELECT, INSERT, UPDATE",
    # Nobody changes what was done.
    "moderation_log": "SELECT, INSERT",
}


def moderation_tables(metadata: MetaData) -> None:
    """Adds the tables to a service's metadata."""
    _case(metadata)
    _report(metadata)
    _author(metadata)
    _setting(metadata)
    _tally(metadata)
    _log(metadata)


def create_moderation_tables(op: Any) -> None:
    """The piece of a service's migration."""
    metadata = MetaData()
    moderation_tables(metadata)
    for name, grants in _GRANTS.items():
        create_table(op, metadata.tables[name], grants=grants)
    make_append_only(op, "moderation_log")


def drop_moderation_tables(op: Any) -> None:
    """The way back."""
    for name in reversed(_GRANTS):
        op.execute(f'DROP TABLE "{name}"')


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


def _time(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _case(metadata: MetaData) -> None:
    table = Table(
        "moderation_case",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("row_version", BigInteger, nullable=False),
        _text("text_kind"),
        Column("text_id", Uuid, nullable=False),
        Column("offer_id", Uuid, nullable=False),
        _text("offer_title"),
        _text("state"),
        _time("waiting_since"),
        # [{"rule", "detail", "time", "false_positive"}]
        Column("holds", JSONB, nullable=False),
        Column("report_count", Integer, nullable=False, server_default="0"),
        Column("verdict", JSONB),
        _time("decide_time", nullable=True),
        Column("objection", JSONB),
        info=per_tenant(),
    )
    Index("moderation_case_text", table.c.tenant_id, table.c.text_kind, table.c.text_id, unique=True)
    Index(
        "moderation_case_open",
        table.c.tenant_id,
        table.c.waiting_since,
        table.c.id,
        postgresql_where=table.c.state == "open",
    )
    Index(
        "moderation_case_decided",
        table.c.tenant_id,
        table.c.decide_time,
        table.c.id,
        postgresql_where=table.c.state == "decided",
    )


def _report(metadata: MetaData) -> None:
    Table(
        "moderation_report",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("case_id", Uuid, primary_key=True),
        # A digest: who reported is nobody's business, only that each person counts once.
        Column("reporter", Text, primary_key=True),
        Column("signed_in", Boolean, nullable=False),
        _text("reason"),
        _text("text"),
        _time("create_time"),
        info=per_tenant(),
    )


def _author(metadata: MetaData) -> None:
    Table(
        "moderation_author",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("known", Boolean, nullable=False),
        # Newest first, a few of them: when, and a digest of what.
        Column("recent", ARRAY(Text), nullable=False),
        # Changes in place with every text, so that rows leave room for their next versions.
        postgresql_with={"fillfactor": 60},
        info=per_tenant(),
    )


def _setting(metadata: MetaData) -> None:
    Table(
        "moderation_setting",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("row_version", BigInteger, nullable=False),
        Column("content", JSONB, nullable=False),
        info=per_tenant(),
    )


def _tally(metadata: MetaData) -> None:
    Table(
        "moderation_tally",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("what", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("count", BigInteger, nullable=False),
        info=per_tenant(),
    )


def _log(metadata: MetaData) -> None:
    Table(
        "moderation_log",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        _time("create_time"),
        _text("action"),
        _text("actor"),
        Column("staff_subject", Text),
        Column("case_id", Uuid),
        _text("text_kind"),
        Column("text_id", Uuid),
        Column("offer_id", Uuid),
        _text("offer_title"),
        _text("reason"),
        _text("note"),
        info=per_tenant(),
    )
