"""Ready answers to anonymous reads, ahead of everything else; events make them go."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic, time
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civic_gateway.web.i18n import DEFAULT_LANGUAGE, LANGUAGES, negotiate

SESSION_COOKIE: Final = b"civic_session"
LANGUAGE_COOKIE: Final = b"civic_lang"
THEME_COOKIE: Final = b"civic_theme"
THEMES: Final = ("light", "dark")
# As the device has it: the cookie says so, a page needs nothing for it.
_THEME_CHOICES: Final = (*THEMES, "system")

# A read with any other name in its query is answered, but not kept: nobody fills the memory with ?x=1, ?x=2, ….
CACHED_QUERY: Final = frozenset({"lang", "page_size", "page_token", "phase", "q", "tenant", "order", "theme"})
_AWAY_SECONDS: Final = 1.0
_ENTRY_OVERHEAD: Final = 1200
_CHANGES_KEPT: Final = 10_000
_COMPRESSIBLE: Final = (b"text/", b"application/json", b"application/xml", b"image/svg")
_COMPRESS_FROM: Final = 1024
# Headers of one answer alone, or that are computed anew for each form of the body.
_NOT_KEPT: Final = frozenset({b"x-request-id", b"date", b"content-length", b"etag", b"set-cookie"})
_VALIDATORS: Final = frozenset(
    {b"etag", b"cache-control", b"vary", b"x-request-id", b"expires", b"content-location", b"link"}
)

Key = tuple[str, bytes, str, str, bool]


@dataclass(frozen=True, slots=True)
class Reader:
    """What a request's headers say about who reads, and how; `chosen` are cookies that its query asks for."""

    language: str
    theme: str
    anonymous: bool
    gzip: bool
    if_none_match: bytes | None
    chosen: tuple[tuple[bytes, str], ...] = ()


@dataclass(slots=True)
class Admission:
    """Given to a handler as `scope["civic.cache"]`; a handler that says nothing is not kept.

    `until` is the Unix time of the next change that the clock brings by itself.
    """

    tags: frozenset[str] | None = None
    until: float = float("inf")

    def keep(self, *tags: str, until: float = float("inf")) -> None:
        """Lets the answer be kept until one of `tags` changes, and no longer than `until`."""
        self.tags = (self.tags or frozenset()) | frozenset(tags)
        self.until = min(self.until, until)


@dataclass(frozen=True, slots=True)
class Entry:
    """A ready answer."""

    start: Message
    body: Message
    not_modified: Message
    etag: bytes
    tags: frozenset[str]
    stored: float
    expires: float
    size: int


@dataclass(slots=True)
class Counts:
    """What happened so far; read by the metrics."""

    hits: int = 0
    misses: int = 0
    dropped: int = 0
    refused: int = 0


_EMPTY: Final[Message] = {"type": "http.response.body", "body": b""}


