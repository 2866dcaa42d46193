"""Answers anonymous reads from memory, ahead of everything else, and lets many that ask for the same wait for one."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civic_gateway.cache import Admission, AnswerCache, Entry, Key
from civic_gateway.etags import etag_of, matches
from civic_gateway.readers import Reader, read_headers

# A read with any other name in its query is answered, but not kept: nobody fills the memory with ?x=1, ?x=2, ….
CACHED_QUERY: Final = frozenset(
    {"lang", "page_size", "page_token", "phase", "q", "tenant", "order", "theme"}
    | {"kind", "district", "topic", "from", "to", "bbox", "count"}
)
_ENTRY_OVERHEAD: Final = 1200
_COMPRESSIBLE: Final = (
    b"text/",
    b"application/json",
    b"application/xml",
    b"application/atom",
    b"application/rss",
    b"image/svg",
)
_COMPRESS_FROM: Final = 1024
# Headers of one answer alone, or that are computed anew for each form of the body.
_NOT_KEPT: Final = frozenset({b"x-request-id", b"date", b"content-length", b"etag", b"set-cookie"})
_VALIDATORS: Final = frozenset(
    {b"etag", b"cache-control", b"vary", b"x-request-id", b"expires", b"content-location", b"link"}
)

# How often a request waits for another that turns out to be older than a change, before it asks by itself.
_JOINS: Final = 3
# Set where the reader asked for the head of an answer alone: a handler may spare itself the body.
HEAD: Final = "civic.head"
_EMPTY: Final[Message] = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True)
class _Flight:
    """A read under way: the answer that others may have too, or None where it turned out to be for its reader alone."""

    begun: int
    answer: asyncio.Future[Entry | None]


class CacheLayer:
    """The outermost ASGI layer: finds out language and theme, answers from memory, and 304 for every read.

    A page that is asked for with `?lang` or `?theme` lets the browser remember that choice.

    Sets `scope["civic.language"]`, `scope["civic.theme"]` and, where the answer may be kept,
    `scope["civic.cache"]` (an Admission). Only answers made for nobody in particular are kept, so compressing them
    tells an attacker nothing about a secret. Of many requests for the same that nobody has kept yet, one asks and the
    others wait for it, at most `patience_seconds`.
    """

    def __init__(
        self, app: ASGIApp, cache: AnswerCache, *, secure: bool = False, patience_seconds: float = 5.0
    ) -> None:
        self._app = app
        self._cache = cache
        self._secure = secure
        self._patience_seconds = patience_seconds
        self._flights: dict[Key, _Flight] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        reader = read_headers(scope)
        if reader.chosen and not scope["path"].startswith("/api/"):
            send = _remembering(send, reader.chosen, secure=self._secure)
        if method not in ("GET", "HEAD"):
            await self._pass(scope, receive, send, reader)
            return
        if method == "HEAD":
            scope = {**scope, "method": "GET", HEAD: True}
        if not reader.anonymous:
            await self._pass(scope, receive, _Revalidation(send, reader), reader)
            return
        key = (scope["path"], scope["query_string"], reader.language, reader.theme, reader.gzip)
        entry = self._cache.find(key)
        if entry is None and key in self._flights:
            entry = await self._wait_for_another(key)
        if entry is None:
            await self._make(scope, receive, send, reader, key)
        elif reader.if_none_match is not None and matches(reader.if_none_match, entry.etag):
            await send(entry.not_modified)
            await send(_EMPTY)
        else:
            await send(entry.start)
            await send(entry.body)

    async def _wait_for_another(self, key: Key) -> Entry | None:
        """What a request for the same that is under way is answered; None where this one has to ask by itself."""
        begun = self._cache.begin()
        for _ in range(_JOINS):
            flight = self._flights.get(key)
            if flight is None:
                return self._cache.find(key)
            await asyncio.wait((flight.answer,), timeout=self._patience_seconds)
            entry = flight.answer.result() if flight.answer.done() else None
            if entry is None:
                return None
            # What changed after this request came may be missing in its answer, what changed before may not.
            if flight.begun == begun or self._cache.is_current(entry, begun=flight.begun):
                self._cache.counts.joined += 1
                return entry
        return None

    async def _pass(self, scope: Scope, receive: Receive, send: Any, reader: Reader) -> None:
        scope["civic.language"] = reader.language
        scope["civic.theme"] = reader.theme
        await self._app(scope, receive, send)

    async def _make(self, scope: Scope, receive: Receive, send: Send, reader: Reader, key: Key) -> None:
        if not _is_cached_query(scope["query_string"]):
            await self._pass(scope, receive, _Revalidation(send, reader), reader)
            return
        admission = scope["civic.cache"] = Admission()
        recording = _Recording(send, admission)
        entry = await self._fly(scope, receive, recording, reader, key)
        if entry is None or recording.start is None:
            return
        known = reader.if_none_match is not None and matches(reader.if_none_match, entry.etag)
        await send(_of_this_request(entry.not_modified if known else entry.start, recording.start))
        await send(_EMPTY if known else entry.body)

    async def _fly(
        self, scope: Scope, receive: Receive, recording: _Recording, reader: Reader, key: Key
    ) -> Entry | None:
        """Asks, lets others have the answer that may be kept, and keeps it."""
        flight = _Flight(self._cache.begin(), asyncio.get_running_loop().create_future())
        leads = not self._cache.keeps_nothing and self._flights.setdefault(key, flight) is flight
        entry = None
        # What is not kept may be long on its way: nobody waits for its end.
        recording.flight = flight.answer
        try:
            await self._pass(scope, receive, recording, reader)
            if recording.start is not None:
                body = b"".join(recording.chunks)
                entry = _entry(recording.start, body, reader, recording.admission, self._cache)
                self._cache.store(key, entry, begun=flight.begun)
        finally:
            # Whatever happened: nobody waits for what will not come.
            if not flight.answer.done():
                flight.answer.set_result(entry)
            if leads:
                del self._flights[key]
        return entry


@dataclass(slots=True)
class _Revalidation:
    """Answers 304 in place of a 200 whose ETag the reader already has."""

    send: Send
    reader: Reader
    silent: bool = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            wanted = self.reader.if_none_match
            if wanted is not None and message["status"] == 200:
                etag = _header(message["headers"], b"etag")
                if etag is not None and matches(wanted, etag):
                    self.silent = True
                    await self.send(_not_modified(message["headers"]))
                    await self.send(_EMPTY)
                    return
        if not self.silent:
            await self.send(message)


@dataclass(slots=True)
class _Recording:
    """Holds an answer back that the handler lets be kept, and lets every other one through."""

    send: Send
    admission: Admission
    flight: asyncio.Future[Entry | None] | None = None
    start: Message | None = None
    chunks: list[bytes] = field(default_factory=list)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.admission.tags is not None and message["status"] == 200:
                self.start = message
                return
            if self.flight is not None and not self.flight.done():
                self.flight.set_result(None)
        elif self.start is not None:
            self.chunks.append(message.get("body", b""))
            return
        await self.send(message)


def _entry(start: Message, body: bytes, reader: Reader, admission: Admission, cache: AnswerCache) -> Entry:
    headers = [(name, value) for name, value in start["headers"] if name not in _NOT_KEPT]
    etag = _header(start["headers"], b"etag") or etag_of(body).encode()
    media_type = _header(headers, b"content-type") or b""
    if reader.gzip and len(body) >= _COMPRESS_FROM and media_type.startswith(_COMPRESSIBLE):
        body = gzip.compress(body, 6, mtime=0)
        headers.append((b"content-encoding", b"gzip"))
        etag = etag[:-1] + b'-gzip"'
    headers.append((b"etag", etag))
    headers.append((b"content-length", str(len(body)).encode()))
    made, ends = cache.life(admission)
    return Entry(
        start={"type": "http.response.start", "status": 200, "headers": headers},
        body={"type": "http.response.body", "body": body},
        not_modified=_not_modified(headers),
        etag=etag,
        tags=admission.tags or frozenset(),
        stored=made,
        expires=ends,
        size=len(body) + _ENTRY_OVERHEAD,
    )


def _of_this_request(kept: Message, made: Message) -> Message:
    own = [(name, value) for name, value in made["headers"] if name == b"x-request-id"]
    return {**kept, "headers": [*kept["headers"], *own]}


def _not_modified(headers: Iterable[tuple[bytes, bytes]]) -> Message:
    kept = [(name, value) for name, value in headers if name in _VALIDATORS]
    return {"type": "http.response.start", "status": 304, "headers": kept}


def _header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    return next((value for name, value in headers if name == wanted), None)


def _remembering(send: Send, chosen: Iterable[tuple[bytes, str]], *, secure: bool) -> Send:
    attributes = b"; Path=/; Max-Age=31536000; SameSite=Lax" + (b"; Secure" if secure else b"")
    cookies = [(b"set-cookie", name + b"=" + value.encode() + attributes) for name, value in chosen]

    async def remembering(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *cookies]}
        await send(message)

    return remembering


def _is_cached_query(query: bytes) -> bool:
    if not query:
        return True
    return all(name in CACHED_QUERY for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
