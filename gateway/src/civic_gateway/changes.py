"""Events of the services as the gateway hears them: kept answers go, tenants are read again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from civic_gateway.cache import AnswerCache

SUBJECTS: Final = "civic.>"
_PARTS: Final = 6
# What tools tell the state's list, which tells itself when it shows it; and mail, which no page shows to everybody.
_UNSEEN: Final = frozenset({"offer", "notice", "notification"})
_PING_SECONDS: Final = 5
_FLUSH_SECONDS: Final = 5
_PAUSE_SECONDS: Final = 1

_log = logging.getLogger(__name__)

# (area, resource and verb, tenant, payload) to the tags of what the event makes old.
Tags = Callable[[str, str, str, bytes], Iterable[str]]


class Changes:
    """Listens on a plain subscription: every gateway hears every event, and a gap is mended by forgetting everything.

    `nats` is connected in the background, so that a gateway starts and reads without NATS. `forget` is called for
    every tenant event and after every gap, and what is in `on_connected` for every new connection.
    """

    def __init__(self, *, url: str, cache: AnswerCache, tags: Tags, forget: Callable[[], None]) -> None:
        self.nats = Client()
        self._url = url
        self._cache = cache
        self._tags = tags
        self._forget = forget
        self.on_connected: list[Callable[[], Awaitable[None]]] = []
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to connect, and goes on until it works."""
        self._connecting = asyncio.create_task(self._connect())

    async def close(self) -> None:
        """Leaves NATS."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if not self.nats.is_closed:
            await self.nats.close()

    async def _connect(self) -> None:
        await self.nats.connect(
            self._url.split(","),
            name="civic-gateway",
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            # A connection that died without a word is noticed within 15 s, sooner than kept answers grow old.
            ping_interval=_PING_SECONDS,
            max_outstanding_pings=2,
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._on_reconnected,
            error_cb=self._on_error,
        )
        await self.nats.subscribe(SUBJECTS, cb=self._on_event)
        await self._resume()

    async def _resume(self) -> None:
        while not self.nats.is_closed:
            try:
                for tell in self.on_connected:
                    await tell()
                # The server has taken the subscription when it answers the flush: from here on nothing is missed.
                await self.nats.flush(_FLUSH_SECONDS)
            except (nats.errors.Error, OSError, TimeoutError) as error:
                _log.warning("events are not heard yet: %s", type(error).__name__)
                if self.nats.is_reconnecting:
                    # The next connection begins anew.
                    return
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                self._forget_everything()
                self._cache.connected = True
                _log.info("events are heard")
                return

    async def _on_reconnected(self) -> None:
        await self._resume()

    async def _on_disconnected(self) -> None:
        self._cache.connected = False
        _log.warning("events are not heard")

    async def _on_error(self, error: Exception) -> None:
        if isinstance(error, nats.errors.SlowConsumerError):
            # Events were thrown away.
            self._forget_everything()
        _log.warning("connection for events: %s", type(error).__name__)

    async def _on_event(self, message: Msg) -> None:
        parts = message.subject.split(".")
        if parts[1] in _UNSEEN:
            return
        if len(parts) != _PARTS:
            self._forget_everything()
            return
        _, area, resource, verb, _, tenant = parts
        if area == "tenant":
            self._forget()
        self._cache.drop(self._tags(area, f"{resource}.{verb}", tenant, message.data))

    def _forget_everything(self) -> None:
        self._cache.clear()
        self._forget()
