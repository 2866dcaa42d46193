"""Tables that every service has beside its own."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from civic_chassis.db.tenancy import per_tenant, state_wide


def chassis_tables(metadata: MetaData) -> None:
    """Adds the chassis tables to a service's metadata; `migrations.create_chassis_tables` makes them."""
    _outbox(metadata)
    _inbox(metadata)
    _dead_letter(metadata)
    _request_log(metadata)
    _audit(metadata)
    _timer(metadata)


def _time(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _outbox(metadata: MetaData) -> None:
    Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False),
        Column("subject", Text, nullable=False),
        Column("aggregate_id", Text, nullable=False),
        _time("occurred_at"),
        Column("traceparent", Text),
        Column("payload", LargeBinary, nullable=False),
        info=state_wide("the relay publishes events of all tenants in one order; events hold nothing personal"),
    )


def _inbox(metadata: MetaData) -> None:
    table = Table(
        "inbox",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        _time("handled_at"),
        info=state_wide("ids of events that were handled, nothing of their contents"),
    )
    Index("inbox_handled_at", table.c.handled_at, postgresql_using="brin")


def _dead_letter(metadata: MetaData) -> None:
    Table(
        "dead_letter",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        Column("subject", Text, nullable=False),
        Column("aggregate_id", Text, nullable=False),
        _time("occurred_at"),
        Column("traceparent", Text),
        Column("payload", LargeBinary, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("error", Text, nullable=False),
        _time("died_at"),
        info=state_wide("events of all tenants that no handler took; operators list and replay them"),
    )


def _request_log(metadata: MetaData) -> None:
    table = Table(
        "request_log",
        metadata,
        Column("key", LargeBinary, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("resource_id", Text),
        _time("created_at"),
        info=state_wide("keys are digests over tenant, person and request id; nobody finds the row of another"),
    )
    Index("request_log_created_at", table.c.created_at, postgresql_using="brin")


def _audit(metadata: MetaData) -> None:
    table = Table(
        "audit",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        _time("created_at"),
        Column("subject", Text),
        Column("action", Text, nullable=False),
        Column("resource", Text, nullable=False),
        Column("resource_id", Text, nullable=False),
        Column("details", JSONB, nullable=False),
        info=per_tenant(),
    )
    Index("audit_resource", table.c.tenant_id, table.c.resource, table.c.resource_id, table.c.id)


def _timer(metadata: MetaData) -> None:
    table = Table(
        "timer",
        metadata,
        # Empty for a timer that belongs to the state as a whole.
        Column("tenant_id", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        _time("due_at"),
        _time("run_at"),
        Column("payload", JSONB, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("error", Text),
        info=state_wide("the worker claims what is due in any tenant; payloads hold ids and nothing personal"),
    )
    Index("timer_run_at", table.c.run_at)
