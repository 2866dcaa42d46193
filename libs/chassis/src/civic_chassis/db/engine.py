"""One service's database: a pool of connections, and units of work on them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Self

import asyncpg
import orjson

from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.db.reading import Reading
from civic_chassis.db.single_write import SingleWrite
from civic_chassis.db.unit_of_work import UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.clock import Clock, SystemClock

POOL_SIZE = 16
_CONNECT_SECONDS = 5.0
_STATEMENT_CACHE = 512
# May wait for a lock as long as it takes; a client that vanished is noticed, and its locks fall, within seconds.
_SESSION_SETTINGS = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "client_connection_check_interval": "2s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}


class Database:
    """A pool of connections as the service's app role.

    `outbox_written` and `timers_changed` are called after a commit that wrote such rows; relay and timers set them
    to be woken in-process.
    """

    def __init__(self, pool: asyncpg.Pool, *, url: str, clock: Clock) -> None:
        self.pool = pool
        self.url = url
        self.clock = clock
        self.outbox_written: list[Callable[[], None]] = []
        self.timers_changed: list[Callable[[], None]] = []

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        clock: Clock | None = None,
        pool_size: int = POOL_SIZE,
        name: str = "civic",
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Opens the pool. No connection is made before the first use, so a database that is away is no error here.

        `settings` are the server's, for every connection of the pool.
        """
        pool = await asyncpg.create_pool(
            driver_url(url),
            min_size=0,
            max_size=pool_size,
            # A timer for each use of a connection costs more than the connections that it would close.
            max_inactive_connection_lifetime=0,
            timeout=_CONNECT_SECONDS,
            statement_cache_size=_STATEMENT_CACHE,
            max_cached_statement_lifetime=0,
            init=prepare_connection,
            reset=_keep,
            server_settings=server_settings(name) | dict(settings or {}),
        )
        return cls(pool, url=url, clock=clock or SystemClock())

    def unit_of_work(self, call: Call) -> UnitOfWork:
        """`async with database.unit_of_work(call) as work:` commits at its end, and rolls back on any exception."""
        return UnitOfWork(self, call)

    def read(self, call: Call) -> Reading:
        """`async with database.read(call) as work:` one snapshot per statement, nothing can be written."""
        return Reading(self, call)

    def single_write(self, call: Call) -> SingleWrite:
        """`async with database.single_write(call) as work:` reads, then writes by its last statement alone."""
        return SingleWrite(self, call)

    async def ping(self) -> None:
        """Raises DomainError UNAVAILABLE where the database does not answer."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self.pool.fetchval("SELECT 1")
        except (*DRIVER_ERRORS, TimeoutError) as error:
            raise translate(error) from error

    async def dedicated(self) -> asyncpg.Connection:
        """A connection outside the pool, for what lives in a session: advisory locks. The caller closes it."""
        return await connect(self.url, name="civic-session", settings=_SESSION_SETTINGS)

    async def close(self) -> None:
        """Waits for running units of work to end."""
        await self.pool.close()


async def connect(url: str, *, name: str, settings: Mapping[str, str] | None = None) -> asyncpg.Connection:
    """A single connection, set up like those of the pool."""
    connection = await asyncpg.connect(
        driver_url(url), timeout=_CONNECT_SECONDS, server_settings=server_settings(name) | dict(settings or {})
    )
    await prepare_connection(connection)
    return connection


async def prepare_connection(connection: Any) -> None:
    """Lets JSON columns take and give Python values."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_encode, decoder=_decode, format="binary")


def driver_url(url: str) -> str:
    """The URL as asyncpg wants it, where it was written for SQLAlchemy."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def server_settings(name: str) -> dict[str, str]:
    return {
        "application_name": name,
        # Plans here are small; compiling them costs more than it saves.
        "jit": "off",
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
    }


async def _keep(connection: Any) -> None:
    """Nothing to reset: settings are LOCAL to a transaction, and no pooled connection listens or locks."""


def _encode(value: Any) -> bytes:
    return b"\x01" + orjson.dumps(value)


def _decode(value: bytes) -> Any:
    return orjson.loads(value[1:])
