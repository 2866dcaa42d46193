"""Tables of the catalog service."""

from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR

metadata = MetaData()
chassis_tables(metadata)


def _time(name: str) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=False)


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


offer = Table(
    "offer",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("tenant_id"),
    _text("kind"),
    Column("version", BigInteger, nullable=False),
    # The rebuild that last saw it; see store/generations.py.
    Column("generation", BigInteger, nullable=False),
    # Kept, so that a late message does not bring it back.
    Column("removed", Boolean, nullable=False),
    _time("publish_time"),
    _time("start_time"),
    _time("end_time"),
    _time("archive_time"),
    Column("themes", ARRAY(Text), nullable=False),
    _text("district"),
    Column("latitude", Double),
    Column("longitude", Double),
    # Around the area where one is drawn, around the point otherwise.
    Column("west", Double),
    Column("south", Double),
    Column("east", Double),
    Column("north", Double),
    Column("search", TSVECTOR, nullable=False),
    Column("projection", LargeBinary, nullable=False),
    info=state_wide("the state's list shows what all tenants published; it holds what everybody may read"),
)
for _name, _first in (("", ()), ("_tenant", (offer.c.tenant_id,)), ("_kind", (offer.c.kind,))):
    for _time_column in ("end", "start", "publish"):
        Index(
            f"offer{_name}_{_time_column}",
            *_first,
            offer.c[f"{_time_column}_time"],
            offer.c.id,
            postgresql_where=~offer.c.removed,
        )
    # Hits of a phase are counted by this alone.
    Index(
        f"offer{_name}_archive",
        *_first,
        offer.c.archive_time,
        offer.c.id,
        postgresql_include=["end_time", "start_time"],
        postgresql_where=~offer.c.removed,
    )
Index("offer_district", offer.c.district, offer.c.end_time, postgresql_where=offer.c.district != "")
Index(
    "offer_place",
    text("box(point(west, south), point(east, north))"),
    postgresql_using="gist",
    postgresql_where=offer.c.west.is_not(None),
    _table=offer,
)
Index("offer_themes", offer.c.themes, postgresql_using="gin")
Index("offer_search", offer.c.search, postgresql_using="gin")
Index("offer_generation", offer.c.generation)

# Words of titles and places, without umlauts: what a word with a typing error may have meant.
search_word = Table(
    "search_word",
    metadata,
    Column("word", Text, primary_key=True),
    info=state_wide("words of what everybody may read"),
)
Index("search_word_alike", search_word.c.word, postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"})

# A filter, and whoever follows it; the notification service alone knows who that is.
subscription = Table(
    "subscription",
    metadata,
    Column("id", Uuid, primary_key=True),
    # In whose name mails come.
    _text("tenant_id"),
    # Digests: of who subscribes, and of what.
    _text("subscriber"),
    _text("fingerprint"),
    _text("title"),
    _text("query"),
    Column("words", TSQUERY),
    # Empty where they narrow nothing.
    _text("kind"),
    _text("tenant"),
    _text("district"),
    _text("theme"),
    Column("west", Double),
    Column("south", Double),
    Column("east", Double),
    Column("north", Double),
    _time("create_time"),
    # Since when somebody follows it; null until then.
    Column("begin_time", DateTime(timezone=True)),
    info=state_wide("compared with the offers of all tenants; says nothing about a person"),
)
Index("subscription_name", subscription.c.subscriber, subscription.c.fingerprint, unique=True)
Index("subscription_waiting", subscription.c.create_time, postgresql_where=subscription.c.begin_time.is_(None))

# Offers that were compared with subscriptions: that happens once, whatever is told, read again or rebuilt.
compared_offer = Table(
    "compared_offer",
    metadata,
    Column("id", Uuid, primary_key=True),
    info=state_wide("ids of offers, for the list of all tenants"),
)

# One row: the newest rebuild.
rebuild = Table(
    "rebuild",
    metadata,
    Column("alone", Boolean, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    info=state_wide("counts how often the list was rebuilt"),
)
