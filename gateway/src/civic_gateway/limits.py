"""How often one address and one person may call: token buckets in memory, so per gateway."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from civic_gateway.problems import Problems, gateway_error

_BUCKETS_KEPT: Final = 50_000
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Buckets:
    """One bucket per key: holds `tokens` and is refilled evenly within `seconds`, a minute unless said otherwise."""

    def __init__(self, tokens: int, *, seconds: float = 60, clock: Callable[[], float] = monotonic) -> None:
        self._capacity = float(tokens)
        self._per_second = tokens / seconds
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """Takes a token. Returns 0, or the whole seconds after which there will be one."""
        now = self._clock()
        tokens, at = self._buckets.get(key, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - at) * self._per_second)
        wait = 0
        if tokens >= 1:
            tokens -= 1
        else:
            wait = math.ceil((1 - tokens) / self._per_second)
        self._buckets[key] = (tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _BUCKETS_KEPT:
            # The longest unused bucket is the fullest: forgetting it gives the least away.
            self._buckets.popitem(last=False)
        return wait


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force."""

    writes_of_person: Buckets
    writes_of_client: Buckets
    reads_of_client: Buckets

    def check(self, *, write: bool, client: str, person: str | None) -> None:
        """Raises RATE_LIMITED with `retry_after_seconds`."""
        if not write:
            wait = self.reads_of_client.take(client)
        else:
            wait = self.writes_of_client.take(client)
            if wait == 0 and person is not None:
                wait = self.writes_of_person.take(f"{client} {person}")
        if wait:
            raise rate_limited(wait)


def rate_limited(seconds: int) -> DomainError:
    """Too many calls; `seconds` until the next one is answered."""
    return gateway_error(Kind.LIMIT, "RATE_LIMITED", "too many calls in a short time", retry_after_seconds=str(seconds))


def client_of(scope: Scope) -> str:
    """The address that a limit counts for: an IPv4 address, or the /64 that one IPv6 household holds."""
    client = scope.get("client")
    return _household(client[0]) if client is not None else ""


@lru_cache(maxsize=4096)
def _household(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))


class LimitLayer:
    """ASGI layer that answers 429; what was typed reaches the error page, since the body has been read before."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        problems: Problems,
    ) -> None:
        self._app = app
        self._limits = limits
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            write = scope["method"] not in _READS
            try:
                self._limits.check(write=write, client=client_of(scope), person=scope.get("civic.person"))
            except DomainError as error:
                response = await self._problems.respond(Request(scope, receive), error)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
