"""Subscriptions, and which offers they were compared with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork
from civic_participation.domain.offers import BoundingBox, OfferKind

from civic_catalog.domain.filters import FilterInput
from civic_catalog.domain.subscriptions import Match, Subscription, Wanted
from civic_catalog.store.conditions import beginnings, spelled_beginnings


async def keep(work: UnitOfWork, wanted: Wanted) -> UUID:
    """The id of the subscription; the same again has the same."""
    narrowed = wanted.filter
    box = narrowed.box
    values = {
        "tenant_id": wanted.tenant,
        "subscriber": wanted.subscriber,
        "fingerprint": wanted.fingerprint,
        "title": wanted.title,
        "query": wanted.query,
        "german": beginnings(narrowed.words),
        "simple": spelled_beginnings(narrowed.words),
        "kind": narrowed.kind.value if narrowed.kind else "",
        "tenant": narrowed.tenant,
        "district": narrowed.district,
        "theme": narrowed.theme,
        "west": box.west if box else None,
        "south": box.south if box else None,
        "east": box.east if box else None,
        "north": box.north if box else None,
        "at": work.call.received_at,
    }
    kept: UUID = await work.value(_KEEP, values)
    return kept


async def forget_unfollowed(work: UnitOfWork, before: datetime) -> None:
    """Deletes those that nobody followed since before the instant."""
    await work.execute(_FORGET, {"before": before})


async def get(work: Reading, subscription_id: UUID) -> Subscription | None:
    row = await work.row(_GET, {"id": subscription_id})
    return _subscription_of(row) if row else None


async def begin(work: UnitOfWork, subscription_id: UUID, at: datetime) -> None:
    """From this instant on it finds what is published; the first follower counts."""
    await work.execute(_BEGIN, {"id": subscription_id, "at": at})


async def end(work: UnitOfWork, subscription_id: UUID) -> None:
    await work.execute(_END, {"id": subscription_id})


async def claim(work: UnitOfWork, offer_id: UUID) -> bool:
    """Whether the offer is compared with subscriptions for the first time; never again afterwards."""
    return await work.execute(_CLAIM, {"id": offer_id}) == 1


async def matches(work: UnitOfWork, offer_id: UUID) -> list[Match]:
    """The subscriptions that had begun when the offer was published, and whose filter finds it."""
    rows = await work.rows(_MATCHES, {"id": offer_id})
    return [Match(row["id"], row["tenant_id"], row["title"]) for row in rows]


def _subscription_of(row: Any) -> Subscription:
    box = None if row["west"] is None else BoundingBox(row["west"], row["south"], row["east"], row["north"])
    return Subscription(
        row["title"],
        FilterInput(
            query=row["query"],
            kind=OfferKind(row["kind"]) if row["kind"] else None,
            tenant=row["tenant"],
            district=row["district"],
            theme=row["theme"],
            box=box,
        ),
    )


_KEEP = Statement(
    """
    INSERT INTO subscription (
        id, tenant_id, subscriber, fingerprint, title, query, words, kind, tenant, district, theme,
        west, south, east, north, create_time
    )
    VALUES (
        gen_random_uuid(), $1, $2, $3, $4, $5,
        CASE WHEN $6::text <> '' THEN to_tsquery('german', $6::text) || to_tsquery('simple', $7::text) END,
        $8, $9, $10, $11, $12::float8, $13::float8, $14::float8, $15::float8, $16
    )
    ON CONFLICT (subscriber, fingerprint) DO UPDATE SET create_time = excluded.create_time,
        -- Whoever asks in another's name must not rename what is followed.
        title = CASE WHEN subscription.begin_time IS NULL THEN excluded.title ELSE subscription.title END
    RETURNING id
    """,
    (
        *("tenant_id", "subscriber", "fingerprint", "title", "query", "german", "simple"),
        *("kind", "tenant", "district", "theme", "west", "south", "east", "north", "at"),
    ),
)
_FORGET = Statement(
    """
    DELETE FROM subscription WHERE id IN (
        SELECT id FROM subscription WHERE begin_time IS NULL AND create_time < $1 LIMIT 100 FOR UPDATE SKIP LOCKED
    )
    """,
    ("before",),
)
_GET = Statement("SELECT * FROM subscription WHERE id = $1", ("id",))
_BEGIN = Statement("UPDATE subscription SET begin_time = $2 WHERE id = $1 AND begin_time IS NULL", ("id", "at"))
_END = Statement("DELETE FROM subscription WHERE id = $1", ("id",))
_CLAIM = Statement("INSERT INTO compared_offer (id) VALUES ($1) ON CONFLICT DO NOTHING", ("id",))
_MATCHES = Statement(
    """
    SELECT s.id, s.tenant_id, s.title FROM offer AS o JOIN subscription AS s ON s.begin_time <= o.publish_time
    WHERE o.id = $1 AND NOT o.removed
        AND s.kind IN ('', o.kind) AND s.tenant IN ('', o.tenant_id) AND s.district IN ('', o.district)
        AND (s.theme = '' OR o.themes @> ARRAY[s.theme])
        AND (s.words IS NULL OR o.search @@ s.words)
        AND (s.west IS NULL
            OR (o.west <= s.east AND o.east >= s.west AND o.south <= s.north AND o.north >= s.south))
    ORDER BY s.id
    """,
    ("id",),
)
