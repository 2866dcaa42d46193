"""Foreign events and due times that the service acts on."""

from collections.abc import Mapping
from uuid import UUID

from civic_chassis.db import UnitOfWork
from civic_chassis.db.timers import Handler, Timer

from civic_discussion.application.topics import PHASE_TIMER, Topics
from civic_discussion.domain.phases import Phase


def timers(topics: Topics) -> Mapping[str, Handler]:
    """Phases that begin. A timer's key is `<topic>/<phase>`."""

    async def begin_phase(work: UnitOfWork, timer: Timer) -> None:
        topic_id, _, phase = timer.key.partition("/")
        await topics.begin_phase(work, UUID(topic_id), Phase(phase), timer.due_at)

    return {PHASE_TIMER: begin_phase}
