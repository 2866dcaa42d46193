"""One child process: started through the guard, logged to a file, ended with its group."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from civic_devstack.parts import Command, PartError
from civic_devstack.records import signal_group

GUARD = Path(__file__).with_name("guard.py")
LONGEST_LOG_BYTES = 10 * 1024 * 1024


@dataclass(slots=True)
class Process:
    command: Command
    _process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, command: Command, log: Path) -> Process:
        """Appends both outputs to `log`; an older log of more than 10 MiB is kept as `….1`."""
        with _appended(log) as stream:
            process = await asyncio.create_subprocess_exec(
                *_guarded(command),
                env=dict(command.environment),
                cwd=command.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stream,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(command, process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    def send(self, number: signal.Signals) -> None:
        signal_group(self.pid, number)

    async def ended(self) -> str:
        """Waits for the end and says how it came."""
        code = await self._process.wait()
        signal_group(self.pid, signal.SIGKILL)  # what the process itself had started
        if code < 0:
            return f"ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    async def end(self, number: signal.Signals, limit: float) -> None:
        """Asks with `number`, and kills when it has not ended after `limit` seconds."""
        if not self.running:
            return
        self.send(number)
        try:
            await asyncio.wait_for(self._process.wait(), limit)
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self._process.wait()


async def run(command: Command, log: Path, *, limit: float = 300) -> None:
    """Runs a program to its end; raises PartError with the last lines of its output when it fails.

    The program ends with the calling task.
    """
    began = size(log)
    process = await Process.start(command, log)
    try:
        how = await asyncio.wait_for(process.ended(), limit)
    except TimeoutError as error:
        raise PartError(f"took longer than {limit:.0f} s; log: {log}") from error
    finally:
        if process.running:
            process.send(signal.SIGKILL)
    if how != "ended with exit code 0":
        raise PartError(f"{how}; log: {log}\n{tail(log, since=began)}")


def size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _appended(log: Path) -> BinaryIO:
    if size(log) > LONGEST_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    return log.open("ab")


def tail(log: Path, lines: int = 12, since: int = 0) -> str:
    """The last lines that were written after the log had `since` bytes."""
    try:
        with log.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            # A log that is shorter now was set aside in between.
            stream.seek(max(since if since <= end else 0, end - 16_384))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what would change the meaning of a part's own settings."""
    dropped = ("CIVIC_", "PG", "KC_", "JAVA_OPTS", "PYTHON", "UV_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **additions}


def _guarded(command: Command) -> tuple[str, ...]:
    of = command.account
    account = f"{of.uid}:{of.gid}:{int(of.reach)}" if of else "-"
    guard = (sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(int(command.death_signal)))
    return (*guard, account, *command.argv)
