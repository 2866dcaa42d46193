"""Telling those who follow a topic, off the path of whoever writes."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from civic_chassis.db import UnitOfWork
from civic_chassis.kernel.event import Event
from civic_participation.domain.notices import Notice

from civic_discussion.domain import stage_notices
from civic_discussion.domain.contributions import State
from civic_discussion.domain.phases import Phase
from civic_discussion.domain.policy import Viewer
from civic_discussion.domain.topics import Topic
from civic_discussion.store import contributions
from civic_discussion.store import topics as store

# Followers of the topic named by the timer's key are reminded of its end.
REMINDER_TIMER = "topic_ending"


class Telling:
    """The verbs; `encode` turns a notice into its event. Each happening is told once: by timers, and by its own id."""

    def __init__(self, encode: Callable[[Notice], Event]) -> None:
        self._encode = encode

    def phase_begun(self, work: UnitOfWork, topic: Topic, phase: Phase, at: datetime) -> None:
        """In the transaction that removes the phase's timer."""
        notice = stage_notices.phase_begun(topic, phase, at)
        if notice is not None:
            work.stage(self._encode(notice))

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
            work.stage(self._encode(stage_notices.ending(topic, due_at)))

    async def contribution_created(self, work: UnitOfWork, contribution_id: UUID, author: str) -> None:
        """In the transaction of the event's inbox row; nothing for a contribution that is not public by then."""
        viewer = Viewer(subject=None, staff=False)
        found = await contributions.get(work, contribution_id, viewer=viewer)
        if found is None or found.state is not State.PUBLISHED:
            return
        topic = await store.get(work, found.topic_id)
        if topic is not None:
            title = found.content.words.title
            at = work.call.received_at
            work.stage(self._encode(stage_notices.contribution_created(topic, found.id, title, author, at)))
