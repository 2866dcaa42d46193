"""What a run leaves behind for the next one: the lock, and the processes with their start times."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# Two readings of one process's start may differ by the clock's correction in between.
START_TIME_TOLERANCE_SECONDS = 2.0


class AlreadyRunningError(Exception):
    """Another supervisor works on this data folder; `pid` is its process, if it said so."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"process {pid}" if pid else "an unknown process")
        self.pid = pid


class InstanceLock:
    """One supervisor per data folder; the kernel gives the lock back when the process ends in any way."""

    def __init__(self, run_folder: Path) -> None:
        self._file = run_folder / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises AlreadyRunningError."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise AlreadyRunningError(holder(self._file.parent)) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(identity(os.getpid())).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def holder(run_folder: Path) -> int | None:
    """The process id of the living supervisor of this data folder."""
    try:
        recorded = json.loads((run_folder / "lock").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return recorded["pid"] if alive(recorded) else None


def identity(pid: int) -> dict[str, Any]:
    """A process id with the start time that tells it from a later process of the same number."""
    return {"pid": pid, "started": psutil.Process(pid).create_time()}


def alive(recorded: dict[str, Any]) -> bool:
    try:
        process = psutil.Process(recorded["pid"])
        same = abs(process.create_time() - recorded["started"]) < START_TIME_TOLERANCE_SECONDS
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@dataclass(slots=True)
class ProcessRecords:
    """The file that lists the running parts."""

    run_folder: Path

    @property
    def _file(self) -> Path:
        return self.run_folder / "processes.json"

    def read(self) -> dict[str, dict[str, Any]]:
        try:
            recorded: dict[str, dict[str, Any]] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return recorded

    def add(self, name: str, pid: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self._write({**self.read(), name: identity(pid)})

    def remove(self, name: str) -> None:
        self._write({key: value for key, value in self.read().items() if key != name})

    def _write(self, recorded: dict[str, dict[str, Any]]) -> None:
        write_atomically(self._file, json.dumps(recorded, indent=1))

    def end_leftovers(self, patience: float = 8.0) -> list[str]:
        """Ends what an earlier supervisor left running; returns the names of these parts."""
        recorded = self.read()
        left = {name: item for name, item in recorded.items() if alive(item)}
        for item in left.values():
            signal_group(item["pid"], signal.SIGTERM)
        deadline = time.monotonic() + patience
        while any(alive(item) for item in left.values()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for item in left.values():
            if alive(item):
                signal_group(item["pid"], signal.SIGKILL)
        self._write({})
        return sorted(left)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signals the process and all it started in its group; every part leads its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def write_atomically(file: Path, text: str, mode: int = 0o644) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(file)
