"""A row: one kind of request, the limit that belongs to it, and how good is good."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SERVICE = ("gateway", "discussion")
BARE = ("uncached gateway", "discussion")


@dataclass(frozen=True, slots=True)
class Path:
    """One kind of request. `processes` are ours; `goal` is µs of their CPU time per request."""

    name: str
    port: int
    requests: Callable[[], Iterator[bytes]]
    status: int
    processes: tuple[str, ...]
    limit: "Path | None" = None
    goal: float | None = None
    connections: int = 16


def always(sent: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.repeat(sent)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
