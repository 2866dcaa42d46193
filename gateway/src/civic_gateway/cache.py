"""The store of ready answers: by key, bounded, and dropped by the tags of what changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic, time
from typing import Final

from starlette.types import Message

_AWAY_SECONDS: Final = 1.0
_CHANGES_KEPT: Final = 10_000

# Path, query, language, theme, compressed.
Key = tuple[str, bytes, str, str, bool]


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
    joined: int = 0
    dropped: int = 0
    refused: int = 0


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
    def keeps_nothing(self) -> bool:
        """Whether there is no memory for answers at all."""
        return self._max_bytes == 0

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
        if not self.is_current(entry, begun=begun) or entry.size > self._max_bytes // 8:
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

    def is_current(self, entry: Entry, *, begun: int) -> bool:
        """Whether nothing that the entry shows has changed since its read began."""
        return begun >= self._floor and not any(self._changed.get(tag, 0) > begun for tag in entry.tags)

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
