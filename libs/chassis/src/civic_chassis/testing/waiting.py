"""Waiting for what another task or process does."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(check: Callable[[], Awaitable[object]], *, seconds: float = 30.0) -> None:
    """Asks again and again until the answer is truthy. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await check():  # noqa: ASYNC110 - what is waited for cannot tell us
            await asyncio.sleep(0.01)
