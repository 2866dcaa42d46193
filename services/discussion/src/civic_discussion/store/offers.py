"""What was last told of each published topic, and which topics have other counts by now."""

from datetime import datetime
from typing import Any

from civic_chassis.db import Statement, UnitOfWork, statement
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from civic_discussion.domain.offers import Telling
from civic_discussion.domain.topics import Topic
from civic_discussion.store.tables import offer_telling


async def tell(work: UnitOfWork, topic: Topic) -> Telling:
    """Counts one more telling of the topic, with its counts as they are."""
    values = {
        "tenant_id": topic.tenant,
        "id": topic.id,
        "publish_time": work.call.received_at,
        "contributions": topic.counts.contributions,
        "comments": topic.counts.comments,
        "ratings": topic.counts.ratings,
    }
    row = await work.row(_TELL, values)
    assert row is not None  # noqa: S101 - an upsert always answers
    return Telling(row["version"], row["publish_time"])


async def set_timers_of_changed(work: UnitOfWork, kind: str, *, since: datetime) -> int:
    """Sets a timer of the kind, due now, for every topic whose counts differ from what was told, and that ended at
    `since` or later. Returns how many."""
    return await work.execute(_CHANGED, {"kind": kind, "at": work.call.received_at, "since": since})


async def set_timers_of_all(work: UnitOfWork, kind: str) -> int:
    """Sets a timer of the kind, due now, for every published topic. Returns how many."""
    return await work.execute(_ALL, {"kind": kind, "at": work.call.received_at})


def _tell() -> Statement:
    values = {column.name: bindparam(column.name, type_=column.type) for column in offer_telling.c}
    told: Any = insert(offer_telling).values(values | {"version": 1})
    kept = ("tenant_id", "id", "publish_time", "version")
    changed = {name: told.excluded[name] for name in values if name not in kept}
    changed["version"] = offer_telling.c.version + 1
    upserted = told.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changed)
    return statement(upserted.returning(offer_telling.c.version, offer_telling.c.publish_time))


_TELL = _tell()
_CHANGED = Statement(
    """
    INSERT INTO timer (tenant_id, kind, key, due_at, run_at, payload)
    SELECT card.tenant_id, $1, card.id::text, $2, $2, '{}'
    FROM topic_card AS card
    JOIN offer_telling AS told ON told.tenant_id = card.tenant_id AND told.id = card.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(contributions), 0) AS contributions, coalesce(sum(comments), 0) AS comments,
               coalesce(sum(ratings), 0) AS ratings
        FROM topic_counter WHERE tenant_id = card.tenant_id AND topic_id = card.id
    ) AS counted
    WHERE card.end_time >= $3 AND (told.contributions, told.comments, told.ratings)
        IS DISTINCT FROM (counted.contributions, counted.comments, counted.ratings)
    ON CONFLICT (tenant_id, kind, key) DO NOTHING
    """,
    ("kind", "at", "since"),
)
_ALL = Statement(
    """
    INSERT INTO timer (tenant_id, kind, key, due_at, run_at, payload)
    SELECT tenant_id, $1, id::text, $2, $2, '{}' FROM topic_card
    ON CONFLICT (tenant_id, kind, key) DO NOTHING
    """,
    ("kind", "at"),
)
