"""Following without an account: the question to an address, its answer, and what the address follows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from civic_chassis.db import Database, Reading, UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import Violation, invalid
from civic_chassis.kernel.ids import new_id
from civic_participation.tenants import ensure_open

from civic_notification.application.followings import Wanted
from civic_notification.domain import errors, followings, tokens
from civic_notification.domain.events import Encode, FollowingEnded, FollowingStarted
from civic_notification.domain.followings import FOLLOWINGS_MAX, Following, Rhythm
from civic_notification.domain.guests import QUESTIONS_A_DAY, Question, checked_address
from civic_notification.domain.recipients import checked_language
from civic_notification.domain.tokens import Leaving, Scope
from civic_notification.store import followings as store
from civic_notification.store import guests, recipients

_DAY = timedelta(days=1)


class Guests:
    """The verbs; `secret` is that of the tokens, `encode` turns events into messages."""

    def __init__(self, database: Database, secret: bytes, encode: Encode) -> None:
        self._database = database
        self._secret = secret
        self._encode = encode

    async def ask(self, call: Call, address: str, language: str, wanted: Wanted) -> None:
        """Writes to the address, unless it was asked too often or wants no questions: the caller learns neither.

        Raises INVALID_ARGUMENT.
        """
        tenant, at = call.require_tenant(), call.received_at
        address, language = checked_address(address), checked_language(language)
        followed, title = followings.checked(
            wanted.kind, wanted.id, rhythm=wanted.rhythm, title=wanted.title, path=wanted.path
        )
        assert wanted.rhythm is not None  # noqa: S101 - checked above, for the type checker
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            # The row is locked by the upsert: of questions at the same time each sees the others.
            subject = await guests.keep(work, recipient_id=new_id(), address=address, language=language)
            asked = await guests.count_since(work, subject, at - _DAY)
            if asked >= QUESTIONS_A_DAY or await guests.refuses(work, subject):
                return
            made = Following(
                tenant=tenant,
                object=followed,
                rhythm=wanted.rhythm,
                title=title,
                path=wanted.path,
                create_time=at,
                id=new_id(),
            )
            await guests.ask(work, Question(made.id, subject, made, at, None))

    async def question(self, call: Call, token: str) -> Question:
        """Raises TOKEN_UNKNOWN or QUESTION_EXPIRED."""
        leaving = self._read(token, Scope.QUESTION)
        async with self._database.read(call) as work:
            return await _question(work, leaving, call)

    async def confirm(self, call: Call, token: str) -> str:
        """Follows; again changes nothing. The token by which the address manages what it follows.

        Raises TOKEN_UNKNOWN, QUESTION_EXPIRED or TOO_MANY_FOLLOWINGS.
        """
        leaving = self._read(token, Scope.QUESTION)
        async with self._database.unit_of_work(call) as work:
            found = await _question(work, leaving, call)
            if found.confirm_time is None:
                made = replace(found.following, create_time=call.received_at, confirm_time=call.received_at)
                kept = await store.put(work, found.subject, made)
                if kept.id == made.id:
                    if await store.count(work, found.subject) > FOLLOWINGS_MAX:
                        raise errors.too_many_followings(FOLLOWINGS_MAX)
                    work.stage(self._encode(FollowingStarted(made.object.kind, made.object.id)), tenant=made.tenant)
                await guests.confirm(work, found.id)
                await guests.seen(work, found.subject)
        return tokens.sign(Leaving(leaving.recipient, Scope.MANAGE, ""), self._secret)

    async def followings(self, call: Call, token: str) -> Sequence[Following]:
        """Newest first. Raises TOKEN_UNKNOWN."""
        leaving = self._read(token, Scope.MANAGE)
        async with self._database.read(call) as work:
            return await store.page(work, await _subject(work, leaving), after=None, limit=FOLLOWINGS_MAX)

    async def change(
        self, call: Call, token: str, *, tenant: str, kind: str, object_id: str, rhythm: Rhythm | None
    ) -> None:
        """NEVER ends it. Raises TOKEN_UNKNOWN, or INVALID_ARGUMENT naming what is wrong."""
        leaving = self._read(token, Scope.MANAGE)
        followed = followings.checked_object(kind, object_id)
        if rhythm is None:
            raise invalid(Violation("rhythm", "NOT_ALLOWED", "must be a rhythm", {"allowed": "now, daily, weekly"}))
        async with self._database.unit_of_work(call) as work:
            subject = await _subject(work, leaving)
            await guests.seen(work, subject)
            if rhythm is Rhythm.NEVER:
                if await store.remove(work, tenant, followed, subject):
                    work.stage(self._encode(FollowingEnded(followed.kind, followed.id)), tenant=tenant)
                return
            found = await store.get(work, tenant, followed, subject)
            if found is not None:
                await store.put(work, subject, replace(found, rhythm=rhythm))

    def _read(self, token: str, scope: Scope) -> Leaving:
        leaving = tokens.read(token, self._secret)
        if leaving is None or leaving.scope is not scope:
            raise errors.token_unknown()
        return leaving


async def _question(work: Reading | UnitOfWork, leaving: Leaving, call: Call) -> Question:
    subject = await recipients.subject_of(work, leaving.recipient)
    found = await guests.question(work, UUID(leaving.detail), subject) if subject is not None else None
    if found is None or not found.open_at(call.received_at):
        raise errors.question_expired()
    return found


async def _subject(work: Reading | UnitOfWork, leaving: Leaving) -> str:
    subject = await recipients.subject_of(work, leaving.recipient)
    if subject is None:
        raise errors.token_unknown()
    return subject
