"""Leaving by the link in a mail: the token is the permission."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from civic_chassis.db import Database, Reading, UnitOfWork
from civic_chassis.kernel.call import Call

from civic_notification.domain import errors, tokens
from civic_notification.domain.events import Encode, FollowingEnded
from civic_notification.domain.followings import RHYTHM_WORDS, Following, Rhythm
from civic_notification.domain.tokens import Leaving, Scope
from civic_notification.store import followings as store
from civic_notification.store import recipients

_LEFT = frozenset({Scope.OBJECT, Scope.DIGEST, Scope.KIND})


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a token would end; `active` says whether there is anything left."""

    scope: Scope
    active: bool
    title: str = ""
    kind: str = ""
    tenant: str = ""


class Unsubscribing:
    """The verbs; `secret` is that of the tokens, `encode` turns events into messages."""

    def __init__(self, database: Database, secret: bytes, encode: Encode) -> None:
        self._database = database
        self._secret = secret
        self._encode = encode

    async def get(self, call: Call, token: str) -> Subscription:
        """Raises TOKEN_UNKNOWN."""
        leaving = self._read(token)
        async with self._database.read(call) as work:
            subject = await _subject(work, leaving)
            return await self._subscription(work, subject, leaving)

    async def leave(self, call: Call, token: str) -> None:
        """Raises TOKEN_UNKNOWN; leaving again changes nothing."""
        leaving = self._read(token)
        async with self._database.unit_of_work(call) as work:
            subject = await _subject(work, leaving)
            match leaving.scope:
                case Scope.OBJECT:
                    ended = await store.remove_id(work, UUID(leaving.detail), subject)
                    self._stage(work, [ended] if ended else [])
                case Scope.DIGEST:
                    rhythm = RHYTHM_WORDS[leaving.detail]
                    self._stage(work, await store.remove_digest(work, subject, leaving.tenant, rhythm))
                case Scope.KIND:
                    await store.put_preference(work, subject, leaving.detail, Rhythm.NEVER)

    def _stage(self, work: UnitOfWork, ended: Iterable[store.Ended]) -> None:
        for tenant, followed in ended:
            work.stage(self._encode(FollowingEnded(followed.kind, followed.id)), tenant=tenant)

    def _read(self, token: str) -> Leaving:
        leaving = tokens.read(token, self._secret)
        if leaving is None or leaving.scope not in _LEFT:
            raise errors.token_unknown()
        return leaving

    async def _subscription(self, work: Reading, subject: str, leaving: Leaving) -> Subscription:
        match leaving.scope:
            case Scope.OBJECT:
                found: Following | None = await store.of_id(work, UUID(leaving.detail), subject)
                title = found.title if found is not None else ""
                return Subscription(leaving.scope, found is not None, title=title, tenant=leaving.tenant)
            case Scope.DIGEST:
                rhythm = RHYTHM_WORDS[leaving.detail]
                count = await store.count_of_digest(work, subject, leaving.tenant, rhythm)
                return Subscription(leaving.scope, count > 0, tenant=leaving.tenant)
            case Scope.KIND:
                said = await store.preferences(work, subject)
                active = said.get(leaving.detail) is not Rhythm.NEVER
                return Subscription(leaving.scope, active, kind=leaving.detail)
            case _:
                raise errors.token_unknown()


async def _subject(work: Reading | UnitOfWork, leaving: Leaving) -> str:
    subject = await recipients.subject_of(work, leaving.recipient)
    if subject is None:
        raise errors.token_unknown()
    return subject
