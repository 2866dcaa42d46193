"""What readers and staff do with topics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.event import Event
from civic_chassis.kernel.ids import new_id
from civic_chassis.kernel.page import PageRequest, encode_token, from_micros, from_text, refused, to_micros
from civic_chassis.kernel.repeat import Repeat
from civic_participation.domain.places import Bounds
from civic_participation.tenants import ensure_open

from civic_discussion.application.offers import Offers
from civic_discussion.application.paging import Page
from civic_discussion.application.telling import Telling
from civic_discussion.domain import answers, drafts, errors, policy, searching, topics
from civic_discussion.domain.drafts import DraftInput
from civic_discussion.domain.events import DiscussionEvent, TopicChanged, TopicPhaseChanged
from civic_discussion.domain.phases import Phase, due_times
from civic_discussion.domain.settings import Preset
from civic_discussion.domain.topics import Topic
from civic_discussion.store import goals, topic_lists
from civic_discussion.store import objects as object_store
from civic_discussion.store import topics as store
from civic_discussion.store.topic_lists import After, Filter

PHASE_TIMER = "topic_phase"
ARCHIVE_TIMER = "topic_archive"
_SHAPE = (int, int, int, str)

Encode = Callable[[DiscussionEvent], Event]


@dataclass(frozen=True, slots=True)
class TopicQuery:
    """Which topics a list shows; `tenant` narrows the state's list, `drafts` widens the tenant's."""

    page_size: int
    page_token: str
    phase: Phase | None
    query: str
    drafts: bool = False
    tenant: str = ""


class Topics:
    """The verbs; `encode` turns events into messages, `offers` tells everybody, `telling` those who follow, topics lie
    within `bounds`."""

    def __init__(self, database: Database, encode: Encode, offers: Offers, telling: Telling, bounds: Bounds) -> None:
        self._database = database
        self._encode = encode
        self._offers = offers
        self._telling = telling
        self._bounds = bounds

    async def get(self, call: Call, topic_id: UUID) -> Topic:
        """Raises TOPIC_NOT_FOUND, also for a draft that the caller may not see."""
        tenant = call.require_tenant()
        async with self._database.read(call) as work:
            return policy.require_visible(await store.get(work, topic_id), call.caller, tenant)

    async def list_of_tenant(self, call: Call, asked: TopicQuery) -> Page[Topic]:
        """Raises ROLE_REQUIRED for drafts where the caller is no staff of the tenant."""
        tenant = call.require_tenant()
        if asked.drafts:
            policy.require_staff(call.caller, tenant)
        scope = f"topics of {tenant}: {asked.phase} {asked.drafts} {asked.query}"
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=_SHAPE)
        wanted = Filter(phase=asked.phase, words=searching.words(asked.query), drafts=asked.drafts)
        at, after = _continued(request, call)
        async with self._database.read(call) as work:
            found = await topic_lists.list_of_tenant(
                work, wanted, at=at, after=after, limit=request.size + 1, viewer=policy.viewer(call.caller, tenant)
            )
        return _page(found, request.size, at=at, scope=scope)

    async def list_of_state(self, call: Call, asked: TopicQuery) -> Page[Topic]:
        """Published topics of all tenants."""
        policy.check_tenant_filter(asked.tenant)
        scope = f"topics of the state: {asked.phase} {asked.tenant} {asked.query}"
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=_SHAPE)
        wanted = Filter(phase=asked.phase, words=searching.words(asked.query), tenant=asked.tenant)
        at, after = _continued(request, call)
        async with self._database.read(call) as work:
            found = await topic_lists.list_of_state(work, wanted, at=at, after=after, limit=request.size + 1)
        return _page(found, request.size, at=at, scope=scope)

    async def create(self, call: Call, given: DraftInput, repeat: Repeat) -> Topic:
        """A draft. Raises INVALID_ARGUMENT."""
        tenant = call.require_tenant()
        topic = topics.drafted(new_id(), tenant=tenant, draft=drafts.checked(given, self._bounds), at=call.received_at)
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            earlier = await work.remembered(repeat.request_id, repeat.fingerprint, topic.id)
            if earlier is not None:
                return policy.require_visible(await store.get(work, UUID(earlier)), call.caller, tenant)
            await store.add(work, topic)
            work.audit("topic.create", "topic", topic.id, {})
        return topic

    async def update(self, call: Call, topic_id: UUID, expected: str, given: DraftInput) -> Topic:
        """Raises TOPIC_NOT_FOUND, ETAG_REQUIRED, ETAG_MISMATCH, INVALID_ARGUMENT, TOPIC_DATES_FIXED,
        TOPIC_PRESET_FIXED, TOPIC_CLOSED_FIXED, TOPIC_OUTCOME_MISSING or TOPIC_TEXT_MISSING."""
        draft = drafts.checked(given, self._bounds)
        async with self._database.unit_of_work(call) as work:
            before = await self._locked(work, topic_id, expected, required=True)
            after = topics.edited(before, draft, at=call.received_at)
            await _require_text(work, after)
            await self._write(work, before, after, "topic.update", {})
        return after

    async def publish(self, call: Call, topic_id: UUID, expected: str) -> Topic:
        """Raises TOPIC_NOT_FOUND, ETAG_MISMATCH, TOPIC_ENDED, OBJECTS_INCOMPLETE or TOPIC_TEXT_MISSING."""
        async with self._database.unit_of_work(call) as work:
            before = await self._locked(work, topic_id, expected, required=False)
            after = topics.published(before, at=call.received_at)
            lacking = [] if before.published else await object_store.incomplete(work, topic_id)
            if lacking:
                raise errors.objects_incomplete(lacking)
            await _require_text(work, after)
            await self._write(work, before, after, "topic.publish", {})
        return after

    async def extend(
        self, call: Call, topic_id: UUID, expected: str, *, end_time: datetime | None, reason: str
    ) -> Topic:
        """Raises TOPIC_NOT_FOUND, ETAG_MISMATCH, TOPIC_NOT_PUBLISHED or INVALID_ARGUMENT."""
        async with self._database.unit_of_work(call) as work:
            before = await self._locked(work, topic_id, expected, required=False)
            after = topics.extended(before, end_time=end_time, reason=reason, at=call.received_at)
            details = {
                "previous_end_time": errors.rfc3339(before.schedule.end_time),
                "end_time": errors.rfc3339(after.schedule.end_time),
                "reason": after.extensions[-1].reason,
            }
            await self._write(work, before, after, "topic.extend", details)
        return after

    async def end(self, call: Call, topic_id: UUID, expected: str, *, reason: str) -> Topic:
        """Raises TOPIC_NOT_FOUND, ETAG_MISMATCH, TOPIC_NOT_PUBLISHED, TOPIC_ENDED or INVALID_ARGUMENT."""
        async with self._database.unit_of_work(call) as work:
            before = await self._locked(work, topic_id, expected, required=False)
            after = topics.ended(before, reason=reason, at=call.received_at)
            details = {"previous_end_time": errors.rfc3339(before.schedule.end_time), "reason": after.end_reason}
            await self._write(work, before, after, "topic.end", details)
        return after

    async def begin_phase(self, work: UnitOfWork, topic_id: UUID, phase: Phase, due_at: datetime) -> None:
        """Tells everybody that the clock moved the topic, in the transaction that removes the timer."""
        topic = await store.get(work, topic_id)
        if topic is None or topic.schedule.begin_of(phase) != due_at:
            return
        if phase is Phase.ARCHIVED and topic.outcome is None:
            # The service was down when it was to be looked at.
            await self.keep_out_of_archive(work, topic_id)
            return
        work.stage(self._encode(TopicPhaseChanged(topic.id, topic.row_version, phase, due_at)))
        await self._telling.phase_begun(work, topic, phase, due_at)

    async def publish_outcome(self, call: Call, topic_id: UUID, expected: str, texts: Mapping[str, str]) -> Topic:
        """Raises TOPIC_NOT_FOUND, ETAG_MISMATCH, TOPIC_NOT_PUBLISHED, TOPIC_NOT_ENDED or INVALID_ARGUMENT."""
        outcome = answers.outcome(texts, at=call.received_at)
        async with self._database.unit_of_work(call) as work:
            before = await self._locked(work, topic_id, expected, required=False)
            after = topics.with_outcome(before, outcome)
            await self._write(work, before, after, "topic.outcome", {})
            if after is not before:
                await self._telling.outcome_told(work, after)
        return after

    async def keep_out_of_archive(self, work: UnitOfWork, topic_id: UUID) -> None:
        """A timer's work: what nobody told the outcome of does not disappear into the archive."""
        topic = await store.get_for_update(work, topic_id)
        if topic is None:
            return
        after = topics.waiting_for_outcome(topic, at=work.call.received_at)
        await self._write(
            work, topic, after, "topic.wait", {"archive_time": errors.rfc3339(after.schedule.archive_time)}
        )

    async def _locked(self, work: UnitOfWork, topic_id: UUID, expected: str, *, required: bool) -> Topic:
        await ensure_open(work)
        topic = await store.get_for_update(work, topic_id)
        if topic is None:
            raise errors.topic_not_found()
        etag.check(expected, topic.row_version, required)
        return topic

    async def _write(self, work: UnitOfWork, before: Topic, after: Topic, action: str, details: dict[str, str]) -> None:
        if after is before:
            return
        await store.change(work, after)
        work.audit(action, "topic", after.id, details)
        if not after.published:
            return
        if after.settings.support_goal != before.settings.support_goal:
            await goals.check(work, after.id, after.settings.support_goal)
        if not after.settings.closed:
            await store.put_card(work, after)
        await self._offers.tell(work, after)
        self._telling.set_reminder(work, after)
        self._telling.set_owed(work, after)
        _set_archive_check(work, after)
        for phase, due in due_times(
            before.schedule if before.published else None, after.schedule, work.call.received_at
        ).items():
            key = f"{after.id}/{phase}"
            if due is None:
                work.clear_timer(PHASE_TIMER, key)
            else:
                work.set_timer(PHASE_TIMER, key, due)
        # Events are heard by every service: of a closed topic they say no word.
        said = ("", "") if after.settings.closed else (after.texts.title, after.texts.teaser)
        work.stage(self._encode(TopicChanged(after.id, after.row_version, *said, after.schedule)))


