"""Indexes by which the archive is listed, and hits are counted without reading offers."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INDEXES = {
    "offer_archive": "archive_time, id",
    "offer_tenant_archive": "tenant_id, archive_time, id",
    "offer_kind_archive": "kind, archive_time, id",
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON offer ({columns}) INCLUDE (end_time, start_time) WHERE NOT removed")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
