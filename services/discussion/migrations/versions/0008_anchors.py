"""What contributions are about in columns of their own, with the indexes of lists on them."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PARTS = ("object", "section")
_OLD = {"object": "(anchor ->> 'object')", "section": "(anchor ->> 'section')"}
_NEW = {"object": "anchor_object", "section": "anchor_section"}
_ORDERS = {"time": "create_time, id", "support": "rated_for, create_time, id"}


def upgrade() -> None:
    _drop_indexes()
    for part in _PARTS:
        generated = f"GENERATED ALWAYS AS (anchor ->> '{part}') STORED"
        op.execute(f"ALTER TABLE contribution ADD COLUMN anchor_{part} text {generated}")
    _create_indexes(_NEW, "anchor_object IS NOT NULL")


def downgrade() -> None:
    _drop_indexes()
    for part in _PARTS:
        op.execute(f"ALTER TABLE contribution DROP COLUMN anchor_{part}")
    _create_indexes(_OLD, "anchor IS NOT NULL")


def _drop_indexes() -> None:
    for part in _PARTS:
        for order in _ORDERS:
            op.execute(f"DROP INDEX contribution_{part}_{order}")


def _create_indexes(parts: dict[str, str], condition: str) -> None:
    for part in _PARTS:
        keys = parts["object"] if part == "object" else f"{parts['object']}, {parts['section']}"
        for order, last in _ORDERS.items():
            name = f"contribution_{part}_{order}"
            op.execute(f"CREATE INDEX {name} ON contribution (tenant_id, topic_id, {keys}, {last}) WHERE {condition}")
