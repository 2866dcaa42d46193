"""What the supervisor runs: servers that stay and steps that end."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class PartError(Exception):
    """A part cannot start; the text says why and what to do."""


class Status(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group a command runs as; `reach`: it may pass folders that only root may enter."""

    uid: int
    gid: int
    reach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with all it is given; `environment` is complete, nothing is inherited."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    account: Account | None = None
    # Sent to the program when the supervisor dies without stopping it.
    death_signal: signal.Signals = signal.SIGKILL
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A process that stays; ready when `ready` says so, started again when it ends.

    `command` prepares what the program needs and is asked before every start; it may raise PartError.
    `patience` is how many seconds a start may take. `advice` is shown when it does not start.
    """

    name: str
    title: str
    command: Callable[[], Awaitable[Command]]
    ready: Callable[[], Awaitable[bool]]
    needs: tuple[str, ...] = ()
    patience: float = 120
    optional: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Work that ends; it raises PartError, and may return a word on what it did."""

    name: str
    title: str
    run: Callable[[], Awaitable[str | None]]
    needs: tuple[str, ...] = ()
    attempts: int = 1
    optional: bool = False
    advice: str = ""


Part = Server | Step


@dataclass(slots=True)
class Progress:
    """Where a part stands; times are of the monotonic clock."""

    part: Part
    status: Status = Status.WAITING
    began: float | None = None
    took: float | None = None
    detail: str = ""
    failures: int = 0
    restarts: int = 0
    pid: int | None = None
    waits_for: tuple[str, ...] = field(default=())

    @property
    def up(self) -> bool:
        return self.status in (Status.READY, Status.DONE)
