"""Sessions: begun at sign-in, found by the cookie, kept alive by refreshing, ended by signing out anywhere."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import Final

from civic_chassis.kernel.clock import Clock

from civic_gateway.oidc.bucket import Bucket, BucketAway, Changed
from civic_gateway.oidc.provider import Provider, Refused
from civic_gateway.oidc.records import Record
from civic_gateway.oidc.seal import Seal, is_crumb, new_crumb
from civic_gateway.oidc.tokens import InvalidToken, Logout, ProviderAway, Tokens
from civic_gateway.session import Session, Standing

# Refreshed in the background from here on, and waited for when the token is as good as over.
REFRESH_SECONDS: Final = 60.0
MARGIN_SECONDS: Final = 5.0
# Longer than a request to the realm may take, so that no second gateway uses the same refresh token.
_CLAIM_SECONDS: Final = 15.0
_WAIT_SECONDS: Final = 6.0
_POLL_SECONDS: Final = 0.05
_KEPT: Final = 20_000
_KEPT_SECONDS: Final = 30.0
_WRITE_ATTEMPTS: Final = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """How a session stands; `session` is there when somebody is signed in."""

    standing: Standing
    session: Session | None = None


@dataclass(slots=True)
class _Kept:
    record: Record
    session: Session
    read_at: float


_ENDED: Final = Found(Standing.ENDED)
_PAUSED: Final = Found(Standing.PAUSED)


class Sessions:
    """The sessions of all gateways. What this gateway has read it keeps in memory until another one changes it."""

    def __init__(self, bucket: Bucket, provider: Provider, *, secret: bytes, clock: Clock) -> None:
        self._bucket = bucket
        self._provider = provider
        self._secret = secret
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._refreshing: dict[str, asyncio.Task[Found]] = {}
        self._reading: dict[str, asyncio.Task[_Kept | None]] = {}
        # What was changed while it is being read: the answer and the news overtake each other.
        self._changed: set[str] = set()

    async def watch(self) -> None:
        """Hears from now on what other gateways change; for every new connection to NATS."""
        await self._bucket.watch(self.forget)
        self._kept.clear()

    def forget(self, name: str) -> None:
        """Another gateway changed or ended the session."""
        self._kept.pop(name, None)
        if name in self._reading:
            self._changed.add(name)

    async def begin(self, tokens: Tokens) -> str:
        """The value of the new session's cookie. Raises BucketAway, and Changed when it was ended already."""
        record = Record.of(tokens)
        seal = self._seal(new_crumb())
        # First the index: a logout in between finds it, and leaves a mark that refuses the session.
        await self._bucket.put(self._index(seal.name, sid=record.sid, subject=record.subject), b"")
        await self._bucket.replace(seal.name, seal.close(record.encode()), revision=0)
        return seal.crumb

    async def find(self, crumb: str) -> Found:
        """The session of a cookie, refreshed where it is time."""
        if not is_crumb(crumb):
            return _ENDED
        seal = self._seal(crumb)
        kept = self._kept.get(seal.name)
        if kept is None or (self._bucket.connected and monotonic() - kept.read_at > _KEPT_SECONDS):
            try:
                kept = await self._read(seal)
            except BucketAway:
                # What is known goes on to count: a bucket that is away also ends nothing.
                if kept is None:
                    return _PAUSED
            if kept is None:
                return _ENDED
        left = kept.record.access_ends - self._now()
        if left > REFRESH_SECONDS:
            return Found(Standing.SIGNED_IN, kept.session)
        refreshing = self._refresh(seal)
        if left > MARGIN_SECONDS:
            return Found(Standing.SIGNED_IN, kept.session)
        # Shielded: a client that goes away must not leave a used refresh token behind.
        return await asyncio.shield(refreshing)

    async def end(self, crumb: str) -> Record | None:
        """Ends the session of a cookie; what it was. Raises BucketAway."""
        if not is_crumb(crumb):
            return None
        seal = self._seal(crumb)
        entry = await self._bucket.read(seal.name)
        if entry is None:
            return None
        record = self._decode(seal, entry.value)
        await self._remove(seal.name)
        if record is not None:
            await self._bucket.erase(self._index(seal.name, sid=record.sid, subject=record.subject))
        return record

    async def end_all(self, logout: Logout) -> int:
        """Ends what a logout token names, wherever it was begun; how many. Raises BucketAway."""
        pattern = self._index("*", sid=logout.sid or "*", subject=logout.subject or "*")
        keys = await self._bucket.keys(pattern)
        for key in keys:
            await self._remove(key.rpartition(".")[2])
            await self._bucket.erase(key)
        return len(keys)

    async def is_new(self, token_id: str) -> bool:
        """Whether a logout token comes for the first time. Raises BucketAway."""
        try:
            await self._bucket.create(f"logout.{self._digest('logout', token_id)}", b"")
        except Changed:
            return False
        return True

    async def close(self) -> None:
        """Lets refreshing end: its result would be lost, and with it the session."""
        if self._refreshing:
            await asyncio.wait(list(self._refreshing.values()), timeout=_WAIT_SECONDS)

    def _refresh(self, seal: Seal) -> asyncio.Task[Found]:
        """Once at a time for each session."""
        task = self._refreshing.get(seal.name)
        if task is None:
            task = self._refreshing[seal.name] = asyncio.create_task(self._refreshed(seal))
            task.add_done_callback(lambda _: self._refreshing.pop(seal.name, None))
        return task

    async def _refreshed(self, seal: Seal) -> Found:
        """Refreshes, or waits for the gateway that does."""
        deadline = monotonic() + _WAIT_SECONDS
        try:
            while monotonic() < deadline:
                entry = await self._bucket.read(seal.name)
                record = self._decode(seal, entry.value) if entry is not None else None
                if entry is None or record is None:
                    return _ENDED
                if record.access_ends - self._now() > REFRESH_SECONDS:
                    return Found(Standing.SIGNED_IN, self._keep(seal, record).session)
                if record.refresh_ends <= self._now():
                    await self._remove(seal.name)
                    return _ENDED
                if self._provider.resting:
                    return _PAUSED
                if record.claimed_until > self._now():
                    await asyncio.sleep(_POLL_SECONDS)
                    continue
                claim = record.claimed(self._now() + _CLAIM_SECONDS)
                try:
                    revision = await self._bucket.replace(
                        seal.name, seal.close(claim.encode()), revision=entry.revision
                    )
                except Changed:
                    continue
                return await self._exchange(seal, record, revision)
        except BucketAway:
            pass
        return _PAUSED

    async def _exchange(self, seal: Seal, record: Record, revision: int) -> Found:
        """`revision` is that of the claim."""
        try:
            tokens = await self._provider.refresh(record.refresh_token)
        except ProviderAway:
            await self._store(seal, record, revision)
            return _PAUSED
        except (Refused, InvalidToken) as error:
            _log.info("a session ends: %s", error)
            await self._remove(seal.name)
            return _ENDED
        return await self._store(seal, Record.of(tokens), revision)

    async def _store(self, seal: Seal, record: Record, revision: int) -> Found:
        """Writes over the claim. Tokens that cannot be stored now are good for this gateway until they end."""
        for attempt in range(_WRITE_ATTEMPTS):
            try:
                await self._bucket.replace(seal.name, seal.close(record.encode()), revision=revision)
                break
            except Changed:
                # It was ended meanwhile, or this very write arrived and its answer got lost.
                self.forget(seal.name)
                return Found(Standing.SIGNED_IN, kept.session) if (kept := await self._reread(seal)) else _ENDED
            except BucketAway:
                await asyncio.sleep(_POLL_SECONDS * 2**attempt)
        return Found(Standing.SIGNED_IN, self._keep(seal, record).session)

    async def _reread(self, seal: Seal) -> _Kept | None:
        try:
            return await self._read(seal)
        except BucketAway:
            return None

    async def _read(self, seal: Seal) -> _Kept | None:
        """Once at a time for each session."""
        task = self._reading.get(seal.name)
        if task is None:
            task = self._reading[seal.name] = asyncio.create_task(self._read_now(seal))
            task.add_done_callback(lambda done: self._has_read(seal.name, done))
        return await asyncio.shield(task)

    async def _read_now(self, seal: Seal) -> _Kept | None:
        entry = await self._bucket.read(seal.name)
        if seal.name in self._changed:
            self._changed.discard(seal.name)
            entry = await self._bucket.read(seal.name)
        record = self._decode(seal, entry.value) if entry is not None else None
        if record is None:
            self._kept.pop(seal.name, None)
            return None
        return self._keep(seal, record)

    def _has_read(self, name: str, done: asyncio.Task[_Kept | None]) -> None:
        self._reading.pop(name, None)
        self._changed.discard(name)
        if not done.cancelled():
            done.exception()  # raised where it was awaited; nobody may have stayed that long

    def _keep(self, seal: Seal, record: Record) -> _Kept:
        session = Session(
            subject=record.subject,
            name=record.name,
            access_token=record.access_token,
            csrf=seal.derive("csrf"),
            tenant_roles=record.tenant_roles,
            realm_roles=record.realm_roles,
        )
        kept = self._kept[seal.name] = _Kept(record, session, monotonic())
        self._kept.move_to_end(seal.name)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return kept

    async def _remove(self, name: str) -> None:
        self.forget(name)
        await self._bucket.remove(name)

    def _seal(self, crumb: str) -> Seal:
        return Seal(crumb, "session", self._secret)

    def _decode(self, seal: Seal, closed: bytes) -> Record | None:
        encoded = seal.open(closed)
        return Record.decode(encoded) if encoded is not None else None

    def _index(self, name: str, *, sid: str, subject: str) -> str:
        """The key that finds a session by sign-in or person; `*` stands for any."""
        return f"by.{self._digest('subject', subject)}.{self._digest('sid', sid)}.{name}"

    def _digest(self, kind: str, value: str) -> str:
        if value == "*":
            return value
        return hmac.new(self._secret, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]

    def _now(self) -> float:
        return self._clock.now().timestamp()
