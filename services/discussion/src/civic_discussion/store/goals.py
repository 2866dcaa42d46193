"""Initiatives that have as many supporters as they wanted."""

from uuid import UUID

from civic_chassis.db import UnitOfWork, statement
from sqlalchemy import text

from civic_discussion.store.ratings import GOAL_TIMER


async def check(work: UnitOfWork, topic_id: UUID, goal: int) -> None:
    """Writes down which initiatives have as many supporters without a new one having come, and lets it be told."""
    if not goal:
        return
    at = work.call.received_at
    for row in await work.rows(_REACH, {"topic_id": topic_id, "goal": goal, "at": at}):
        work.set_timer(GOAL_TIMER, row["id"], at)


_REACH = statement(
    text("""
UPDATE contribution SET goal_size = :goal, goal_time = :at
WHERE id IN (
    SELECT id FROM contribution
    WHERE topic_id = :topic_id AND rated_for >= CAST(:goal AS bigint) AND goal_time IS NULL AND state = 'published'
    ORDER BY id FOR UPDATE
)
RETURNING id
""")
)
