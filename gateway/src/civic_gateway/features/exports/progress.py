"""How far exports are: asked by a client's own word, told by whichever gateway writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import nats.errors
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

# Not below `civic.`: no event, and nothing that is kept grows old with it.
_SUBJECT: Final = "gateway.export-progress."
# An answer is a number in memory; without a gateway that listens NATS says so at once.
_ANSWER_SECONDS: Final = 1.0
_AWAY: Final = (nats.errors.Error, OSError, TimeoutError)


@dataclass(slots=True)
class Progress:
    """How many rows of about so many were read for a file; a file may read the same row more than once."""

    rows: int = 0
    total: int = 0


class ProgressBoard:
    """Exports that this gateway writes, and those of others over `client`. Without NATS each knows its own alone."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._own: dict[str, Progress] = {}

    @asynccontextmanager
    async def shown(self, key: str, progress: Progress) -> AsyncIterator[None]:
        """Tells how far the export is, to whoever knows the key, until the block ends. The key is part of a subject."""
        self._own[key] = progress

        async def tell(message: Msg) -> None:
            await message.respond(orjson.dumps([progress.rows, progress.total]))

        heard = await self._listen(key, tell)
        try:
            yield
        finally:
            self._own.pop(key, None)
            if heard is not None:
                await _leave(heard)

    async def find(self, key: str) -> Progress | None:
        """None before the export begins and when it is done."""
        own = self._own.get(key)
        if own is not None or not self._client.is_connected:
            return own
        try:
            answer = await self._client.request(_SUBJECT + key, timeout=_ANSWER_SECONDS)
        except _AWAY:
            return None
        rows, total = orjson.loads(answer.data)
        return Progress(rows, total)

    async def _listen(self, key: str, tell: Callable[[Msg], Awaitable[None]]) -> Subscription | None:
        if not self._client.is_connected:
            return None
        try:
            return await self._client.subscribe(_SUBJECT + key, cb=tell)
        except _AWAY:
            return None


async def _leave(heard: Subscription) -> None:
    try:
        await heard.unsubscribe()
    except _AWAY:
        # The connection is gone, and the subscription with it.
        return
