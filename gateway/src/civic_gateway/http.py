"""Pure ASGI layers around the application: span, security headers, time and size limits, bodies."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.telemetry.propagation import start_remote_span
from opentelemetry import context as otel_context
from opentelemetry import metrics, trace
from opentelemetry.trace import Status, StatusCode
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civic_gateway.problems import Problems, gateway_error

MAX_JSON_DEPTH: Final = 16
_DRAIN_SECONDS: Final = 2.0
_DRAIN_BYTES: Final = 8 * 1024 * 1024

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("civic_gateway.http")
_duration = metrics.get_meter("civic_gateway.http").create_histogram(
    "http.server.request.duration", unit="s", description="Duration of requests that no cache answered"
)
_INSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')

Headers = Sequence[tuple[bytes, bytes]]


def security_headers(*, secure: bool, sign_in_origin: str) -> Headers:
    """Headers of every answer. `sign_in_origin` is where a sent form may be led to for signing in."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {sign_in_origin}"
    )
    headers = [
        (b"content-security-policy", policy.encode()),
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
        seconds = self._timeout_seconds + (self._body_seconds if _announced(scope["headers"]) else 0)
        try:
            async with asyncio.timeout(seconds) as limit:
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
            own = list(message["headers"])
            # An answer that brings a header of these itself (a logo's stricter policy) keeps it.
            brought = {name for name, _ in own} & self._names
            own.extend(header for header in self._headers if header[0] not in brought)
            own.append(self._request_id)
            message = {**message, "headers": own}
        await self._send(message)


class BodyGuard:
    """Reads a body completely before anything else happens: at most `max_bytes`, within `timeout_seconds`."""

    def __init__(self, app: ASGIApp, *, problems: Problems, max_bytes: int, timeout_seconds: float) -> None:
        self._app = app
        self._problems = problems
        self._max_bytes = max_bytes
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (announced := _announced(scope["headers"])):
            await self._app(scope, receive, send)
            return
        if announced > self._max_bytes:
            await self._refuse(self._too_large(), scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._timeout_seconds):
                body = await self._read(receive)
        except TimeoutError:
            seconds = str(round(self._timeout_seconds))
            error = gateway_error(Kind.INVALID, "BODY_TIMEOUT", "the body came too slowly", seconds=seconds)
            await self._refuse(error, scope, receive, send)
            return
        except DomainError as error:
            await self._refuse(error, scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """None where the client went away."""
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._max_bytes:
                raise self._too_large()
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)

    def _too_large(self) -> DomainError:
        return gateway_error(Kind.INVALID, "BODY_TOO_LARGE", "the body is too large", max=str(self._max_bytes))

    async def _refuse(self, error: DomainError, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._problems.respond(Request(scope, _replay(b"", receive)), error)
        response.headers["connection"] = "close"

        async def hold_open(message: Message) -> None:
            # The answer goes out at once, the end of it after what the client still sends was thrown away for a
            # moment: closing with unread bytes makes TCP drop the answer before the client has read it.
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _drain(receive)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await response(scope, receive, hold_open)


def parse_json(body: bytes) -> Any:
    """JSON without doubts: UTF-8, no key twice in one object, at most MAX_JSON_DEPTH levels, no NaN."""
    _check_depth(body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise gateway_error(Kind.INVALID, "MALFORMED_JSON", "the body is not JSON in UTF-8") from None
    # orjson keeps the last of two equal keys; what a proxy or an auditor read may have been the first.
    try:
        json.loads(body, object_pairs_hook=_unique, parse_int=_ignore, parse_float=_ignore)
    except json.JSONDecodeError:
        raise gateway_error(Kind.INVALID, "MALFORMED_JSON", "the body is not JSON in UTF-8") from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise gateway_error(Kind.INVALID, "DUPLICATE_KEY", "a key occurs twice in one object", key=key[:100])
        seen.add(key)


def _ignore(_: str) -> None:
    """A number's value does not matter for its keys, and a very long one costs much."""


def _check_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= MAX_JSON_DEPTH:
        return
    depth = 0
    for byte in _INSIDE_STRINGS.sub(b"", body):
        if byte in b"[{":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                raise gateway_error(Kind.INVALID, "TOO_DEEP", "the body is nested too deeply", max=str(MAX_JSON_DEPTH))
        elif byte in b"]}":
            depth -= 1


def _announced(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Bytes of the body as announced; 1 where its length is open; 0 without a body."""
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else 1
        if name == b"transfer-encoding":
            return 1
    return 0


def _replay(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives the body in one piece, then waits for the real client."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _drain(receive: Receive) -> None:
    drained = 0
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while drained < _DRAIN_BYTES:
                message = await receive()
                drained += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


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
