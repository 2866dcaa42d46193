"""What a process reports about its pool and its queues."""

import asyncio
import logging
from collections.abc import Sequence

from opentelemetry import metrics

from civic_chassis.db.engine import Database
from civic_chassis.db.errors import DRIVER_ERRORS
from civic_chassis.db.inbox import dead_letter_counts
from civic_chassis.db.relay import backlog
from civic_chassis.kernel.errors import DomainError
from civic_chassis.nats.connection import AWAY, Connection
from civic_chassis.nats.consumer import Subscription

_log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 15.0
_AWAY_SECONDS = 1.0

_meter = metrics.get_meter("civic_chassis")
_pool = _meter.create_gauge("civic.database.pool.in_use", description="Connections that serve a unit of work")
_waiting = _meter.create_gauge("civic.outbox.waiting", description="Events that are not published yet")
_age = _meter.create_gauge("civic.outbox.age", unit="s", description="How long the oldest of them has waited")
_dead = _meter.create_gauge("civic.dead_letters", description="Events that a consumer gave up on")
_lag = _meter.create_gauge("civic.consumer.lag", description="Events that a consumer has not been given yet")


async def report(
    database: Database, connection: Connection, subscriptions: Sequence[Subscription], *, outbox: bool
) -> None:
    """Samples until cancelled. `outbox`: whether this process is one that reports outbox and dead letters."""
    while True:
        _pool.set(database.pool.get_size() - database.pool.get_idle_size())
        try:
            if outbox:
                await _sample_outbox(database)
            if connection.is_connected:
                await _sample_lag(connection, subscriptions)
        except (DomainError, *DRIVER_ERRORS, *AWAY) as error:
            _log.debug("a gauge could not be read: %s", error)
        await asyncio.sleep(_INTERVAL_SECONDS if connection.is_connected else _AWAY_SECONDS)


async def _sample_outbox(database: Database) -> None:
    waiting, oldest = await backlog(database)
    _waiting.set(waiting)
    _age.set((database.clock.now() - oldest).total_seconds() if oldest else 0.0)
    for consumer, count in (await dead_letter_counts(database)).items():
        _dead.set(count, {"consumer": consumer})


async def _sample_lag(connection: Connection, subscriptions: Sequence[Subscription]) -> None:
    for subscription in subscriptions:
        info = await connection.jetstream.consumer_info(subscription.stream, subscription.durable)
        _lag.set(info.num_pending or 0, {"consumer": subscription.durable})
