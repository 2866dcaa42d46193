"""Toy parts for tests of the supervisor, and a supervisor in a process of its own that tests may kill."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from civic_devstack.parts import Command, PartError, Progress, Server, Status, Step
from civic_devstack.supervisor import Supervisor

# Starts a child of its own and writes both ids: `name.pid` when it runs, so that a file says it is ready.
FAMILY = """
import os, pathlib, signal, subprocess, sys, time
folder, name, stubborn = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "stubborn"
if stubborn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
draft = folder / (name + ".draft")
draft.write_text(f"{os.getpid()} {child.pid}")
draft.rename(folder / (name + ".pid"))
with (folder / "order").open("a") as order:
    order.write(f"+{name} ")
def end(*_):
    with (folder / "order").open("a") as order:
        order.write(f"-{name} ")
    sys.exit(0)
if not stubborn:
    signal.signal(signal.SIGTERM, end)
while True:
    time.sleep(600)
"""


class Heard:
    """Keeps every change that the supervisor reports."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, Status, str]] = []

    def changed(self, progress: Progress, text: str = "") -> None:
        self.changes.append((progress.part.name, progress.status, text))

    def of(self, name: str) -> list[Status]:
        return [status for changed, status, _ in self.changes if changed == name]


def family(folder: Path, name: str, *, needs: tuple[str, ...] = (), stubborn: bool = False) -> Server:
    """A server with a child of its own; ready when its pid file is there."""
    return _python(
        folder, name, FAMILY, "stubborn" if stubborn else "polite", needs=needs, ready=folder / f"{name}.pid"
    )


def failing(folder: Path, name: str, *, optional: bool = False) -> Server:
    return _python(folder, name, "import sys; sys.exit('no luck today')", ready=folder / "never", optional=optional)


def step(name: str, *, needs: tuple[str, ...] = (), fails: int = 0, attempts: int = 1) -> Step:
    """Refuses the first `fails` times."""
    left = fails

    async def run() -> str:
        nonlocal left
        if left > 0:
            left -= 1
            raise PartError("not yet")
        return "worked"

    return Step(name=name, title=name, run=run, needs=needs, attempts=attempts)


def pids(folder: Path, name: str) -> list[int]:
    return [int(text) for text in (folder / f"{name}.pid").read_text().split()]


def running(pid: int) -> bool:
    """Whether the process still executes; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


async def until_gone(*gone: int) -> None:
    """Polls, since the kernel tells nobody but the parent; fails by the test's own time limit."""
    while any(running(pid) for pid in gone):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def _python(
    folder: Path,
    name: str,
    source: str,
    *arguments: str,
    ready: Path,
    needs: tuple[str, ...] = (),
    optional: bool = False,
) -> Server:
    async def command() -> Command:
        return Command(
            argv=(sys.executable, "-I", "-S", "-c", source, str(folder), name, *arguments),
            environment=dict(os.environ),
            folder=folder,
        )

    async def is_ready() -> bool:
        return await asyncio.to_thread(ready.exists)

    return Server(name=name, title=name, command=command, ready=is_ready, needs=needs, optional=optional)


async def _main(folder: Path) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    parts = [family(folder, "first"), family(folder, "second", needs=("first",), stubborn=True)]
    supervisor = Supervisor(parts, run_folder=folder, logs=folder, reporter=Heard())
    supervisor.start()
    await supervisor.settled()
    (folder / "settled").touch()
    await stopped.wait()
    await supervisor.stop()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
