"""A TCP wire between two processes that can be held still at a chosen message."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Self


@dataclass(slots=True)
class Trap:
    """Springs once: at the first message with `at`.

    `reply` holds the answer to that message back instead of the message itself: it was done, and nobody knows.
    """

    at: bytes
    reply: bool = False
    sprung: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Line:
    """One connection."""

    # Whose reply is held back.
    trap: Trap | None = None


class Wire:
    """Listens on `port` and hands everything on to `target`, both on this machine."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._trap: Trap | None = None
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def set(self, trap: Trap) -> Trap:
        self._trap = trap
        return trap

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            line = _Line()
            pumps = [
                asyncio.create_task(self._requests(line, reader, back)),
                asyncio.create_task(self._replies(line, there, writer)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            back.close()
        except OSError:
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _requests(self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                trap = self._trap
                if trap is not None and trap.at in data:
                    self._trap = None
                    if not trap.reply:
                        trap.sprung.set()
                        # Nothing more is handed on, yet the end of the process is noticed.
                        while await reader.read(65536):
                            pass
                        return
                    line.trap = trap
                writer.write(data)
                await writer.drain()

    async def _replies(self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if line.trap is not None:
                    line.trap.sprung.set()
                    await asyncio.Event().wait()
                writer.write(data)
                await writer.drain()
