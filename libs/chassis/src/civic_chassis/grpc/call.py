"""The one interceptor: span, token, access, tenant, deadline and error mapping around every method."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, perf_counter
from typing import Any, Protocol

import grpc
from google.protobuf.message import Message
from opentelemetry import context as otel_context
from opentelemetry import metrics, trace

from civic_chassis.grpc.access import AccessRule
from civic_chassis.grpc.status import DETAILS_KEY, code_of, to_details
from civic_chassis.kernel.call import ANONYMOUS, Call, Caller, is_tenant
from civic_chassis.kernel.clock import Clock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.telemetry.logs import bind
from civic_chassis.telemetry.propagation import start_remote_span

TENANT_KEY = "x-civic-tenant"

Behaviour = Callable[[Any, Any], Awaitable[Any]]

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("civic_chassis.grpc")
_duration = metrics.get_meter("civic_chassis.grpc").create_histogram(
    "rpc.server.call.duration", unit="s", description="Duration of RPCs by method and status code"
)
_current: ContextVar[Call] = ContextVar("civic_call")
# Beside the deadline of the call, which is told by a clock that may stand still.
_ends: ContextVar[float | None] = ContextVar("civic_call_ends", default=None)


class Verifier(Protocol):
    """Turns access tokens into callers; raises TOKEN_INVALID or UNAVAILABLE."""

    def cached(self, token: str) -> Caller | None: ...

    async def verify(self, token: str) -> Caller: ...


def current_call() -> Call:
    """The call that is being served. Raises LookupError outside of one."""
    return _current.get()


def seconds_left() -> float | None:
    """What is left of the deadline of the call that is being served; None outside of one, and without a deadline."""
    ends = _ends.get()
    return None if ends is None else ends - monotonic()


@dataclass(frozen=True, slots=True)
class Interceptor:
    """Wraps the methods of servicers. `max_seconds` bounds calls that bring no deadline or a longer one."""

    verifier: Verifier
    clock: Clock
    max_seconds: float

    def wrap(self, method: str, rule: AccessRule, behaviour: Behaviour) -> Behaviour:
        """The guarded method; `method` is its full name without leading slash."""
        attributes = {code: _attributes(method, code) for code in grpc.StatusCode}

        async def guarded(request: Any, context: Any) -> Any:
            started = perf_counter()
            code = grpc.StatusCode.CANCELLED
            token, tenant, traceparent = _metadata(context)
            span = start_remote_span(_tracer, method, traceparent)
            scope = otel_context.attach(trace.set_span_in_context(span))
            try:
                try:
                    remaining = context.time_remaining()
                    await self._admit(method, rule, token, tenant, remaining)
                    # gRPC itself cancels a call when the client's deadline has passed.
                    if remaining is not None and remaining <= self.max_seconds:
                        response = await behaviour(request, context)
                    else:
                        response = await self._limited(behaviour, request, context)
                    code = grpc.StatusCode.OK
                    return response
                except Exception as error:  # noqa: BLE001 - the loop of calls
                    refusal = _refusal(error, request)
                code = code_of(refusal.kind)
                # Leaves by an exception of gRPC's own.
                await context.abort(code, refusal.message, ((DETAILS_KEY, to_details(refusal)),))
            except asyncio.CancelledError:
                left = seconds_left()
                if left is not None and left <= 0:
                    code = grpc.StatusCode.DEADLINE_EXCEEDED
                raise
            finally:
                _duration.record(perf_counter() - started, attributes[code])
                if span.is_recording():
                    span.set_attributes(attributes[code])
                    if code in _FAULTS:
                        span.set_status(trace.StatusCode.ERROR)
                    span.end()
                otel_context.detach(scope)

        return guarded

    async def _admit(
        self, method: str, rule: AccessRule, token: str | None, tenant: str | None, remaining: float | None
    ) -> None:
        """Makes the call known to the method, or raises why it may not go on."""
        received_at = self.clock.now()
        if tenant is not None and not is_tenant(tenant):
            raise DomainError(Kind.INVALID, "TENANT_REQUIRED", "the call names a malformed tenant")
        bind(tenant, method)
        deadline = None
        if remaining is not None:
            deadline = received_at + timedelta(seconds=remaining)
            _ends.set(monotonic() + remaining)
        caller = ANONYMOUS
        if token is not None:
            caller = self.verifier.cached(token) or await self.verifier.verify(token)
        rule.check(caller, tenant)
        _current.set(Call(caller, tenant, received_at, method, deadline))

    async def _limited(self, behaviour: Behaviour, request: Any, context: Any) -> Any:
        try:
            async with asyncio.timeout(self.max_seconds) as limit:
                return await behaviour(request, context)
        except TimeoutError as error:
            if limit.expired():
                raise DomainError(Kind.DEADLINE, "DEADLINE_EXCEEDED", "the deadline of the call passed") from error
            raise


_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


def _attributes(method: str, code: grpc.StatusCode) -> dict[str, str]:
    return {"rpc.system.name": "grpc", "rpc.method": method, "rpc.response.status_code": code.name}


def _metadata(context: Any) -> tuple[str | None, str | None, str | None]:
    """The bearer token, the tenant and the traceparent of the call."""
    token = tenant = traceparent = None
    for key, value in context.invocation_metadata():
        if key == "authorization":
            scheme, _, credentials = value.partition(" ")
            # Another scheme is refused like a bad token: who sends credentials means to be known by them.
            token = credentials if scheme.lower() == "bearer" else ""
        elif key == TENANT_KEY:
            tenant = value
        elif key == "traceparent":
            traceparent = value
    return token, tenant, traceparent


def _refusal(error: Exception, request: object) -> DomainError:
    if isinstance(error, DomainError):
        if error.kind in (Kind.UNAVAILABLE, Kind.INTERNAL):
            _log.warning("call refused: %s", error.reason, exc_info=error)
        return error
    if isinstance(error, (ConnectionError, TimeoutError)):
        _log.warning("a part that the service needs is away", exc_info=error)
        return DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "a part that the service needs is away")
    trace_id = _trace_id()
    shown = {"request": request} if isinstance(request, Message) else {}
    _log.error("call failed", exc_info=error, extra={"trace_id": trace_id, **shown})
    return DomainError(Kind.INTERNAL, "INTERNAL", "unexpected error", metadata={"trace_id": trace_id})


def _trace_id() -> str:
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else secrets.token_hex(16)
