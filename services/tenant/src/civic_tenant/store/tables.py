"""Tables of the tenant service."""

from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
chassis_tables(metadata)


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


tenant = Table(
    "tenant",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
    _text("display_name"),
    # Bytes in the order of lists, whatever the database's collation is.
    Column("sort_key", Text(collation="C"), nullable=False),
    _text("kind"),
    _text("state"),
    _text("ags"),
    _text("colour"),
    _text("on_colour"),
    _text("link_colour"),
    _text("logo"),
    _text("logo_media_type"),
    Column("texts", JSONB, nullable=False),
    Column("contact", JSONB, nullable=False),
    # What is told in Leichte Sprache and German Sign Language, by part.
    Column("plain", JSONB, nullable=False, server_default="{}"),
    # Whether staff wrote that; then a load leaves it alone.
    Column("own_plain", Boolean, nullable=False, server_default="false"),
    info=state_wide("the tenants themselves: which there are, and what they say of themselves, is public"),
)
Index("tenant_order", tenant.c.sort_key, tenant.c.slug)
