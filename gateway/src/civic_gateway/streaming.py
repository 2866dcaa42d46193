"""Bodies that are read while they arrive: uploads. Everything else is read by `bodies` before anything happens."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError, Kind
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from civic_gateway.oidc.csrf import csrf_error
from civic_gateway.problems import gateway_error
from civic_gateway.session import CSRF_FIELD
from civic_gateway.web.forms import STREAMED

UPLOAD: Final = "multipart/form-data"
PIECES: Final = "application/offset+octet-stream"
# What a form may hold beside its files.
MAX_FIELD_BYTES: Final = 200_000
MAX_PARTS: Final = 80
# What forms write in place of a quotation mark and of the ends of lines, and nothing else.
_ESCAPED: Final = re.compile("%(22|0[AD])")
# Set by the layer that asks for the token of the session, where the token stands in the body.
PENDING_CSRF: Final = "civic.csrf"
MORE_TIME: Final = "civic.more_time"


@dataclass(frozen=True, slots=True)
class Streamed:
    """Requests whose body is read while it arrives: at most `max_bytes`, no pause longer than `pause_seconds`."""

    method: str
    path: re.Pattern[str]
    media_type: str
    max_bytes: int
    too_large: Callable[[], DomainError]

    def takes(self, scope: Scope) -> bool:
        return (
            scope["method"] == self.method
            and self.path.fullmatch(scope["path"]) is not None
            and media_type_of(scope) == self.media_type
        )


class StreamedBodies:
    """Which requests are read that way, and how long they may take."""

    def __init__(self, kinds: Sequence[Streamed], *, pause_seconds: float, whole_seconds: float) -> None:
        self._kinds = kinds
        self._pause_seconds = pause_seconds
        self._whole_seconds = whole_seconds

    def find(self, scope: Scope) -> Streamed | None:
        """The kind of the request, None for every other."""
        return next((kind for kind in self._kinds if kind.takes(scope)), None)

    def begin(self, kind: Streamed, scope: Scope, receive: Receive) -> _Watched:
        """`receive` with its limits. Gives the request the time that it needs."""
        scope[STREAMED] = True
        more_time(scope, self._whole_seconds)
        return _Watched(receive, kind, self._pause_seconds)


@dataclass(slots=True)
class _Watched:
    receive: Receive
    kind: Streamed
    pause_seconds: float
    received: int = 0
    ended: bool = False

    async def __call__(self) -> Message:
        if self.ended:
            return await self.receive()
        try:
            async with asyncio.timeout(self.pause_seconds):
                message = await self.receive()
        except TimeoutError:
            seconds = str(round(self.pause_seconds))
            raise gateway_error(Kind.INVALID, "BODY_TIMEOUT", "the body came too slowly", seconds=seconds) from None
        self.received += len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self.received > self.kind.max_bytes:
            raise self.kind.too_large()
        return message


def is_streamed(scope: Scope) -> bool:
    """Whether the body of the request is still to come."""
    return scope.get(STREAMED, False) is True


def media_type_of(scope: Scope) -> str:
    """The media type of the body, without its parameters; empty without one."""
    value = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return bytes(value).decode("latin-1").partition(";")[0].strip().lower()


def more_time(scope: Scope, seconds: float) -> None:
    """Lets a request take that long from now on, as a file on a slow line does."""
    extend = scope.get(MORE_TIME)
    if extend is not None:
        extend(seconds)


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives; ends where the client goes away."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return
        if chunk := message.get("body", b""):
            yield chunk
        if not message.get("more_body", False):
            return


@dataclass(slots=True)
class Part:
    """One part of a form. Read `chunks`, or leave it: what is not read is skipped."""

    name: str
    filename: str | None
    chunks: AsyncIterator[bytes]

    async def text(self) -> str:
        """The value of a field. Raises BODY_TOO_LARGE, MALFORMED_REQUEST."""
        held = bytearray()
        async for chunk in self.chunks:
            held += chunk
            if len(held) > MAX_FIELD_BYTES:
                size = str(MAX_FIELD_BYTES)
                raise gateway_error(Kind.INVALID, "BODY_TOO_LARGE", "a field is too large", max=size)
        try:
            return held.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise malformed() from None


async def parts_of(request: Request) -> AsyncIterator[Part]:
    """The parts of a form in their order. Raises CSRF_INVALID before the first of them where the token of the session
    is neither in a header nor in the first field, and MALFORMED_REQUEST."""
    pending: str | None = request.scope.get(PENDING_CSRF)
    events = _events(request)
    async for kind, value in events:
        if kind != "begin":
            continue
        part = Part(*_described(value), _data(events))
        if pending is not None:
            given = await part.text() if part.name == CSRF_FIELD and part.filename is None else ""
            if not hmac.compare_digest(given.encode(), pending.encode()):
                raise csrf_error()
            pending = None
            continue
        yield part
        async for _ in part.chunks:
            pass
    if pending is not None:
        raise csrf_error()


async def _data(events: AsyncIterator[tuple[str, Any]]) -> AsyncIterator[bytes]:
    async for kind, value in events:
        if kind == "end":
            return
        yield value


@dataclass(slots=True)
class _Heard:
    """What the parser told since it was asked last."""

    events: list[tuple[str, Any]] = field(default_factory=list)
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: bytes = b""
    value: bytes = b""
    parts: int = 0
    complete: bool = False

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self.name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def header_end(self) -> None:
        self.headers[self.name.lower()] = self.value
        self.name = self.value = b""

    def headers_finished(self) -> None:
        self.parts += 1
        self.events.append(("begin", self.headers))
        self.headers = {}

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self.events.append(("data", data[start:end]))

    def part_end(self) -> None:
        self.events.append(("end", None))

    def ended(self) -> None:
        self.complete = True


async def _events(request: Request) -> AsyncIterator[tuple[str, Any]]:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if not boundary or len(boundary) > 70:
        raise malformed()
    heard = _Heard()
    parser = MultipartParser(
        boundary,
        {
            "on_header_field": heard.header_field,
            "on_header_value": heard.header_value,
            "on_header_end": heard.header_end,
            "on_headers_finished": heard.headers_finished,
            "on_part_data": heard.part_data,
            "on_part_end": heard.part_end,
            "on_end": heard.ended,
        },
    )
    async for chunk in body_of(request):
        try:
            parser.write(chunk)
        except FormParserError:
            raise malformed() from None
        if heard.parts > MAX_PARTS:
            raise malformed()
        events, heard.events = heard.events, []
        for event in events:
            yield event
    if not heard.complete:
        raise malformed()


def _described(headers: dict[bytes, bytes]) -> tuple[str, str | None]:
    _, options = parse_options_header(headers.get(b"content-disposition", b""))
    if b"name" not in options:
        raise malformed()
    name = options[b"name"].decode("utf-8", "replace")
    filename = options.get(b"filename")
    return name, None if filename is None else _ESCAPED.sub(_escaped, filename.decode("utf-8", "replace"))


def _escaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def malformed() -> DomainError:
    """The refusal of a body that is no form."""
    return gateway_error(Kind.INVALID, "MALFORMED_REQUEST", "the body is no form")
