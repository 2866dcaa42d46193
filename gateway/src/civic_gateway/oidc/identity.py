"""Identity of one gateway: the realm's client, the sessions, the drafts, and whether signing in works now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from civic_chassis.kernel.clock import Clock
from nats.aio.client import Client

from civic_gateway.oidc.bucket import Bucket
from civic_gateway.oidc.cookies import Cookies
from civic_gateway.oidc.drafts import DRAFT_SECONDS, Drafts
from civic_gateway.oidc.provider import Provider
from civic_gateway.oidc.sessions import Sessions
from civic_gateway.settings import Settings

SESSION_SECONDS: Final = 12 * 60 * 60
_SESSION_BYTES: Final = 2 * 1024**3
_DRAFT_BYTES: Final = 256 * 1024**2
_PROBE_SECONDS: Final = 5.0
_FIRST_PROBES_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


class Identity:
    """`on_change` is called when signing in begins or stops to work: kept pages show a button that says so."""

    def __init__(self, settings: Settings, client: Client, *, clock: Clock, on_change: Callable[[], None]) -> None:
        secret = settings.session_secret.get_secret_value().encode()
        replicas = settings.nats_replicas
        self.secret = secret
        self.clock = clock
        self.public_url = settings.public_url
        self.issuer = settings.oidc_issuer
        self.cookies = Cookies(settings.secure)
        self.provider = Provider(settings, clock)
        sessions = Bucket(client, "sessions", seconds=SESSION_SECONDS, max_bytes=_SESSION_BYTES, replicas=replicas)
        drafts = Bucket(client, "drafts", seconds=DRAFT_SECONDS, max_bytes=_DRAFT_BYTES, replicas=replicas)
        self.sessions = Sessions(sessions, self.provider, secret=secret, clock=clock)
        self.drafts = Drafts(drafts, self.cookies, secret=secret)
        self._available = False
        self._on_change = on_change
        self._probing: asyncio.Task[None] | None = None

    @property
    def available(self) -> bool:
        """Whether the realm answered when it was last asked."""
        return self._available

    def now(self) -> float:
        """Unix seconds."""
        return self.clock.now().timestamp()

    def start(self) -> None:
        """Begins to ask the realm from time to time."""
        self._probing = asyncio.create_task(self._probe())

    async def connected(self) -> None:
        """For every new connection to NATS."""
        await self.sessions.watch()

    async def close(self) -> None:
        """Lets what is under way end."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        await self.sessions.close()
        await self.provider.close()

    async def _probe(self) -> None:
        while True:
            available = await self.provider.probe()
            if available is not self._available:
                self._available = available
                _log.info("signing in is possible" if available else "signing in is not possible")
                self._on_change()
            await asyncio.sleep(_PROBE_SECONDS if available else _FIRST_PROBES_SECONDS)
