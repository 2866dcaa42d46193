"""Bodies of requests: read completely and within limits before anything else happens, and JSON without doubts."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any, Final

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civic_gateway.problems import Problems, gateway_error
from civic_gateway.streaming import Streamed, StreamedBodies

MAX_JSON_DEPTH: Final = 16
_DRAIN_SECONDS: Final = 2.0
_DRAIN_BYTES: Final = 8 * 1024 * 1024
# Browsers read the answer only once they have sent the whole file.
_FILE_DRAIN_SECONDS: Final = 15.0
_FILE_DRAIN_BYTES: Final = 256 * 1024 * 1024

# Possessive, and content with a text that never ends: each byte is looked at once, whatever was sent.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?')


class BodyGuard:
    """Reads a body completely before anything else happens: at most `max_bytes`, within `timeout_seconds`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        problems: Problems,
        max_bytes: int,
        timeout_seconds: float,
        streamed: StreamedBodies | None = None,
    ) -> None:
        self._app = app
        self._problems = problems
        self._max_bytes = max_bytes
        self._timeout_seconds = timeout_seconds
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (announced := announced_bytes(scope["headers"])):
            await self._app(scope, receive, send)
            return
        if self._streamed is not None and (kind := self._streamed.find(scope)) is not None:
            await self._stream(self._streamed, kind, announced, scope, receive, send)
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

    async def _stream(
        self,
        streamed: StreamedBodies,
        kind: Streamed,
        announced: int,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        if announced > kind.max_bytes:
            await self._refuse(kind.too_large(), scope, receive, send, _FILE_DRAIN_SECONDS, _FILE_DRAIN_BYTES)
            return
        watched = streamed.begin(kind, scope, receive)

        async def hold_open(message: Message) -> None:
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if last and not watched.ended:
                await send({**message, "more_body": True})
                await _drain(receive, _FILE_DRAIN_SECONDS, _FILE_DRAIN_BYTES)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self._app(scope, watched, hold_open)

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

    async def _refuse(
        self,
        error: DomainError,
        scope: Scope,
        receive: Receive,
        send: Send,
        seconds: float = _DRAIN_SECONDS,
        size: int = _DRAIN_BYTES,
    ) -> None:
        response = await self._problems.respond(Request(scope, _replay(b"", receive)), error)
        response.headers["connection"] = "close"

        async def hold_open(message: Message) -> None:
            # The answer goes out at once, the end of it after what the client still sends was thrown away for a
            # moment: closing with unread bytes makes TCP drop the answer before the client has read it.
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _drain(receive, seconds, size)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await response(scope, receive, hold_open)


def announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Bytes of the body as announced; 1 where its length is open; 0 without a body."""
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else 1
        if name == b"transfer-encoding":
            return 1
    return 0


def parse_json(body: bytes) -> Any:
    """JSON without doubts: UTF-8, no key twice in one object, at most MAX_JSON_DEPTH levels, no NaN."""
    _check_depth(body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise gateway_error(Kind.INVALID, "MALFORMED_JSON", "the body is not JSON in UTF-8") from None
    # orjson keeps the last of two equal keys; what a proxy or an auditor read may have been the first. Outside of its
    # texts JSON has one colon for each key.
    if _STRINGS.sub(b"", body).count(b":") != _count_keys(value):
        json.loads(body, object_pairs_hook=_unique, parse_int=_ignore, parse_float=_ignore)
    return value


def _count_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count_keys, value.values()))
    return sum(map(_count_keys, value)) if isinstance(value, list) else 0


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
    for byte in _STRINGS.sub(b"", body):
        if byte in b"[{":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                raise gateway_error(Kind.INVALID, "TOO_DEEP", "the body is nested too deeply", max=str(MAX_JSON_DEPTH))
        elif byte in b"]}":
            depth -= 1


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


async def _drain(receive: Receive, seconds: float, size: int) -> None:
    drained = 0
    try:
        async with asyncio.timeout(seconds):
            while drained < size:
                message = await receive()
                drained += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
