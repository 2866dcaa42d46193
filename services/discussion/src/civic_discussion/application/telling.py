"""Telling those who follow a topic, off the path of whoever writes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from civic_chassis.db import UnitOfWork
from civic_chassis.kernel.event import Event
from civic_participation.domain.notices import SUBJECTS_MAX, FollowersOf, Notice, People, notice_id

from civic_discussion.domain import goal_notices, outcome_notices, stage_notices
from civic_discussion.domain.contributions import Contribution, State
from civic_discussion.domain.phases import Phase
from civic_discussion.domain.policy import NOBODY
from civic_discussion.domain.topics import Topic
from civic_discussion.store import contributions, curation, members
from civic_discussion.store import topics as store

# Followers of the topic named by the timer's key are reminded of its end.
REMINDER_TIMER = "topic_ending"
# Staff is reminded of the outcome of the topic named by the timer's key.
OWED_TIMER = "topic_owed"


class Telling:
    """The verbs; `encode` turns a notice into its event. Each happening is told once: by timers, and by its own id."""

    def __init__(self, encode: Callable[[Notice], Event]) -> None:
        self._encode = encode

    async def phase_begun(self, work: UnitOfWork, topic: Topic, phase: Phase, at: datetime) -> None:
        """In the transaction that removes the phase's timer."""
        notice = stage_notices.phase_begun(topic, phase, at)
        if notice is not None:
            await self._tell(work, topic.id, notice, closed=topic.settings.closed)

    def set_reminder(self, work: UnitOfWork, topic: Topic) -> None:
        """In the transaction that gives a published topic its dates."""
        due = stage_notices.reminder_time(topic.schedule)
        if due is not None and due > work.call.received_at:
            work.set_timer(REMINDER_TIMER, topic.id, due)
        else:
            work.clear_timer(REMINDER_TIMER, topic.id)

    async def remind(self, work: UnitOfWork, topic_id: UUID, due_at: datetime) -> None:
        """In the transaction that removes the timer; a topic whose end moved has another timer."""
        topic = await store.get(work, topic_id)
        if topic is not None and stage_notices.reminder_time(topic.schedule) == due_at:
            await self._tell(work, topic.id, stage_notices.ending(topic, due_at), closed=topic.settings.closed)

    def set_owed(self, work: UnitOfWork, topic: Topic) -> None:
        """In the transaction that changes a published topic: from some time after the end an outcome is owed."""
        due = topic.schedule.end_time + outcome_notices.OWED_AFTER
        if topic.outcome is None and due > work.call.received_at:
            work.set_timer(OWED_TIMER, topic.id, due)
        elif topic.outcome is not None:
            work.clear_timer(OWED_TIMER, topic.id)

    async def remind_of_outcome(self, work: UnitOfWork, topic_id: UUID, due_at: datetime) -> None:
        """In the transaction that removes the timer; again and again until the outcome is told."""
        topic = await store.get(work, topic_id)
        if topic is None or topic.outcome is not None:
            return
        work.stage(self._encode(outcome_notices.result_owed(topic, due_at)))
        work.set_timer(OWED_TIMER, topic.id, work.call.received_at + outcome_notices.OWED_AFTER)

    async def outcome_told(self, work: UnitOfWork, topic: Topic) -> None:
        """In the transaction that publishes the outcome."""
        notice = outcome_notices.result_published(topic, work.call.received_at)
        await self._tell(work, topic.id, notice, closed=topic.settings.closed)

    def answered(self, work: UnitOfWork, answered: Contribution, author: str, titles: Mapping[str, str]) -> None:
        """In the transaction of the answer."""
        work.stage(self._encode(outcome_notices.answer_given(answered, author, titles, work.call.received_at)))

    async def goal_reached(self, work: UnitOfWork, contribution_id: UUID) -> None:
        """In the transaction that removes the timer: author, followers and the office; nothing of what was hidden."""
        found = await contributions.get(work, contribution_id, viewer=NOBODY)
        if found is None or found.state is not State.PUBLISHED or found.goal_reached is None:
            return
        origin = await curation.origin(work, contribution_id)
        for notice in goal_notices.reached(found, origin.author_subject, origin.topic_titles):
            await self._tell(work, found.topic_id, notice, closed=origin.closed)

    async def contribution_created(self, work: UnitOfWork, contribution_id: UUID, author: str) -> None:
        """In the transaction of the event's inbox row; nothing for a contribution that is not public by then."""
        found = await curation.origin_if_there(work, contribution_id)
        if found is None or found.state is not State.PUBLISHED:
            return
        call = work.call
        notice = stage_notices.contribution_created(
            call.tenant or "",
            found.topic_id,
            contribution_id,
            title=found.title,
            titles=found.topic_titles,
            author=author,
            at=call.received_at,
        )
        await self._tell(work, found.topic_id, notice, closed=found.closed, followers_only=True)

    async def _tell(
        self, work: UnitOfWork, topic_id: UUID, notice: Notice, *, closed: bool, followers_only: bool = False
    ) -> None:
        """To followers; of a closed topic to its members instead, since anybody may follow any id: of its stages to all
        of them, and in the rhythm of those who follow."""
        followed = notice.audience
        if not closed or not isinstance(followed, FollowersOf):
            work.stage(self._encode(notice))
            return
        subjects = await members.subjects(work, topic_id)
        for start in range(0, len(subjects), SUBJECTS_MAX):
            told = People(tuple(subjects[start : start + SUBJECTS_MAX]), followed, followers_only)
            work.stage(self._encode(replace(notice, id=notice_id(notice.id, start), audience=told)))
