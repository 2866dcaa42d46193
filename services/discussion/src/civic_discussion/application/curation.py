"""What staff does with contributions: answers, merges, splits, moves."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import Violation, ViolationReason, invalid
from civic_chassis.kernel.ids import new_id
from civic_chassis.kernel.repeat import Repeat
from civic_participation.tenants import ensure_open

from civic_discussion.application.telling import Telling
from civic_discussion.application.topics import Encode
from civic_discussion.domain import answers, content, contributions, errors, policy
from civic_discussion.domain.answers import AnswerState
from civic_discussion.domain.contributions import Contribution, State
from civic_discussion.domain.events import (
    ContributionAnswered,
    ContributionChanged,
    ContributionCreated,
    ContributionRemoved,
)
from civic_discussion.domain.history import SOURCES_MAX, OriginKind
from civic_discussion.domain.topics import Frame
from civic_discussion.store import contributions as contribution_store
from civic_discussion.store import curation as store
from civic_discussion.store import goals, history
from civic_discussion.store import topics as topic_store


class Curation:
    """The verbs; `encode` turns events into messages, `telling` tells who wrote."""

    def __init__(self, database: Database, encode: Encode, telling: Telling) -> None:
        self._database = database
        self._encode = encode
        self._telling = telling

    async def answer(self, call: Call, contribution_id: UUID, *, state: AnswerState, text: str) -> Contribution:
        """Raises CONTRIBUTION_NOT_FOUND, CONTRIBUTION_NOT_PUBLIC or INVALID_ARGUMENT."""
        answer = answers.answered(state, text, at=call.received_at)
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            before, _ = await _locked(work, contribution_id)
            after = contributions.with_answer(before, answer)
            origin = await store.origin(work, after.id)
            work.audit("contribution.answer", "contribution", after.id, {"state": state.value})
            event = ContributionAnswered(after.id, after.topic_id, after.row_version, state, origin.author_subject)
            work.stage(self._encode(event))
            self._telling.answered(work, after, origin.author_subject, origin.topic_titles)
            await store.set_answer(work, after)
        return after

    async def merge(self, call: Call, contribution_id: UUID, source_ids: Sequence[UUID]) -> Contribution:
        """Raises CONTRIBUTION_NOT_FOUND, CONTRIBUTION_NOT_PUBLIC, or INVALID_ARGUMENT naming source_ids."""
        ids = sorted(set(source_ids))
        if not 1 <= len(ids) <= SOURCES_MAX or contribution_id in ids:
            limits = {"min": "1", "max": str(SOURCES_MAX)}
            raise invalid(Violation("source_ids", ViolationReason.OUT_OF_RANGE, "not 1 to 20 others", limits))
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            await store.lock_all(work, [*ids, contribution_id])
            target, frame = await _public(work, contribution_id)
            target = replace(target, row_version=target.row_version + 1)
            sources = [(await _public(work, source))[0] for source in ids]
            if any(source.topic_id != target.topic_id for source in sources):
                raise errors.contribution_not_found()
            await store.take_over(work, target, ids)
            await goals.check(work, frame.topic_id, frame.settings.support_goal)
            for source in sources:
                await self._go_into(work, source, target)
            self._changed(work, target)
            work.audit("contribution.merge", "contribution", target.id, {"sources": [str(source) for source in ids]})
        return await self._again(call, target.id)

    async def split(self, call: Call, contribution_id: UUID, *, title: str, text: str, repeat: Repeat) -> Contribution:
        """The part. Raises CONTRIBUTION_NOT_FOUND, CONTRIBUTION_NOT_PUBLIC or INVALID_ARGUMENT."""
        words = content.words(title, text)
        part_id = new_id()
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            earlier = await work.remembered(repeat.request_id, repeat.fingerprint, part_id)
            if earlier is None:
                original, _ = await _public(work, contribution_id)
                origin = await store.origin(work, original.id)
                await store.add_part(work, part_id, original, words)
                await self._trace(work, part_id, OriginKind.SPLIT, original.id, original.content.words.title)
                created = ContributionCreated(part_id, original.topic_id, 1, origin.author_subject)
                work.stage(self._encode(created))
                work.audit("contribution.split", "contribution", original.id, {"part": str(part_id)})
        return await self._again(call, UUID(earlier) if earlier is not None else part_id)

    async def move(self, call: Call, contribution_id: UUID, topic_id: UUID) -> Contribution:
        """Raises CONTRIBUTION_NOT_FOUND, CONTRIBUTION_NOT_PUBLIC, TOPIC_NOT_FOUND, TOPIC_NOT_PUBLISHED,
        TOPIC_PRESET_DIFFERS or TOPIC_CLOSED_DIFFERS."""
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            before, frame = await _public(work, contribution_id)
            topic = await topic_store.get(work, topic_id)
            if topic is None:
                raise errors.topic_not_found()
            if not topic.published:
                raise errors.topic_not_published()
            if topic.id == before.topic_id:
                return before
            policy.require_same_counting(frame.settings, topic.settings)
            policy.require_same_closedness(frame.settings, topic.settings)
            moved = contributions.at_home_in(before, topic.settings)
            await store.move(work, moved, topic_id=topic.id)
            await goals.check(work, topic.id, topic.settings.support_goal)
            await self._trace(work, moved.id, OriginKind.MOVED, before.topic_id, frame.title)
            work.stage(self._encode(ContributionRemoved(moved.id, before.topic_id, moved.row_version)))
            self._changed(work, replace(moved, topic_id=topic.id))
            work.audit("contribution.move", "contribution", moved.id, {"from": str(before.topic_id)})
        return await self._again(call, contribution_id)

    async def _go_into(self, work: UnitOfWork, source: Contribution, target: Contribution) -> None:
        after = replace(source, state=State.MERGED, merged_into=target.id, row_version=source.row_version + 1)
        origin = await store.origin(work, source.id)
        await store.leave(work, after, author=origin.author_subject)
        await self._trace(work, target.id, OriginKind.MERGED, source.id, source.content.words.title)
        work.stage(self._encode(ContributionRemoved(after.id, after.topic_id, after.row_version)))

    async def _trace(self, work: UnitOfWork, contribution_id: UUID, kind: OriginKind, origin: UUID, title: str) -> None:
        await history.add_origin(work, contribution_id, kind=kind, origin=origin, title=title, at=work.call.received_at)

    def _changed(self, work: UnitOfWork, changed: Contribution) -> None:
        work.stage(self._encode(ContributionChanged(changed.id, changed.topic_id, changed.row_version)))

    async def _again(self, call: Call, contribution_id: UUID) -> Contribution:
        viewer = policy.viewer(call.caller, call.require_tenant())
        async with self._database.read(call) as work:
            found = await contribution_store.get(work, contribution_id, viewer=viewer)
        if found is None:
            raise errors.contribution_not_found()
        return found


async def _locked(work: UnitOfWork, contribution_id: UUID) -> tuple[Contribution, Frame]:
    viewer = policy.viewer(work.call.caller, work.call.require_tenant())
    found = await contribution_store.get_for_update(work, contribution_id, viewer=viewer)
    if found is None:
        raise errors.contribution_not_found()
    return found


async def _public(work: UnitOfWork, contribution_id: UUID) -> tuple[Contribution, Frame]:
    found = await _locked(work, contribution_id)
    if found[0].state is not State.PUBLISHED:
        raise errors.contribution_not_public()
    return found
