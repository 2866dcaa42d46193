"""The first schema: offers, the words of their titles, and the count of rebuilds."""

from alembic import op
from civic_chassis.db.migrations import create_chassis_tables, create_table, drop_chassis_tables
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Double, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_metadata = MetaData()

# What this version makes, written down: later changes of the service's metadata do not reach it.
offer = Table(
    "offer",
    _metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("publish_time", DateTime(timezone=True), nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True), nullable=False),
    Column("archive_time", DateTime(timezone=True), nullable=False),
    Column("themes", ARRAY(Text), nullable=False),
    Column("district", Text, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("west", Double),
    Column("south", Double),
    Column("east", Double),
    Column("north", Double),
    Column("search", TSVECTOR, nullable=False),
    Column("projection", LargeBinary, nullable=False),
    info=state_wide("the state's list shows what all tenants published; it holds what everybody may read"),
)
search_word = Table(
    "search_word",
    _metadata,
    Column("word", Text, primary_key=True),
    info=state_wide("words of what everybody may read"),
)
rebuild = Table(
    "rebuild",
    _metadata,
    Column("alone", Boolean, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    info=state_wide("counts how often the list was rebuilt"),
)
_INDEXES = (
    "CREATE INDEX offer_end ON offer (end_time, id) WHERE NOT removed",
    "CREATE INDEX offer_start ON offer (start_time, id) WHERE NOT removed",
    "CREATE INDEX offer_publish ON offer (publish_time, id) WHERE NOT removed",
    "CREATE INDEX offer_tenant_end ON offer (tenant_id, end_time, id) WHERE NOT removed",
    "CREATE INDEX offer_tenant_start ON offer (tenant_id, start_time, id) WHERE NOT removed",
    "CREATE INDEX offer_tenant_publish ON offer (tenant_id, publish_time, id) WHERE NOT removed",
    "CREATE INDEX offer_kind_end ON offer (kind, end_time, id) WHERE NOT removed",
    "CREATE INDEX offer_kind_start ON offer (kind, start_time, id) WHERE NOT removed",
    "CREATE INDEX offer_kind_publish ON offer (kind, publish_time, id) WHERE NOT removed",
    "CREATE INDEX offer_district ON offer (district, end_time) WHERE district <> ''",
    "CREATE INDEX offer_place ON offer USING gist (box(point(west, south), point(east, north))) WHERE west IS NOT NULL",
    "CREATE INDEX offer_themes ON offer USING gin (themes)",
    "CREATE INDEX offer_search ON offer USING gin (search)",
    "CREATE INDEX offer_generation ON offer (generation)",
    "CREATE INDEX search_word_alike ON search_word USING gin (word gin_trgm_ops)",
)


def upgrade() -> None:
    create_chassis_tables(op)
    # Both are trusted: the database's owner may make them.
    op.execute("CREATE EXTENSION pg_trgm")
    op.execute("CREATE EXTENSION fuzzystrmatch")
    create_table(op, offer, grants="SELECT, INSERT, UPDATE, DELETE")
    create_table(op, search_word, grants="SELECT, INSERT")
    create_table(op, rebuild, grants="SELECT, UPDATE")
    for index in _INDEXES:
        op.execute(index)
    op.execute("INSERT INTO rebuild (alone, generation) VALUES (true, 1)")


def downgrade() -> None:
    for table in ("rebuild", "search_word", "offer"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP EXTENSION fuzzystrmatch")
    op.execute("DROP EXTENSION pg_trgm")
    drop_chassis_tables(op)
