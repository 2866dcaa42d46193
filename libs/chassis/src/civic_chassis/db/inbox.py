"""Which events a consumer has handled, and which it gave up on."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects.postgresql import insert

from civic_chassis.db.engine import Database
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.db.statement import Statement, statement
from civic_chassis.db.unit_of_work import UnitOfWork

_CLAIM = Statement(
    "INSERT INTO inbox (consumer, event_id, handled_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    ("consumer", "event_id", "at"),
)
_BURY = """
INSERT INTO dead_letter
    (consumer, event_id, subject, aggregate_id, occurred_at, traceparent, payload, attempts, error, died_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (consumer, event_id) DO UPDATE SET
    attempts = dead_letter.attempts + excluded.attempts, error = excluded.error, died_at = excluded.died_at
"""
_LIST = """
SELECT consumer, event_id, subject, aggregate_id, occurred_at, traceparent, payload, attempts, error, died_at
FROM dead_letter WHERE $1::text IS NULL OR consumer = $1 ORDER BY occurred_at, event_id
"""
_TAKE = Statement(
    "DELETE FROM dead_letter WHERE consumer = $1 AND event_id = $2",
    ("consumer", "event_id"),
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that no attempt could handle. `error` names the kind of failure, without personal data."""

    consumer: str
    event_id: UUID
    subject: str
    aggregate_id: str
    occurred_at: datetime
    traceparent: str | None
    payload: bytes
    attempts: int
    error: str
    died_at: datetime


async def claim(work: UnitOfWork, consumer: str, event_id: UUID) -> bool:
    """Notes in this transaction that the consumer handles the event; False where it did so before."""
    values = {"consumer": consumer, "event_id": event_id, "at": work.call.received_at}
    return await work.execute(_CLAIM, values) == 1


async def bury(database: Database, letter: DeadLetter) -> None:
    """Keeps the event for an operator."""
    try:
        await database.pool.execute(_BURY, *dataclasses.astuple(letter))
    except DRIVER_ERRORS as error:
        raise translate(error) from error


async def take(work: UnitOfWork, letter: DeadLetter) -> bool:
    """Removes the letter in the transaction of its replay; False where another replay was faster."""
    return await work.execute(_TAKE, {"consumer": letter.consumer, "event_id": letter.event_id}) == 1


async def dead_letter_counts(database: Database) -> dict[str, int]:
    """How many events each consumer gave up on."""
    try:
        rows = await database.pool.fetch("SELECT consumer, count(*) FROM dead_letter GROUP BY consumer")
    except DRIVER_ERRORS as error:
        raise translate(error) from error
    return {row[0]: row[1] for row in rows}


async def dead_letters(database: Database, consumer: str | None = None) -> list[DeadLetter]:
    """Oldest event first; of one consumer or of all."""
    try:
        rows = await database.pool.fetch(_LIST, consumer)
    except DRIVER_ERRORS as error:
        raise translate(error) from error
    return [DeadLetter(**row) for row in rows]


def upsert_newer(table: Table, *, version: str = "version") -> Statement:
    """The version gate: writes a whole row of a projection unless a version as new is kept already.

    Parameters are the columns' names. `execute` answers 1 where the row was written, 0 where the event came late.
    """
    new: Any = insert(table).values({column.name: bindparam(column.name) for column in table.columns})
    keys = table.primary_key.columns.keys()
    changed = {name: new.excluded[name] for name in table.columns.keys() if name not in keys}  # noqa: SIM118
    return statement(
        new.on_conflict_do_update(index_elements=keys, set_=changed, where=table.c[version] < new.excluded[version])
    )
