"""Processes of their own for what reads files that somebody sent: they own nothing and end in time."""

import asyncio
import sys
from contextlib import suppress
from typing import Final

_SECONDS: Final = 150.0


async def run(module: str, *arguments: str, given: bytes = b"") -> bytes | None:
    """What the module writes; None where it died or took too long."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output, _ = await process.communicate(given)
    except (TimeoutError, RuntimeError):
        # The latter is uvloop's word for a process that died before it took what it was given.
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output if process.returncode == 0 else None
