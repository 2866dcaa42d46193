"""Foreign events and due times that the service acts on."""

from collections.abc import Mapping
from uuid import UUID

from civic_chassis.db import UnitOfWork
from civic_chassis.db.timers import Handler, Timer

from civic_discussion.application.offers import COUNTS_TIMER, OFFER_TIMER, Offers
from civic_discussion.application.topics import PHASE_TIMER, Topics
from civic_discussion.domain.phases import Phase


def timers(topics: Topics, offers: Offers) -> Mapping[str, Handler]:
    """Phases that begin (key `<topic>/<phase>`), and offers that are told again (key `<topic>`)."""

    async def begin_phase(work: UnitOfWork, timer: Timer) -> None:
        topic_id, _, phase = timer.key.partition("/")
        await topics.begin_phase(work, UUID(topic_id), Phase(phase), timer.due_at)

    async def tell_again(work: UnitOfWork, timer: Timer) -> None:
        await offers.tell_again(work, UUID(timer.key))

    async def compare_counts(work: UnitOfWork, _timer: Timer) -> None:
        await offers.compare_counts(work)

    return {PHASE_TIMER: begin_phase, OFFER_TIMER: tell_again, COUNTS_TIMER: compare_counts}
