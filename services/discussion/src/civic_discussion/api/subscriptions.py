"""Foreign events and due times that the service acts on."""

from collections.abc import Mapping
from uuid import UUID

from civic.discussion.v1.discussion_events_pb2 import ContributionChanged, ContributionCreated
from civic_chassis.db import UnitOfWork
from civic_chassis.db.timers import Handler, Timer
from civic_chassis.nats import Envelope, Subscription

from civic_discussion.application.contributions import refresh_words
from civic_discussion.application.offers import COUNTS_TIMER, OFFER_TIMER, Offers
from civic_discussion.application.telling import OWED_TIMER, REMINDER_TIMER, Telling
from civic_discussion.application.topics import ARCHIVE_TIMER, PHASE_TIMER, Topics
from civic_discussion.domain.phases import Phase
from civic_discussion.store.ratings import GOAL_TIMER

# Events of contributions that wait, handled in one transaction.
_TOGETHER = 50
_CREATED = "civic.discussion.contribution.created.v1"


def own_events(service: str, stream: str, telling: Telling) -> Subscription:
    """What need not hold up the call that wrote a contribution: it is kept for finding similar ones, and followers are
    told of a new one."""

    async def contribution_changed(work: UnitOfWork, envelope: Envelope) -> None:
        # Every event of a contribution begins with its id, under the same number.
        contribution_id = UUID(ContributionChanged.FromString(envelope.payload).contribution_id)
        await refresh_words(work, contribution_id)
        if envelope.type == _CREATED:
            author = ContributionCreated.FromString(envelope.payload).author_subject
            await telling.contribution_created(work, contribution_id, author)

    return Subscription(
        stream=stream,
        subjects=("civic.discussion.contribution.>",),
        durable=f"{service}-own",
        handler=contribution_changed,
        together=_TOGETHER,
    )


def timers(topics: Topics, offers: Offers, telling: Telling) -> Mapping[str, Handler]:
    """Phases that begin (key `<topic>/<phase>`); topics that come near their end or the archive, and offers that are
    told again (key `<topic>`); goals that were reached (key `<contribution>`)."""

    async def begin_phase(work: UnitOfWork, timer: Timer) -> None:
        topic_id, _, phase = timer.key.partition("/")
        await topics.begin_phase(work, UUID(topic_id), Phase(phase), timer.due_at)

    async def look_before_archive(work: UnitOfWork, timer: Timer) -> None:
        await topics.keep_out_of_archive(work, UUID(timer.key))

    async def tell_again(work: UnitOfWork, timer: Timer) -> None:
        await offers.tell_again(work, UUID(timer.key))

    async def compare_counts(work: UnitOfWork, _timer: Timer) -> None:
        await offers.compare_counts(work)

    async def remind(work: UnitOfWork, timer: Timer) -> None:
        await telling.remind(work, UUID(timer.key), timer.due_at)

    async def remind_of_outcome(work: UnitOfWork, timer: Timer) -> None:
        await telling.remind_of_outcome(work, UUID(timer.key), timer.due_at)

    async def goal_reached(work: UnitOfWork, timer: Timer) -> None:
        await telling.goal_reached(work, UUID(timer.key))

    return {
        GOAL_TIMER: goal_reached,
        PHASE_TIMER: begin_phase,
        ARCHIVE_TIMER: look_before_archive,
        OFFER_TIMER: tell_again,
        COUNTS_TIMER: compare_counts,
        REMINDER_TIMER: remind,
        OWED_TIMER: remind_of_outcome,
    }
