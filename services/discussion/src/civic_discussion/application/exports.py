"""Reading a topic's export, page by page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from civic_chassis.db import Database, Reading
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import Violation, ViolationReason, invalid
from civic_chassis.kernel.page import PageRequest, encode_token, from_micros, from_text, refused, to_micros

from civic_discussion.application.paging import Asked, json_array
from civic_discussion.domain import errors, policy
from civic_discussion.store import exports as store
from civic_discussion.store.exports import Place, Rows, Wanted

_SHAPE = (int, int, str, str)
_Read = Callable[[Reading, Wanted], Awaitable[Rows | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuery:
    """Which page of which topic; `as_of` None means the moment of the call."""

    topic_id: UUID
    page: Asked
    public_only: bool
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Items as a JSON array; `full` where they hold what staff alone may see."""

    items_json: bytes
    next_page_token: str
    as_of: datetime
    full: bool


class Exports:
    """The verbs. A page is a read of its own: what is hidden while an export runs is missing in the rest of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def contributions(self, call: Call, query: ExportQuery) -> ExportPage:
        """Raises TOPIC_NOT_FOUND, PAGE_TOKEN_INVALID or INVALID_ARGUMENT."""
        return await self._page(call, query, "contributions", store.contributions)

    async def comments(self, call: Call, query: ExportQuery) -> ExportPage:
        """Raises TOPIC_NOT_FOUND, PAGE_TOKEN_INVALID or INVALID_ARGUMENT."""
        return await self._page(call, query, "comments", store.comments)

    async def _page(self, call: Call, query: ExportQuery, what: str, read: _Read) -> ExportPage:
        staff = policy.is_staff(call.caller, call.require_tenant())
        full = staff and not query.public_only
        scope = f"export of {what} of {query.topic_id}: {full}"
        size = _size(query.page.page_size)
        request = PageRequest.parse(0, query.page.page_token, scope=scope, shape=_SHAPE)
        as_of, after = _continued(request, query.as_of or call.received_at)
        wanted = Wanted(topic_id=query.topic_id, full=full, staff=staff, as_of=as_of, after=after, limit=size)
        async with self._database.read(call) as work:
            rows = await read(work, wanted)
        if rows is None:
            raise errors.topic_not_found()
        return ExportPage(json_array(rows.items), _token(scope, as_of, rows), as_of, full)


def _size(asked: int) -> int:
    if not 0 <= asked <= store.PAGE_MAX:
        limits = {"min": "0", "max": str(store.PAGE_MAX)}
        raise invalid(Violation("page_size", ViolationReason.OUT_OF_RANGE, "is out of range", limits))
    return asked or store.PAGE_MAX


def _continued(request: PageRequest, as_of: datetime) -> tuple[datetime, Place | None]:
    """All pages hold what was received until the instant of the first one."""
    if request.position is None:
        return as_of, None
    began, time, last_id, path = request.position
    try:
        return from_micros(began), Place(from_micros(time), from_text(last_id), bytes.fromhex(str(path)))
    except ValueError:
        raise refused() from None


def _token(scope: str, as_of: datetime, rows: Rows) -> str:
    if not rows.more or rows.last is None:
        return ""
    last = rows.last
    return encode_token(scope, (to_micros(as_of), to_micros(last.time), str(last.id), last.path.hex()))
