"""Pins of contributions in columns of their own, for maps."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INDEXES = {"contribution_placed_time": "create_time, id", "contribution_placed": "lat, lon"}


def upgrade() -> None:
    columns = (f"ADD {name} float8 GENERATED ALWAYS AS ((place -> '{name}')::float8) STORED" for name in ("lat", "lon"))
    op.execute(f"ALTER TABLE contribution {', '.join(columns)}")
    for name, keys in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON contribution (tenant_id, topic_id, {keys}) WHERE lat IS NOT NULL")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("ALTER TABLE contribution DROP lat, DROP lon")
