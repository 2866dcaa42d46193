"""Ports: free ones, and who holds a busy one."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import psutil


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
