"""Lists of contributions: of a topic, on its map, like what is being typed, and a person's own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.page import PageRequest, encode_token, from_micros, from_text, to_micros

from civic_discussion.application.paging import Asked, JsonPage, Page, json_array
from civic_discussion.domain import errors, policy, searching
from civic_discussion.domain.contributions import Contribution
from civic_discussion.domain.history import Similar
from civic_discussion.domain.listing import ALL, ContributionMap, Only, Order
from civic_discussion.domain.participation import Participation, ParticipationKind
from civic_discussion.domain.policy import Viewer
from civic_discussion.store import history, listing, mapping
from civic_discussion.store import participation as participation_store

_SHAPE = (int, int, str)
_SIMILAR = 5
_MINE = "participation of the caller"


class ContributionLists:
    """The verbs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, call: Call, topic_id: UUID, only: Only = ALL, *, order: Order, asked: Asked
    ) -> Page[Contribution]:
        """Raises TOPIC_NOT_FOUND."""
        viewer = _viewer(call)
        scope = _scope(topic_id, only, order)
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=_SHAPE)
        async with self._database.read(call) as work:
            found = await listing.page(
                work, topic_id, only, order=order, after=_after(request), limit=request.size + 1, viewer=viewer
            )
        if found is None:
            raise errors.topic_not_found()
        places = [(item.tally.in_favour, item.create_time, item.id) for item in found[: request.size]]
        return Page(found[: request.size], _token(scope, places, more=len(found) > request.size))

    async def list_as_json(
        self, call: Call, topic_id: UUID, only: Only = ALL, *, order: Order, asked: Asked
    ) -> JsonPage:
        """Raises TOPIC_NOT_FOUND."""
        viewer = _viewer(call)
        scope = _scope(topic_id, only, order)
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=_SHAPE)
        async with self._database.read(call) as work:
            found = await listing.page_as_json(
                work, topic_id, only, order=order, after=_after(request), limit=request.size + 1, viewer=viewer
            )
        if found is None:
            raise errors.topic_not_found()
        shown = found[: request.size]
        token = _token(scope, [place for _, place in shown], more=len(found) > request.size)
        return JsonPage(json_array([item for item, _ in shown]), token)

    async def map(self, call: Call, topic_id: UUID, only: Only) -> ContributionMap:
        """Contributions with a pin. Raises TOPIC_NOT_FOUND."""
        staff = policy.is_staff(call.caller, call.require_tenant())
        async with self._database.read(call) as work:
            found = await mapping.of_topic(work, topic_id, only, staff=staff)
        if found is None:
            raise errors.topic_not_found()
        return found

    async def similar(self, call: Call, topic_id: UUID, text: str) -> Sequence[Similar]:
        """At most five. Raises INVALID_ARGUMENT."""
        call.require_tenant()
        typed = searching.any_words(text)
        if not typed:
            return []
        async with self._database.read(call) as work:
            return await history.similar(work, topic_id, typed, limit=_SIMILAR)

    async def list_mine(self, call: Call, asked: Asked, *, kind: ParticipationKind | None) -> Page[Participation]:
        """What the caller wrote and rated in all tenants, newest first; of one kind where it is given."""
        scope = f"{_MINE} {call.require_subject()} {kind}"
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=(int, str))
        after = None
        if request.position is not None:
            time, last_id = request.position
            after = (from_micros(time), from_text(last_id))
        async with self._database.read(call) as work:
            found = await participation_store.page(work, kind=kind, after=after, limit=request.size + 1)
        if len(found) <= request.size:
            return Page(found, "")
        last = found[request.size - 1]
        return Page(found[: request.size], encode_token(scope, (to_micros(last.create_time), str(last.id))))


def _viewer(call: Call) -> Viewer:
    return policy.viewer(call.caller, call.require_tenant())


def _scope(topic_id: UUID, only: Only, order: Order) -> str:
    if only == ALL:
        return f"contributions of {topic_id}: {order}"
    kept = (only.category, only.label, only.object_id, only.section, only.box)
    return f"contributions of {topic_id}: {order} {kept}"


def _after(request: PageRequest) -> tuple[int, datetime, UUID] | None:
    if request.position is None:
        return None
    in_favour, time, last_id = request.position
    return int(in_favour), from_micros(time), from_text(last_id)


def _token(scope: str, places: list[tuple[int, datetime, UUID]], *, more: bool) -> str:
    if not more:
        return ""
    in_favour, time, last_id = places[-1]
    return encode_token(scope, (in_favour, to_micros(time), str(last_id)))