def _set_archive_check(work: UnitOfWork, topic: Topic) -> None:
    check = topics.archive_check_time(topic, at=work.call.received_at)
    if check is None:
        work.clear_timer(ARCHIVE_TIMER, topic.id)
    else:
        work.set_timer(ARCHIVE_TIMER, topic.id, check)


async def _require_text(work: UnitOfWork, topic: Topic) -> None:
    """What everybody sees of a topic on a text has one. Raises TOPIC_TEXT_MISSING."""
    if topic.published and topic.settings.preset is Preset.TEXT and not await object_store.text_keys(work, topic.id):
        raise errors.topic_text_missing()


def _continued(request: PageRequest, call: Call) -> tuple[datetime, After | None]:
    """All pages of a list show the order of the instant at which the first one was read."""
    if request.position is None:
        return call.received_at, None
    at, rank, time, topic_id = request.position
    if rank not in range(len(topic_lists.RANKS)):
        raise refused()
    return from_micros(at), After(int(rank), from_micros(time), from_text(topic_id))


def _page(found: list[Topic], size: int, *, at: datetime, scope: str) -> Page[Topic]:
    if len(found) <= size:
        return Page(found, "")
    last = topic_lists.place_in_list(found[size - 1], at=at)
    position = (to_micros(at), last.rank, to_micros(last.time), str(last.id))
    return Page(found[:size], encode_token(scope, position))
