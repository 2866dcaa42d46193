"""Channels to the services, with one deadline for every call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import grpc
from civic_chassis.grpc import client
from google.protobuf.timestamp_pb2 import Timestamp


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list: `size` 0 means the service's default."""

    size: int = 0
    token: str = ""


FIRST_PAGE: Final = Page()


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a call is made: `token` is the person's access token, None for nobody; `tenant` None for the state."""

    tenant: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service as the gateway reaches it."""

    channel: grpc.aio.Channel
    timeout_seconds: float

    async def call(self, method: grpc.aio.UnaryUnaryMultiCallable[Any, Any], request: Any, asker: Asker) -> Any:
        """Raises DomainError, also for a service that is away (UNAVAILABLE) or too slow (DEADLINE)."""
        return await client.call(method, request, tenant=asker.tenant, token=asker.token, timeout=self.timeout_seconds)

    async def close(self) -> None:
        """Ends the channel; calls under way are cancelled."""
        await self.channel.close()


def connect(target: str, *, timeout_seconds: float) -> Service:
    """Connects lazily: a service that is away fails the call, not the start."""
    return Service(client.channel(target), timeout_seconds)


def timestamp_of(moment: dt.datetime | None) -> Timestamp | None:
    """An instant as messages hold it; None stays None."""
    if moment is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
