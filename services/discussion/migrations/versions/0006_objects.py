"""Objects of topics with their versions; counts by object and section; indexes for lists by both and by category."""

from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import per_tenant
from sqlalchemy import BigInteger, Column, DateTime, MetaData, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_metadata = MetaData()

topic_object = Table(
    "topic_object",
    _metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("topic_id", Uuid, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("outline", JSONB, nullable=False),
    Column("used_ids", JSONB, nullable=False, server_default="[]"),
    Column("gaps", JSONB, nullable=False, server_default="[]"),
    info=per_tenant(),
)

topic_object_version = Table(
    "topic_object_version",
    _metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("topic_id", Uuid, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("note", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    info=per_tenant(),
)

anchor_counter = Table(
    "anchor_counter",
    _metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("topic_id", Uuid, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("section", Text, primary_key=True),
    Column("stripe", SmallInteger, primary_key=True),
    Column("contributions", BigInteger, nullable=False, server_default="0"),
    postgresql_with={"fillfactor": 50},
    info=per_tenant(),
)

_OBJECT = "(anchor ->> 'object')"
_SECTION = "(anchor ->> 'section')"
_CATEGORISED = "WHERE category <> ''"
_ANCHORED = "WHERE anchor IS NOT NULL"
_INDEXES = {
    "contribution_category_time": ("category, create_time, id", _CATEGORISED),
    "contribution_category_support": ("category, rated_for, create_time, id", _CATEGORISED),
    "contribution_object_time": (f"{_OBJECT}, create_time, id", _ANCHORED),
    "contribution_object_support": (f"{_OBJECT}, rated_for, create_time, id", _ANCHORED),
    "contribution_section_time": (f"{_OBJECT}, {_SECTION}, create_time, id", _ANCHORED),
    "contribution_section_support": (f"{_OBJECT}, {_SECTION}, rated_for, create_time, id", _ANCHORED),
}

# Several verbs change who sees a contribution; the count follows the row, whoever changed it.
_FUNCTION = """
CREATE FUNCTION count_anchored_contribution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'published' AND OLD.anchor IS NOT NULL THEN
        INSERT INTO anchor_counter AS counter (tenant_id, topic_id, object_id, section, stripe, contributions)
        VALUES (OLD.tenant_id, OLD.topic_id, OLD.anchor ->> 'object', coalesce(OLD.anchor ->> 'section', ''),
                pg_backend_pid() % 32, -1)
        ON CONFLICT (tenant_id, topic_id, object_id, section, stripe)
            DO UPDATE SET contributions = counter.contributions - 1;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'published' AND NEW.anchor IS NOT NULL THEN
        INSERT INTO anchor_counter AS counter (tenant_id, topic_id, object_id, section, stripe, contributions)
        VALUES (NEW.tenant_id, NEW.topic_id, NEW.anchor ->> 'object', coalesce(NEW.anchor ->> 'section', ''),
                pg_backend_pid() % 32, 1)
        ON CONFLICT (tenant_id, topic_id, object_id, section, stripe)
            DO UPDATE SET contributions = counter.contributions + 1;
    END IF;
    RETURN NULL;
END
$$
"""
_TRIGGERS = (
    """
    CREATE TRIGGER contribution_anchor_added AFTER INSERT ON contribution FOR EACH ROW
    WHEN (NEW.anchor IS NOT NULL AND NEW.state = 'published') EXECUTE FUNCTION count_anchored_contribution()
    """,
    """
    CREATE TRIGGER contribution_anchor_changed AFTER UPDATE OF topic_id, state, anchor ON contribution FOR EACH ROW
    WHEN ((OLD.topic_id, OLD.state, OLD.anchor) IS DISTINCT FROM (NEW.topic_id, NEW.state, NEW.anchor)
        AND (OLD.anchor IS NOT NULL OR NEW.anchor IS NOT NULL))
    EXECUTE FUNCTION count_anchored_contribution()
    """,
    """
    CREATE TRIGGER contribution_anchor_removed AFTER DELETE ON contribution FOR EACH ROW
    WHEN (OLD.anchor IS NOT NULL AND OLD.state = 'published') EXECUTE FUNCTION count_anchored_contribution()
    """,
)


def upgrade() -> None:
    create_table(op, topic_object, grants="SELECT, INSERT, UPDATE, DELETE")
    create_table(op, topic_object_version, grants="SELECT, INSERT, UPDATE, DELETE")
    create_table(op, anchor_counter, grants="SELECT, INSERT, UPDATE")
    for name, (keys, condition) in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON contribution (tenant_id, topic_id, {keys}) {condition}")
    op.execute(_FUNCTION)
    for trigger in _TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    op.execute("DROP FUNCTION count_anchored_contribution() CASCADE")
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
    for name in ("anchor_counter", "topic_object_version", "topic_object"):
        op.execute(f"DROP TABLE {name}")
