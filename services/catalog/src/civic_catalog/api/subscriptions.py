"""Offers as the tools tell them: by event, and all of them for a rebuild. Who begins and ends to follow what."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from civic.common.v1 import offer_pb2
from civic.notification.v1 import notification_events_pb2
from civic_chassis.db import UnitOfWork
from civic_chassis.nats import Connection, Envelope, Subscription
from civic_participation.api.offers import OFFER_STREAM
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from civic_catalog.api.wire import kept_offer
from civic_catalog.application.catalog import Catalog
from civic_catalog.application.subscriptions import Subscriptions
from civic_catalog.domain.offers import KeptOffer
from civic_catalog.domain.subscriptions import FOLLOWED

_ENDED = "civic.notification.following.ended.v1"
_SUBJECT = "civic.offer.*.changed.v1.*.*"
_BATCH = 500
_WAIT_SECONDS = 10.0


def offer_subscription(catalog: Catalog) -> Subscription:
    async def changed(work: UnitOfWork, envelope: Envelope) -> None:
        await catalog.keep(work, kept_offer(offer_pb2.Offer.FromString(envelope.payload)))

    return Subscription(stream=OFFER_STREAM.name, subjects=(_SUBJECT,), durable="catalog-offers", handler=changed)


def following_subscription(subscriptions: Subscriptions) -> Subscription:
    """A subscription begins with its follower, and ends with them."""

    async def changed(work: UnitOfWork, envelope: Envelope) -> None:
        # Both events hold the object and nothing else.
        followed = notification_events_pb2.FollowingStarted.FromString(envelope.payload)
        if followed.kind != FOLLOWED:
            return
        if envelope.type == _ENDED:
            await subscriptions.unfollowed(work, UUID(followed.object_id))
        else:
            await subscriptions.followed(work, UUID(followed.object_id), envelope.occurred_at)

    return Subscription(
        stream="NOTIFICATION",
        subjects=("civic.notification.following.started.v1.*", f"{_ENDED}.*"),
        durable="catalog-followings",
        handler=changed,
    )


@asynccontextmanager
async def all_offers(connection: Connection) -> AsyncIterator[AsyncIterator[Sequence[KeptOffer]]]:
    """Everything that the stream holds now, in batches."""
    await connection.ready()
    jetstream = connection.jetstream
    last = (await jetstream.stream_info(OFFER_STREAM.name)).state.last_seq
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    source = await jetstream.pull_subscribe(_SUBJECT, stream=OFFER_STREAM.name, config=config)

    async def batches() -> AsyncIterator[Sequence[KeptOffer]]:
        seen = 0
        while seen < last and (left := (await source.consumer_info()).num_pending):
            found = await source.fetch(min(_BATCH, left), timeout=_WAIT_SECONDS)
            seen = found[-1].metadata.sequence.stream
            yield [kept_offer(offer_pb2.Offer.FromString(message.data)) for message in found]

    try:
        yield batches()
    finally:
        await source.unsubscribe()
