"""The ASGI layer around the application: span, security headers, time limit, and an answer to whatever fails."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Sequence
from functools import partial
from time import perf_counter
from urllib.parse import urlsplit

from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.telemetry.propagation import start_remote_span
from opentelemetry import context as otel_context
from opentelemetry import metrics, trace
from opentelemetry.trace import Status, StatusCode
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civic_gateway.bodies import announced_bytes
from civic_gateway.problems import Problems, gateway_error
from civic_gateway.streaming import MORE_TIME

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("civic_gateway.http")
_duration = metrics.get_meter("civic_gateway.http").create_histogram(
    "http.server.request.duration", unit="s", description="Duration of requests that no cache answered"
)

Headers = Sequence[tuple[bytes, bytes]]


def content_policy(sign_in_origin: str, *, images: str = "", connections: str = "") -> str:
    """Where a page may load from: this portal alone, and what `images` and `connections` name beside it."""
    shown, reached = _with("'self' data:", images), _with("'self'", connections)
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {shown}; "
        f"font-src 'self'; media-src 'self'; connect-src {reached}; manifest-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {sign_in_origin}"
    )


def security_headers(*, secure: bool, sign_in_origin: str) -> Headers:
    """Headers of every answer. `sign_in_origin` is where a sent form may be led to for signing in."""
    headers = [
        (b"content-security-policy", content_policy(sign_in_origin).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if secure:
        headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return tuple(headers)


def _with(own: str, more: str) -> str:
    return f"{own} {more}" if more else own


def origin_of(address: str) -> str:
    """`https://login.example` of `https://login.example/realms/hessen`."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class Envelope:
    """Span, trace number, security headers, time limit, and an answer to whatever goes wrong inside."""

    def __init__(
        self, app: ASGIApp, *, problems: Problems, headers: Headers, timeout_seconds: float, body_seconds: float
    ) -> None:
        self._app = app
        self._body_seconds = body_seconds
        self._problems = problems
        self._headers = headers
        self._names = frozenset(name for name, _ in headers)
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        span = start_remote_span(_tracer, scope["method"], _traceparent(scope["headers"]))
        token = otel_context.attach(trace.set_span_in_context(span))
        trace_id = scope["civic.trace_id"] = _trace_id(span)
        outgoing = _Outgoing(send, self._headers, self._names, (b"x-request-id", trace_id.encode()))
        try:
            await self._serve(scope, receive, outgoing)
        finally:
            _finish(span, scope, outgoing.status, perf_counter() - started)
            otel_context.detach(token)

    async def _serve(self, scope: Scope, receive: Receive, outgoing: _Outgoing) -> None:
        error: DomainError
        # A body that comes slowly has its own limit, which is to answer first.
        seconds = self._timeout_seconds + (self._body_seconds if announced_bytes(scope["headers"]) else 0)
        try:
            async with asyncio.timeout(seconds) as limit:
                scope[MORE_TIME] = partial(_extend, limit)
                await self._app(scope, receive, outgoing)
            return
        except TimeoutError:
            if not limit.expired():
                _log.exception("request failed", extra={"trace_id": scope["civic.trace_id"]})
            error = gateway_error(Kind.DEADLINE, "DEADLINE_EXCEEDED", "the request took too long")
        except DomainError as raised:
            error = raised
        except Exception:  # noqa: BLE001 - the loop of requests
            _log.exception("request failed", extra={"trace_id": scope["civic.trace_id"]})
            error = gateway_error(Kind.INTERNAL, "INTERNAL", "unexpected error")
        if outgoing.status is None:
            response = await self._answer(Request(scope, receive), error)
            await response(scope, receive, outgoing)

    async def _answer(self, request: Request, error: DomainError) -> Response:
        try:
            return await self._problems.respond(request, error)
        except Exception:  # noqa: BLE001 - the loop of requests
            _log.exception("error page failed")
            return self._problems.plainly(request, error)


def _extend(limit: asyncio.Timeout, seconds: float) -> None:
    limit.reschedule(asyncio.get_running_loop().time() + seconds)


class _Outgoing:
    """`send` with the headers of every answer; remembers the status."""

    __slots__ = ("_headers", "_names", "_request_id", "_send", "status")

    def __init__(self, send: Send, headers: Headers, names: frozenset[bytes], request_id: tuple[bytes, bytes]) -> None:
        self._send = send
        self._headers = headers
        self._names = names
        self._request_id = request_id
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = [*message["headers"], self._request_id]
            # An answer that brings a header of these itself (a logo's stricter policy) keeps it.
            brought = self._names.intersection([name for name, _ in own])
            own += [header for header in self._headers if header[0] not in brought] if brought else self._headers
            message = {**message, "headers": own}
        await self._send(message)


def _traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == b"traceparent"), None)


def _trace_id(span: trace.Span) -> str:
    number = span.get_span_context().trace_id
    return f"{number:032x}" if number else secrets.token_hex(16)


def _finish(span: trace.Span, scope: Scope, status: int | None, seconds: float) -> None:
    route = getattr(scope.get("route"), "path_format", "")
    method = scope["method"]
    attributes: dict[str, str | int] = {"http.request.method": method, "http.route": route}
    if status is not None:
        attributes["http.response.status_code"] = status
    _duration.record(seconds, attributes)
    if span.is_recording():
        span.update_name(f"{method} {route}" if route else method)
        span.set_attributes(attributes)
        if status is None or status >= 500:
            span.set_status(Status(StatusCode.ERROR))
    span.end()
