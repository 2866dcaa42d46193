"""Telling everybody of published topics, for the state's list."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.event import Event
from civic_participation.domain.offers import OfferWithdrawn, PublicOffer

from civic_discussion.domain import offers
from civic_discussion.domain.topics import Topic
from civic_discussion.store import offers as store
from civic_discussion.store import topics as topic_store

# The topic named by the timer's key is told again.
OFFER_TIMER = "topic_offer"
# Counts of all topics are compared with what was told.
COUNTS_TIMER = "offer_counts"
# What is handed in is told within this time, however much of it there is.
_COUNTS_EVERY = timedelta(seconds=10)
# Calls that were received in time end a little after the topic. What is moderated later is found by the comparison of
# all topics.
_COUNTED_AFTER_END = timedelta(hours=1)
_ALL_EVERY = timedelta(minutes=10)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

EncodeOffer = Callable[[PublicOffer | OfferWithdrawn, str], Event]


class Offers:
    """The verbs; `encode` turns an offer of a tenant into its event."""

    def __init__(self, database: Database, encode: EncodeOffer) -> None:
        self._database = database
        self._encode = encode

    async def tell(self, work: UnitOfWork, topic: Topic) -> None:
        """Tells of a published topic in the transaction that changed it; nothing of a closed one."""
        if topic.settings.closed:
            return
        telling = await store.tell(work, topic)
        work.stage(self._encode(offers.offer_of(topic, telling), topic.tenant))

    async def tell_again(self, work: UnitOfWork, topic_id: UUID) -> None:
        """Tells of the topic as it is; nothing for a draft or where there is none."""
        topic = await topic_store.get_for_update(work, topic_id)
        if topic is not None and topic.published:
            await self.tell(work, topic)

    async def compare_counts(self, work: UnitOfWork) -> None:
        """Lets topics be told again whose counts changed, then waits for the next time."""
        at = work.call.received_at
        all_are_due = (at - _BEGINNING) % _ALL_EVERY < _COUNTS_EVERY
        await store.set_timers_of_changed(
            work, OFFER_TIMER, since=_BEGINNING if all_are_due else at - _COUNTED_AFTER_END
        )
        work.set_timer(COUNTS_TIMER, "all", at + _COUNTS_EVERY)

    async def tell_all(self) -> int:
        """Lets every published topic be told again, where the stream was lost. Returns how many."""
        call = Call(ANONYMOUS, None, self._database.clock.now(), "offers", None)
        async with self._database.unit_of_work(call) as work:
            return await store.set_timers_of_all(work, OFFER_TIMER)
