"""Waiting for what another task or process does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Seen = TypeVar("Seen")


async def eventually(check: Callable[[], Awaitable[Seen]], *, seconds: float = 30.0, pause: float = 0.01) -> Seen:
    """The first truthy answer; asks again and again until there is one. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (seen := await check()):  # noqa: ASYNC110 - what is waited for cannot tell us
            await asyncio.sleep(pause)
        return seen
