"""Forgets what is only needed for a while: repeats of calls, and ids of events that were handled."""

import asyncio
import logging
from datetime import timedelta

from civic_chassis.db.engine import Database
from civic_chassis.db.errors import DRIVER_ERRORS

_log = logging.getLogger(__name__)

# Longer than any client repeats a call.
KEEP_REQUESTS = timedelta(days=7)
# Longer than any stream keeps an event that might be delivered again.
KEEP_HANDLED = timedelta(days=90)
_INTERVAL_SECONDS = 3600.0
_BATCH = 5_000

_FORGET = (
    (
        "DELETE FROM request_log WHERE key IN (SELECT key FROM request_log WHERE created_at < $1 LIMIT $2)",
        KEEP_REQUESTS,
    ),
    (
        "DELETE FROM inbox WHERE (consumer, event_id) IN"
        " (SELECT consumer, event_id FROM inbox WHERE handled_at < $1 LIMIT $2)",
        KEEP_HANDLED,
    ),
)


async def run(database: Database) -> None:
    """Every hour, until cancelled; any number of processes may do so."""
    while True:
        try:
            await forget(database)
        except DRIVER_ERRORS as error:
            _log.warning("housekeeping waits for the database", exc_info=error)
        await asyncio.sleep(_INTERVAL_SECONDS)


async def forget(database: Database) -> int:
    """Deletes in small transactions what is old enough. Returns how many rows."""
    total = 0
    for sql, keep in _FORGET:
        before = database.clock.now() - keep
        deleted = _BATCH
        while deleted == _BATCH:
            status = await database.pool.execute(sql, before, _BATCH)
            deleted = int(status.rpartition(" ")[2])
            total += deleted
    return total