class AnswerCache:
    """Entries by key, at most `max_bytes` of them, the longest unused going first.

    A generation counts the changes: an answer whose read began before a change of one of its tags is not kept,
    since it may hold the old state.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        seconds: float,
        clock: Callable[[], float] = monotonic,
        wall_clock: Callable[[], float] = time,
    ) -> None:
        self.counts = Counts()
        self.connected = False
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._clock = clock
        self._wall_clock = wall_clock
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._keys_of: dict[str, set[Key]] = {}
        self._bytes = 0
        self._generation = 0
        self._changed: OrderedDict[str, int] = OrderedDict()
        self._floor = 0

    @property
    def size(self) -> int:
        """Bytes in use, overhead included."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._entries)

    def begin(self) -> int:
        """Marks the beginning of a read; the number goes to `store`."""
        return self._generation

    def find(self, key: Key) -> Entry | None:
        """The entry that may be served now."""
        entry = self._entries.get(key)
        if entry is None:
            self.counts.misses += 1
            return None
        now = self._clock()
        # Without the events' connection a change goes unseen, so an answer lives for a second at most.
        if now >= entry.expires or (not self.connected and now >= entry.stored + _AWAY_SECONDS):
            self._remove(key)
            self.counts.misses += 1
            return None
        self._entries.move_to_end(key)
        self.counts.hits += 1
        return entry

    def store(self, key: Key, entry: Entry, *, begun: int) -> bool:
        """Keeps the entry, unless it may be older than a change or is too large."""
        stale = begun < self._floor or any(self._changed.get(tag, 0) > begun for tag in entry.tags)
        if stale or entry.size > self._max_bytes // 8:
            self.counts.refused += 1
            return False
        self._remove(key)
        self._entries[key] = entry
        self._bytes += entry.size
        for tag in entry.tags:
            self._keys_of.setdefault(tag, set()).add(key)
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))
        return True

    def life(self, admission: Admission) -> tuple[float, float]:
        """When an answer made now was made, and when it ends, on the monotonic clock."""
        now = self._clock()
        return now, now + min(self._seconds, admission.until - self._wall_clock())

    def drop(self, tags: Iterable[str]) -> None:
        """Removes what carries one of the tags, and keeps reads that are under way from being stored."""
        self._generation += 1
        for tag in tags:
            self._changed[tag] = self._generation
            self._changed.move_to_end(tag)
            for key in tuple(self._keys_of.get(tag, ())):
                self._remove(key)
                self.counts.dropped += 1
        while len(self._changed) > _CHANGES_KEPT:
            _, self._floor = self._changed.popitem(last=False)

    def clear(self) -> None:
        """Removes everything, and keeps reads that are under way from being stored."""
        self._generation += 1
        self._floor = self._generation
        self._changed.clear()
        self.counts.dropped += len(self._entries)
        self._entries.clear()
        self._keys_of.clear()
        self._bytes = 0

    def _remove(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._bytes -= entry.size
        for tag in entry.tags:
            keys = self._keys_of[tag]
            keys.discard(key)
            if not keys:
                del self._keys_of[tag]


class CacheLayer:
    """The outermost ASGI layer: finds out language and theme, answers from memory, and 304 for every read.

    A page that is asked for with `?lang` or `?theme` lets the browser remember that choice.

    Sets `scope["civic.language"]`, `scope["civic.theme"]` and, where the answer may be kept,
    `scope["civic.cache"]` (an Admission). Only answers made for nobody in particular are kept, so compressing them
    tells an attacker nothing about a secret.
    """

    def __init__(self, app: ASGIApp, cache: AnswerCache, *, secure: bool = False) -> None:
        self._app = app
        self._cache = cache
        self._secure = secure

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
            scope = {**scope, "method": "GET"}
        if not reader.anonymous:
            await self._pass(scope, receive, _Revalidation(send, reader), reader)
            return
        key = (scope["path"], scope["query_string"], reader.language, reader.theme, reader.gzip)
        entry = self._cache.find(key)
        if entry is None:
            await self._make(scope, receive, send, reader, key)
        elif reader.if_none_match is not None and matches(reader.if_none_match, entry.etag):
            await send(entry.not_modified)
            await send(_EMPTY)
        else:
            await send(entry.start)
            await send(entry.body)

    async def _pass(self, scope: Scope, receive: Receive, send: Any, reader: Reader) -> None:
        scope["civic.language"] = reader.language
        scope["civic.theme"] = reader.theme
        await self._app(scope, receive, send)

    async def _make(self, scope: Scope, receive: Receive, send: Send, reader: Reader, key: Key) -> None:
        if not _is_cached_query(scope["query_string"]):
            await self._pass(scope, receive, _Revalidation(send, reader), reader)
            return
        admission = scope["civic.cache"] = Admission()
        begun = self._cache.begin()
        recording = _Recording(send, admission)
        await self._pass(scope, receive, recording, reader)
        if recording.start is None:
            return
        entry = _entry(recording.start, b"".join(recording.chunks), reader, admission, self._cache)
        self._cache.store(key, entry, begun=begun)
        known = reader.if_none_match is not None and matches(reader.if_none_match, entry.etag)
        await send(_of_this_request(entry.not_modified if known else entry.start, recording.start))
        await send(_EMPTY if known else entry.body)


def read_headers(scope: Scope) -> Reader:
    """Language: `?lang`, then the cookie, then Accept-Language."""
    accept_language = cookies = if_none_match = None
    authorized = compressed = False
    for name, value in scope["headers"]:
        if name == b"accept-language":
            accept_language = value
        elif name == b"cookie":
            cookies = value if cookies is None else cookies + b"; " + value
        elif name == b"authorization":
            authorized = True
        elif name == b"if-none-match":
            if_none_match = value
        elif name == b"accept-encoding":
            compressed = b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
    crumbs = _crumbs(cookies) if cookies else {}
    query = scope["query_string"]
    chosen = _chosen(query) if b"lang=" in query or b"theme=" in query else {}
    language = chosen.get(LANGUAGE_COOKIE) or crumbs.get(LANGUAGE_COOKIE, "")
    if language not in LANGUAGES:
        language = negotiate(accept_language.decode("latin-1")) if accept_language else DEFAULT_LANGUAGE
    theme = chosen.get(THEME_COOKIE) or crumbs.get(THEME_COOKIE, "")
    return Reader(
        language=language,
        theme=theme if theme in THEMES else "",
        chosen=tuple(chosen.items()),
        anonymous=not authorized and SESSION_COOKIE not in crumbs,
        gzip=compressed,
        if_none_match=if_none_match,
    )


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """The weak comparison of RFC 9110, 13.1.2."""
    if if_none_match == etag or if_none_match == b"*":
        return True
    return any(candidate.strip().removeprefix(b"W/") == etag for candidate in if_none_match.split(b","))


def etag_of(body: bytes, version: str = "") -> str:
    """`"<version>.<hash>"`, or `"<hash>"` without a version."""
    digest = hashlib.sha256(body).hexdigest()[:18]
    return f'"{version}.{digest}"' if version else f'"{digest}"'


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
    start: Message | None = None
    chunks: list[bytes] = field(default_factory=list)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.admission.tags is not None and message["status"] == 200:
                self.start = message
                return
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


def _crumbs(cookies: bytes) -> Mapping[bytes, str]:
    crumbs: dict[bytes, str] = {}
    for crumb in cookies.split(b";"):
        name, _, value = crumb.strip().partition(b"=")
        crumbs[name] = value.decode("latin-1")
    return crumbs


def _chosen(query: bytes) -> Mapping[bytes, str]:
    values = dict(parse_qsl(query.decode("latin-1")))
    return {
        cookie: values[name]
        for cookie, name, allowed in (
            (LANGUAGE_COOKIE, "lang", LANGUAGES),
            (THEME_COOKIE, "theme", _THEME_CHOICES),
        )
        if values.get(name) in allowed
    }


def _is_cached_query(query: bytes) -> bool:
    if not query:
        return True
    return all(name in CACHED_QUERY for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
