"""Calls to other services: one channel per target, deadlines handed on, retries where a repeat is harmless."""

import asyncio
import json
import random
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from opentelemetry import trace

from civic_chassis.grpc.call import TENANT_KEY, seconds_left
from civic_chassis.grpc.status import from_rpc_error, is_from_server
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.telemetry.propagation import current_traceparent

Response = TypeVar("Response", bound=Message)

_ATTEMPTS = 3
_FIRST_PAUSE = 0.05
_tracer = trace.get_tracer("civic_chassis.grpc")

_OPTIONS: tuple[tuple[str, Any], ...] = (
    # A connection sticks to one process: spread calls over all addresses of a headless service.
    ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
    # `call` retries itself, since whether it may depends on the request.
    ("grpc.enable_retries", 0),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A service that comes back is found within a second, not within two minutes. The one called min is how long an
    # attempt may take where nobody answers at all.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
)


def channel(target: str) -> grpc.aio.Channel:
    """A channel to all processes behind the target, `dns:///name:port` or `host:port`. Connects when first used."""
    return grpc.aio.insecure_channel(target, options=_OPTIONS)


async def call(
    method: "grpc.aio.UnaryUnaryMultiCallable[Any, Response]",
    request: Message,
    *,
    tenant: str | None = None,
    token: str | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109 - becomes the deadline of the RPC
) -> Response:
    """Calls a stub's method. `timeout` in seconds is shortened to what is left of the call being served.

    Raises DomainError: the server's own, or UNAVAILABLE and DEADLINE_EXCEEDED of the transport. A transport that fails
    is tried again where the request is a Get or List, or carries a request_id.
    """
    ends = monotonic() + _remaining(timeout)
    attempts = _ATTEMPTS if _is_repeatable(request) else 1
    pause = _FIRST_PAUSE
    with _span(request):
        metadata = _metadata(tenant, token)
        while True:
            attempts -= 1
            try:
                return await method(request, timeout=max(ends - monotonic(), 0.0), metadata=metadata)
            except grpc.aio.AioRpcError as error:
                again = attempts and error.code() is grpc.StatusCode.UNAVAILABLE and not is_from_server(error)
                if not again or monotonic() + pause >= ends:
                    raise from_rpc_error(error) from error
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load
            pause *= 2


def _span(request: Message) -> AbstractContextManager[object]:
    current = trace.get_current_span().get_span_context()
    if current.is_valid and not current.trace_flags.sampled:
        # A trace that is not recorded goes on as it is.
        return nullcontext()
    name = type(request).DESCRIPTOR.full_name.removesuffix("Request")
    return _tracer.start_as_current_span(name, kind=trace.SpanKind.CLIENT)


def _metadata(tenant: str | None, token: str | None) -> tuple[tuple[str, str], ...]:
    metadata: list[tuple[str, str]] = []
    if token:
        metadata.append(("authorization", f"Bearer {token}"))
    if tenant:
        metadata.append((TENANT_KEY, tenant))
    traceparent = current_traceparent()
    if traceparent:
        metadata.append(("traceparent", traceparent))
    return tuple(metadata)


def _is_repeatable(request: Message) -> bool:
    # By AIP a request is named after its method.
    if type(request).DESCRIPTOR.name.startswith(("Get", "List")):
        return True
    return bool(getattr(request, "request_id", ""))


def _remaining(timeout: float) -> float:
    left = seconds_left()
    if left is None:
        return timeout
    if left <= 0:
        raise DomainError(Kind.DEADLINE, "DEADLINE_EXCEEDED", "the deadline of the call passed")
    return min(timeout, left)
