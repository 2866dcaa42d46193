"""A connection to NATS that comes up when the server does, and comes back whenever it was away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Self

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext

_log = logging.getLogger(__name__)

# Everything that the client raises while the server, or JetStream in it, is away.
AWAY = (nats.errors.Error, OSError, TimeoutError)

_PUBLISHES_UNDER_WAY = 4_000
# The client sleeps for it, so fractions count, whatever its annotation says.
_PAUSE_SECONDS: Any = 0.25


class Connection:
    """Never gives up. `client` and `jetstream` may be used after `ready`; while the server is away they raise."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.jetstream: JetStreamContext = client.jetstream(publish_async_max_pending=_PUBLISHES_UNDER_WAY, timeout=5.0)
        self.on_connected: list[Callable[[], Awaitable[None]]] = []
        self._ready = asyncio.Event()
        self._opening: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, url: str, *, name: str) -> Self:
        """Returns at once and connects in the background; the server may come later. Call from a running loop."""
        made = cls(Client())
        made._opening = asyncio.create_task(made._open(url, name))
        return made

    @property
    def is_connected(self) -> bool:
        return self.client.is_connected

    async def ready(self) -> None:
        """Waits for the first connection."""
        await self._ready.wait()

    async def close(self) -> None:
        """Hands over what is buffered, where the server is there, and ends."""
        if self._opening is not None and not self._opening.done():
            # The client cannot be closed before it has begun to connect.
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self.client.is_closed or not self._ready.is_set():
            return
        if self.client.is_connected:
            try:
                await self.client.drain()
            except AWAY as error:
                _log.info("nats was left without a farewell", exc_info=error)
        await self.client.close()

    async def _open(self, url: str, name: str) -> None:
        await self.client.connect(
            servers=url.split(","),
            name=name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_PAUSE_SECONDS,
            connect_timeout=2,
            drain_timeout=2,
            ping_interval=10,
            max_outstanding_pings=2,
            # What waits for a broker that is away waits in the outbox, not in memory.
            pending_size=0,
            error_cb=self._failed,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._connected,
        )
        await self._connected()

    async def _connected(self) -> None:
        _log.info("connected to nats")
        self._ready.set()
        for tell in self.on_connected:
            await tell()

    async def _disconnected(self) -> None:
        if not self.client.is_closed:
            _log.warning("nats is away")

    async def _failed(self, error: Exception) -> None:
        # Called on every attempt to come back, several times a second.
        _log.debug("nats: %s", type(error).__name__)
