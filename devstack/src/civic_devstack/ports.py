"""Ports: free ones, and who holds a busy one."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

FIRST_FREE, LAST_FREE, BLOCK = 20_000, 32_000, 40


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a part is about to take; `setting` is the variable that changes it."""

    number: int
    part: str
    setting: str


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on. It is not held, so another program may take it first."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
        return number


class PortBlock:
    """Ports for one stack below the range from which the kernel takes its own, so that no connection uses one first.

    A lock file says which stack of this machine has which block; the kernel gives it back when the process ends.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._descriptor = -1
        self._next = 0
        self._end = 0

    def take(self) -> int:
        """Raises OSError when this machine has none left."""
        while True:
            if self._next == self._end:
                self._claim()
            number = self._next
            self._next += 1
            if not complaints([Port(number, "", "")], self._host):
                return number

    def release(self) -> None:
        """Gives the block back; the ports it gave may be taken by others from then on."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._next, self._end = -1, 0, 0

    def _claim(self) -> None:
        self.release()
        folder = Path(tempfile.gettempdir()) / f"civic-ports-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        for first in range(FIRST_FREE, LAST_FREE, BLOCK):
            descriptor = os.open(folder / str(first), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            self._descriptor, self._next, self._end = descriptor, first, first + BLOCK
            return
        raise OSError(errno.EADDRINUSE, "all port blocks for isolated stacks are taken")


def complaints(ports: Sequence[Port], host: str) -> list[str]:
    """One sentence per port that cannot be taken: port, process, and the setting to change."""
    return [text for port in ports if (text := _complaint(port, host))]


def _complaint(port: Port, host: str) -> str | None:
    try:
        with socket.socket() as probe:
            # As servers do it: connections of an earlier run that are still closing are no reason to fail.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port.number))
            return None
    except PermissionError:
        reason = "may not be taken by an ordinary user"
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return f"Address {host} for {port.part}: {error.strerror}. Set CIVIC_HOST to one of this machine."
        reason = f"is in use by {_listener(port.number)}"
    another = port.number + 1000 if port.number < 64_000 else 8180
    return f"Port {port.number} for {port.part} {reason}. Another one: {port.setting}={another} make up"


def _listener(number: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        connections = []
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.pid is not None
        if listens and connection.laddr and connection.laddr.port == number:
            try:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (process {connection.pid}, user {process.username()})"
            except psutil.Error:
                break
    return "a process of another user"
