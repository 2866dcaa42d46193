"""Letters that are due: claimed by one sender, and what became of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from civic_chassis.db import Statement, UnitOfWork

from civic_notification.domain.followings import Rhythm
from civic_notification.domain.letters import DIGEST_MAX, Letter, LetterState, Told

# A sender that has not said what became of a letter by then is taken for dead.
LEASE = timedelta(minutes=10)
# Whoever has no address by then is not written to.
UNKNOWN_FOR = timedelta(days=14)


async def claim(work: UnitOfWork, limit: int) -> list[Letter]:
    """Letters that are due, for this sender alone; those without an address are put off."""
    at = work.call.received_at
    rows = await work.rows(_CLAIM, {"at": at, "until": at + LEASE, "limit": limit, "unknown": at - UNKNOWN_FOR})
    found = [row for row in rows if row["address"] is not None and not row["suppressed"]]
    ids = [row["id"] for row in found]
    held: dict[UUID, list[UUID]] = {row["letter_id"]: row["ids"] for row in await work.rows(_HELD, {"ids": ids})}
    told: dict[UUID, list[Told]] = {letter_id: [] for letter_id in ids}
    for row in await work.rows(_TOLD, {"ids": ids, "most": DIGEST_MAX}):
        told[row["letter_id"]].append(_told_of(row))
    return [_letter_of(row, told[row["id"]], held.get(row["id"], [])) for row in found]


async def finish(work: UnitOfWork, letter: Letter, state: LetterState, *, error: str = "") -> None:
    """Writes what became of the letter. A digest that got one more notice meanwhile waits again for its next part."""
    values = {
        "id": letter.id,
        "told": list(letter.held),
        "state": state.value,
        "at": work.call.received_at,
        "error": error,
    }
    # Whoever adds a notice to the digest holds the row: what the next statement sees is all there is.
    await work.value(_LOCK, values)
    await work.execute(_FINISH, values)


async def put_off(work: UnitOfWork, letter: UUID, *, until: datetime, attempts: int, error: str) -> None:
    """Lets the letter wait."""
    await work.execute(_PUT_OFF, {"id": letter, "until": until, "attempts": attempts, "error": error})


async def release(work: UnitOfWork, letters: Iterable[UUID], *, until: datetime) -> None:
    """Gives back letters that were claimed and not tried."""
    await work.execute(_RELEASE, {"ids": list(letters), "until": until})


async def due(work: UnitOfWork) -> tuple[int, datetime | None]:
    """How many letters are due, and since when the oldest waits."""
    row = await work.row(_DUE, {"at": work.call.received_at})
    assert row is not None  # noqa: S101 - an aggregate always answers
    return row["count"], row["oldest"]


def _letter_of(row: Any, notices: Sequence[Told], held: Sequence[UUID]) -> Letter:
    # One that came between the two statements waits for the next part.
    known = set(held)
    return Letter(
        id=row["id"],
        tenant=row["tenant_id"],
        tenant_name=row["tenant_name"] or row["tenant_id"],
        subject=row["subject"],
        recipient=row["recipient_id"],
        address=row["address"],
        language=row["language"],
        rhythm=Rhythm(row["rhythm"]),
        part=row["part"],
        attempts=row["attempts"],
        following=row["following_id"],
        guest=row["guest"],
        notices=[notice for notice in notices if notice.id in known],
        held=held,
    )


def _told_of(row: Any) -> Told:
    return Told(
        id=row["id"],
        kind=row["kind"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        path=row["path"],
        words=row["words"],
        translations=row["translations"],
        times=row["times"],
        expire_time=row["expire_time"],
    )


_CLAIM = Statement(
    """
    WITH due AS (
        SELECT id FROM letter WHERE state = 'waiting' AND run_at <= $1
        ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ),
    judged AS (
        SELECT due.id, r.id AS recipient_id, r.address, r.language, r.guest, s.suppress_time IS NOT NULL AS suppressed,
            t.display_name AS tenant_name
        FROM due JOIN letter AS l ON l.id = due.id
        LEFT JOIN recipient AS r ON r.subject = l.subject
        LEFT JOIN suppression AS s ON s.address = r.address
        LEFT JOIN known_tenant AS t ON t.slug = l.tenant_id
    ),
    claimed AS (
        UPDATE letter AS l SET
            state = CASE WHEN judged.suppressed THEN 'refused'
                WHEN judged.address IS NULL AND l.create_time < $4 THEN 'dropped' ELSE l.state END,
            error = CASE WHEN judged.suppressed THEN 'suppressed'
                WHEN judged.address IS NULL THEN 'no address' ELSE l.error END,
            run_at = CASE WHEN judged.address IS NULL THEN $1::timestamptz + interval '1 hour' ELSE $2 END
        FROM judged WHERE judged.id = l.id
        RETURNING l.id, l.tenant_id, l.subject, l.rhythm, l.part, l.attempts, l.following_id, l.state,
            judged.recipient_id, judged.address, judged.language, judged.guest, judged.suppressed, judged.tenant_name
    ),
    gone AS (
        DELETE FROM letter_notice USING claimed
        WHERE letter_notice.letter_id = claimed.id AND claimed.state IN ('refused', 'dropped')
    )
    SELECT * FROM claimed
    """,
    ("at", "until", "limit", "unknown"),
)
_HELD = Statement(
    "SELECT letter_id, array_agg(notice_id) AS ids FROM letter_notice"
    " WHERE letter_id = ANY($1::uuid[]) GROUP BY letter_id",
    ("ids",),
)
_TOLD = Statement(
    """
    SELECT * FROM (
        SELECT l.letter_id, n.*, row_number() OVER (PARTITION BY l.letter_id ORDER BY n.create_time, n.id) AS place
        FROM letter_notice AS l JOIN notice AS n ON n.id = l.notice_id WHERE l.letter_id = ANY($1::uuid[])
    ) AS numbered WHERE place <= $2 ORDER BY letter_id, place
    """,
    ("ids", "most"),
)
_LOCK = Statement("SELECT true FROM letter WHERE id = $1 FOR UPDATE", ("id",))
_FINISH = Statement(
    """
    WITH gone AS (
        DELETE FROM letter_notice WHERE letter_id = $1 AND notice_id = ANY($2::uuid[])
    ),
    -- All of a statement sees the rows as they were before it.
    rest AS (
        SELECT EXISTS (
            SELECT FROM letter_notice WHERE letter_id = $1 AND notice_id <> ALL($2::uuid[])
        ) AS is_there
    )
    UPDATE letter SET
        state = CASE WHEN rest.is_there THEN 'waiting' ELSE $3 END,
        part = part + 1, attempts = 0, run_at = $4, error = $5,
        sent_time = CASE WHEN $3 = 'sent' THEN $4 ELSE sent_time END
    FROM rest WHERE id = $1
    """,
    ("id", "told", "state", "at", "error"),
)
_PUT_OFF = Statement(
    "UPDATE letter SET run_at = $2, attempts = $3, error = $4 WHERE id = $1 AND state = 'waiting'",
    ("id", "until", "attempts", "error"),
)
_RELEASE = Statement("UPDATE letter SET run_at = $2 WHERE id = ANY($1::uuid[]) AND state = 'waiting'", ("ids", "until"))
_DUE = Statement(
    "SELECT count(*) AS count, min(run_at) AS oldest FROM letter WHERE state = 'waiting' AND run_at <= $1", ("at",)
)
