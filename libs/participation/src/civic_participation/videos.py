"""Videos on their way through the disk of this machine: none is held in memory as a whole."""

import asyncio
from collections.abc import AsyncIterable, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

import orjson
from civic_chassis.inspection import FileKind

from civic_participation.processes import run

_PIECE_BYTES: Final = 256 * 1024


async def write(file: Path, pieces: AsyncIterable[bytes]) -> int:
    """Writes the pieces into the file; returns how many bytes they were."""
    size = 0
    async for piece in pieces:
        await asyncio.to_thread(_append, file, piece)
        size += len(piece)
    return size


async def clean(source: Path, target: Path, kind: FileKind) -> dict[str, Any] | None:
    """What the cleaning process says of a video that it copied; None where it died or took too long."""
    output = await run("civic_participation.video_cleaning", kind.value, str(source), str(target))
    head: dict[str, Any] | None = orjson.loads(output) if output is not None else None
    return head


def pieces_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            yield piece


def size_and_digest(file: Path) -> tuple[int, str]:
    with file.open("rb") as opened:
        return file.stat().st_size, file_digest(opened, "sha256").hexdigest()


def _append(file: Path, piece: bytes) -> None:
    with file.open("ab") as opened:
        opened.write(piece)
