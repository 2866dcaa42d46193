"""Ratings: one per person and contribution, tallied on the contribution."""

from uuid import UUID

from civic_chassis.db import SingleWrite, statement
from sqlalchemy import bindparam, select, text

from civic_discussion.domain.contributions import Rating, Tally
from civic_discussion.domain.topics import Frame
from civic_discussion.store.rows import tally_of
from civic_discussion.store.tables import contribution


async def rate(
    work: SingleWrite, contribution_id: UUID, value: Rating, *, entry_id: UUID, titles: tuple[Frame, str]
) -> Tally | None:
    """Sets the caller's one rating with tally, counter, own list and all that is staged.

    Returns the tally, None where the rating was the same before; then nothing is written.
    """
    frame, contribution_title = titles
    row = await work.last(
        _RATE,
        {
            "tenant_id": work.call.require_tenant(),
            "contribution_id": contribution_id,
            "subject": work.call.require_subject(),
            "value": value.value,
            "at": work.call.received_at,
            "topic_id": frame.topic_id,
            "entry_id": entry_id,
            "topic_title": frame.title,
            "contribution_title": contribution_title,
            "goal": frame.settings.support_goal,
            "reached_timer": GOAL_TIMER,
        },
    )
    return tally_of(row) if row else None


async def unrate(work: SingleWrite, contribution_id: UUID) -> Tally | None:
    """Takes the caller's rating back with tally, counter, own list and all that is staged.

    Returns the tally, None where there was no rating; then nothing is written.
    """
    row = await work.last(
        _UNRATE,
        {
            "tenant_id": work.call.require_tenant(),
            "contribution_id": contribution_id,
            "subject": work.call.require_subject(),
        },
    )
    return tally_of(row) if row else None


async def tally(work: SingleWrite, contribution_id: UUID) -> Tally:
    row = await work.row(_TALLY, {"id": contribution_id})
    return tally_of(row) if row else Tally()


# Tells of an initiative that reached its goal; its key is the contribution's id.
GOAL_TIMER = "goal_reached"

_TALLY = statement(
    select(contribution.c.rated_for, contribution.c.rated_neutral, contribution.c.rated_against).where(
        contribution.c.id == bindparam("id")
    )
)

_REACHES = """
    CAST(:goal AS bigint) > 0 AND goal_time IS NULL AND rated_for + (after = 'for')::int >= CAST(:goal AS bigint)
"""
# Who comes later waits for the row and sees it as the one before left it: the goal is reached once, and what counts
# for a topic is what stands there by then, and is shown.
_RATE = statement(
    text(f"""
WITH rated AS (
    INSERT INTO rating (tenant_id, contribution_id, subject, value, update_time)
    VALUES (:tenant_id, :contribution_id, :subject, :value, :at)
    ON CONFLICT (tenant_id, contribution_id, subject)
        DO UPDATE SET value = excluded.value, update_time = excluded.update_time
    RETURNING old.value AS before, new.value AS after
), tallied AS (
    UPDATE contribution SET
        rated_for = rated_for + (after = 'for')::int - (before IS NOT DISTINCT FROM 'for')::int,
        rated_neutral = rated_neutral + (after = 'neutral')::int - (before IS NOT DISTINCT FROM 'neutral')::int,
        rated_against = rated_against + (after = 'against')::int - (before IS NOT DISTINCT FROM 'against')::int,
        goal_size = CASE WHEN {_REACHES} THEN CAST(:goal AS bigint) ELSE goal_size END,
        goal_time = CASE WHEN {_REACHES} THEN :at ELSE goal_time END
    FROM rated WHERE contribution.id = :contribution_id AND before IS DISTINCT FROM after
    RETURNING rated_for, rated_neutral, rated_against, before, new.goal_time IS DISTINCT FROM old.goal_time AS reached,
              topic_id, state
), noted AS (
    INSERT INTO participation
        (person_id, id, kind, tenant_id, topic_id, topic_title, contribution_id, contribution_title, create_time)
    SELECT :subject, :entry_id, 'rating', :tenant_id, :topic_id, :topic_title, :contribution_id, :contribution_title,
           :at
    FROM tallied WHERE before IS NULL
), counted AS (
    INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, ratings)
    SELECT :tenant_id, topic_id, pg_backend_pid() % 32, 1 FROM tallied WHERE before IS NULL AND state = 'published'
    ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET ratings = counter.ratings + 1
), told AS (
    INSERT INTO timer (tenant_id, kind, key, due_at, run_at, payload)
    SELECT :tenant_id, :reached_timer, CAST(:contribution_id AS uuid)::text, :at, :at, '{{}}' FROM tallied WHERE reached
    ON CONFLICT (tenant_id, kind, key) DO NOTHING
) SELECT rated_for, rated_neutral, rated_against FROM tallied
""")  # noqa: S608 - made of constants alone
)

_UNRATE = statement(
    text("""
WITH removed AS (
    DELETE FROM rating WHERE contribution_id = :contribution_id AND subject = :subject RETURNING value
), tallied AS (
    UPDATE contribution SET
        rated_for = rated_for - (value = 'for')::int,
        rated_neutral = rated_neutral - (value = 'neutral')::int,
        rated_against = rated_against - (value = 'against')::int
    FROM removed WHERE contribution.id = :contribution_id
    RETURNING rated_for, rated_neutral, rated_against, topic_id, state
), forgotten AS (
    DELETE FROM participation
    WHERE contribution_id = :contribution_id AND kind = 'rating' AND EXISTS (SELECT FROM tallied)
), counted AS (
    INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, ratings)
    SELECT :tenant_id, topic_id, pg_backend_pid() % 32, -1 FROM tallied WHERE state = 'published'
    ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET ratings = counter.ratings - 1
) SELECT rated_for, rated_neutral, rated_against FROM tallied
""")
)
