"""What people do with what they follow, and with their preferences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import Violation, invalid
from civic_chassis.kernel.ids import new_id
from civic_chassis.kernel.page import PageRequest, encode_token, refused
from civic_participation.domain.notices import NoticeKind
from civic_participation.tenants import ensure_open

from civic_notification.domain import errors, followings
from civic_notification.domain.events import Encode, FollowingEnded, FollowingStarted
from civic_notification.domain.followings import FOLLOWINGS_MAX, Following, Preference, Rhythm
from civic_notification.domain.kinds import RULES
from civic_notification.store import followings as store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Followings and the token of the page after them, empty on the last one."""

    items: Sequence[Following]
    next_page_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asks to follow, unchecked."""

    kind: str
    id: str
    rhythm: Rhythm | None
    title: str
    path: str


class Followings:
    """The verbs; `encode` turns events into messages."""

    def __init__(self, database: Database, encode: Encode) -> None:
        self._database = database
        self._encode = encode

    async def put(self, call: Call, wanted: Wanted) -> Following:
        """Raises INVALID_ARGUMENT or TOO_MANY_FOLLOWINGS."""
        tenant, subject = call.require_tenant(), call.require_subject()
        followed, title = followings.checked(
            wanted.kind, wanted.id, rhythm=wanted.rhythm, title=wanted.title, path=wanted.path
        )
        assert wanted.rhythm is not None  # noqa: S101 - checked above, for the type checker
        made = Following(
            tenant=tenant,
            object=followed,
            rhythm=wanted.rhythm,
            title=title,
            path=wanted.path,
            create_time=call.received_at,
            id=new_id(),
        )
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            kept = await store.put(work, subject, made)
            if kept.id == made.id and await store.count(work, subject) > FOLLOWINGS_MAX:
                raise errors.too_many_followings(FOLLOWINGS_MAX)
            if kept.id == made.id:
                work.stage(self._encode(FollowingStarted(followed.kind, followed.id)))
        return kept

    async def remove(self, call: Call, kind: str, object_id: str) -> None:
        """Also where the tenant takes no part any more: leaving is always possible. Raises INVALID_ARGUMENT."""
        tenant, subject = call.require_tenant(), call.require_subject()
        followed = followings.checked_object(kind, object_id)
        async with self._database.unit_of_work(call) as work:
            if await store.remove(work, tenant, followed, subject):
                work.stage(self._encode(FollowingEnded(followed.kind, followed.id)))

    async def get(self, call: Call, kind: str, object_id: str) -> Following:
        """Raises INVALID_ARGUMENT or FOLLOWING_NOT_FOUND."""
        tenant, subject = call.require_tenant(), call.require_subject()
        followed = followings.checked_object(kind, object_id)
        async with self._database.read(call) as work:
            found = await store.get(work, tenant, followed, subject)
        if found is None:
            raise errors.following_not_found()
        return found

    async def list_mine(self, call: Call, *, page_size: int, page_token: str) -> Page:
        """Newest first."""
        subject = call.require_subject()
        scope = f"followings of {subject}"
        request = PageRequest.parse(page_size, page_token, scope=scope, shape=(int, str))
        after = _after(request)
        async with self._database.read(call) as work:
            found = await store.page(work, subject, after=after, limit=request.size + 1)
        shown = found[: request.size]
        if len(found) <= request.size:
            return Page(shown, "")
        last = shown[-1]
        return Page(shown, encode_token(scope, ((last.create_time - _EPOCH) // _MICROSECOND, str(last.id))))

    async def preferences(self, call: Call) -> Sequence[Preference]:
        """One for each kind of notice."""
        subject = call.require_subject()
        async with self._database.read(call) as work:
            said = await store.preferences(work, subject)
        return [Preference(kind.value, said.get(kind.value)) for kind in RULES]

    async def prefer(self, call: Call, kind: str, rhythm: Rhythm | None) -> Preference:
        """Raises INVALID_ARGUMENT for a kind that is none."""
        subject = call.require_subject()
        if kind not in {known.value for known in NoticeKind}:
            raise invalid(Violation("kind", "MALFORMED", "names no kind of notice"))
        async with self._database.unit_of_work(call) as work:
            await store.put_preference(work, subject, kind, rhythm)
        return Preference(kind, rhythm)


def _after(request: PageRequest) -> tuple[datetime, UUID] | None:
    if request.position is None:
        return None
    micros, last_id = request.position
    try:
        return _EPOCH + _MICROSECOND * int(micros), UUID(str(last_id))
    except (ValueError, OverflowError):
        raise refused() from None
