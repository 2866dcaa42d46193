"""What the state's list is told of topics: complete, of published ones alone, and with counts that follow."""

from collections.abc import AsyncIterator
from datetime import UTC, timedelta

import pytest_asyncio
from civic.common.v1 import offer_pb2, place_pb2
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.topic_service_pb2 import (
    EndTopicRequest,
    ExtendTopicRequest,
    PublishOutcomeRequest,
    UpdateTopicRequest,
)
from civic_chassis.db import Database
from civic_chassis.db.timers import Timers
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.plugin import NewDatabase
from civic_discussion.application.offers import OFFER_TIMER, Offers
from civic_discussion.main import SCHEMA, timers
from civic_participation.api.offers import encode_offer

from tests.service.discussion.conftest import ANNA, BORA, Portal, timestamp
from tests.service.discussion.test_taking_part import settings

DAY = timedelta(days=1)


@pytest_asyncio.fixture(loop_scope="session")
async def database(new_database: NewDatabase, clock: FrozenClock) -> AsyncIterator[Database]:
    """A database of its own: one timer compares the counts of all tenants, whatever the clocks of other tests say."""
    addresses = await new_database(SCHEMA)
    opened = await Database.connect(addresses.app_url, clock=clock)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ticking(database: Database) -> Timers:
    """The worker of the service's timers; `run_due` does what is due."""
    return Timers(database, timers(database))


async def told(portal: Portal) -> list[offer_pb2.Offer]:
    """Every offer of the tenant, in the order of telling."""
    rows = await portal.rows(
        "SELECT subject, payload FROM outbox WHERE subject LIKE $1 ORDER BY id", f"civic.offer.%.{portal.tenant}"
    )
    found = []
    for row in rows:
        offer = offer_pb2.Offer.FromString(row["payload"])
        assert row["subject"] == f"civic.offer.dialog.changed.v1.{offer.id}.{portal.tenant}"
        found.append(offer)
    return found


async def test_publication_tells_everything_that_is_public(portal: Portal) -> None:
    english = topic_pb2.TopicTexts(title="The market square", teaser="What is to stay?", text="A [plan](/plan.pdf).")
    topic = await portal.add_topic(translations={"en": english})
    [offer] = await told(portal)
    assert offer == offer_pb2.Offer(
        kind=offer_pb2.OFFER_KIND_DIALOG,
        id=topic.id,
        tenant=portal.tenant,
        version=1,
        revision=2,
        texts=offer_pb2.OfferTexts(title=topic.texts.title, teaser=topic.texts.teaser),
        translations={"en": offer_pb2.OfferTexts(title="The market square", teaser="What is to stay?")},
        search_text="Der Marktplatz wird umgebaut. A plan .",
        publish_time=timestamp(portal.clock.now()),
        update_time=topic.update_time,
        start_time=topic.start_time,
        end_time=topic.end_time,
        archive_time=topic.archive_time,
        counts={"contributions": 0, "comments": 0, "ratings": 0},
    )


async def test_support_of_initiatives_is_told_as_such(portal: Portal) -> None:
    await portal.add_topic(settings=settings(preset=topic_pb2.TOPIC_PRESET_INITIATIVE, support_goal=50))
    [offer] = await told(portal)
    assert dict(offer.counts) == {"contributions": 0, "comments": 0, "supports": 0}


async def test_categories_are_themes(portal: Portal) -> None:
    verkehr = topic_pb2.Choice(key="verkehr", names={"de": "Verkehr", "en": "Traffic"})
    await portal.add_topic(settings=topic_pb2.TopicSettings(categories=[verkehr]))
    [offer] = await told(portal)
    assert list(offer.themes) == ["Verkehr"]


async def test_place_area_and_district_are_told(portal: Portal) -> None:
    area = offer_pb2.BoundingBox(west=8.65, south=50.1, east=8.7, north=50.12)
    point = place_pb2.Point(lat=50.11, lon=8.68)
    site = place_pb2.Site(point=point, address=" Marktplatz 3 ", district="Altstadt", area=area)
    topic = await portal.add_topic(site=site)
    site.address = "Marktplatz 3"
    assert (await portal.get_topic(topic.id)).site == site
    draft = portal.draft(site=place_pb2.Site(district="Neustadt"))
    draft.start_time.CopyFrom(topic.start_time)
    draft.end_time.CopyFrom(topic.end_time)
    await portal.topics(portal.admin).UpdateTopic(UpdateTopicRequest(id=topic.id, etag="*", topic=draft))
    draft.ClearField("site")
    await portal.topics(portal.admin).UpdateTopic(UpdateTopicRequest(id=topic.id, etag="*", topic=draft))
    whole, district, none = await told(portal)
    assert whole.place == offer_pb2.OfferPlace(
        latitude=50.11, longitude=8.68, address="Marktplatz 3", district="Altstadt"
    )
    assert whole.area == area
    assert district.place == offer_pb2.OfferPlace(district="Neustadt")
    assert not district.HasField("area")
    assert not none.HasField("place")
    assert not (await portal.get_topic(topic.id)).HasField("site")


async def test_of_a_closed_topic_nothing_is_told(portal: Portal, ticking: Timers, database: Database) -> None:
    topic = await portal.add_topic(settings=topic_pb2.TopicSettings(closed=True))
    end = timestamp(topic.end_time.ToDatetime(tzinfo=UTC) + timedelta(days=1))
    request = ExtendTopicRequest(id=topic.id, end_time=end, reason="Wegen der Ferien.")
    await portal.topics(portal.admin).ExtendTopic(request)
    call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "test", None)
    async with database.unit_of_work(call) as work:
        # As after a decision of moderators.
        work.set_timer(OFFER_TIMER, topic.id, portal.clock.now())
    await Offers(database, encode_offer).tell_all()
    portal.clock.advance(DAY)
    await ticking.run_due()
    assert await told(portal) == []


async def test_drafts_are_never_told(portal: Portal, ticking: Timers, database: Database) -> None:
    made = await portal.add_draft()
    request = UpdateTopicRequest(id=made.id, etag="1", topic=portal.draft())
    await portal.topics(portal.admin).UpdateTopic(request)
    await Offers(database, encode_offer).tell_all()
    portal.clock.advance(DAY)
    await ticking.run_due()
    assert await told(portal) == []


async def test_every_change_is_told_with_the_time_of_publication(portal: Portal) -> None:
    published = portal.clock.now()
    topic = await portal.add_topic()
    portal.clock.advance(DAY)
    extension = ExtendTopicRequest(id=topic.id, end_time=timestamp(published + 20 * DAY), reason="Wegen der Ferien.")
    await portal.topics(portal.admin).ExtendTopic(extension)
    await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=topic.id, reason="Alles ist gesagt."))
    offers = await told(portal)
    assert [(offer.version, offer.revision) for offer in offers] == [(1, 2), (2, 3), (3, 4)]
    assert [offer.end_time for offer in offers[1:]] == [
        timestamp(published + 20 * DAY),
        timestamp(published + DAY),
    ]
    assert {offer.publish_time.ToNanoseconds() for offer in offers} == {timestamp(published).ToNanoseconds()}


async def test_counts_are_told_once_for_all_that_came_meanwhile(portal: Portal, ticking: Timers) -> None:
    topic, quiet = await portal.add_topic(), await portal.add_topic()
    portal.clock.advance(timedelta(hours=1))
    await ticking.run_due()
    made = await portal.contribute(topic.id, ANNA)
    await portal.comment(made.id, BORA)
    await portal.rate(made.id, BORA, contribution_pb2.RATING_VALUE_FOR)
    portal.clock.advance(timedelta(seconds=10))
    await ticking.run_due()
    portal.clock.advance(timedelta(seconds=10))
    await ticking.run_due()
    offers = await told(portal)
    assert [(offer.id, offer.version) for offer in offers] == [(topic.id, 1), (quiet.id, 1), (topic.id, 2)]
    assert dict(offers[-1].counts) == {"contributions": 1, "comments": 1, "ratings": 1}
    assert offers[-1].revision == offers[0].revision


async def test_what_was_handed_in_just_before_the_end_is_told_after_it(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic(end_time=timestamp(portal.clock.now() + DAY))
    portal.clock.advance(DAY - timedelta(seconds=1))
    await ticking.run_due()
    await portal.contribute(topic.id, ANNA)
    portal.clock.advance(timedelta(seconds=30))
    await ticking.run_due()
    assert (await told(portal))[-1].counts["contributions"] == 1


async def test_what_is_hidden_long_after_the_end_is_told_with_all_others(portal: Portal, ticking: Timers) -> None:
    topic = await portal.add_topic(end_time=timestamp(portal.clock.now() + DAY))
    await portal.contribute(topic.id, ANNA)
    portal.clock.advance(3 * DAY)
    await ticking.run_due()
    async with portal.database.pool.acquire() as connection:
        await connection.execute("UPDATE topic_counter SET contributions = 0")
    portal.clock.advance(timedelta(minutes=5))
    await ticking.run_due()
    assert (await told(portal))[-1].counts["contributions"] == 1
    portal.clock.advance(timedelta(minutes=5))
    await ticking.run_due()
    assert (await told(portal))[-1].counts["contributions"] == 0


async def test_what_became_of_a_topic_is_told(portal: Portal) -> None:
    topic = await portal.add_topic(end_time=timestamp(portal.clock.now() + DAY))
    portal.clock.advance(2 * DAY)
    request = PublishOutcomeRequest(id=topic.id, texts={"de": "Der Brunnen wird gebaut."})
    await portal.topics(portal.admin).PublishOutcome(request)
    offer = (await told(portal))[-1]
    assert offer.result_time == timestamp(portal.clock.now())
    assert offer.search_text == "Der Marktplatz wird umgebaut. Der Brunnen wird gebaut."


async def test_all_are_told_again_where_the_stream_was_lost(
    portal: Portal, ticking: Timers, database: Database
) -> None:
    topic = await portal.add_topic()
    assert await Offers(database, encode_offer).tell_all() >= 1
    portal.clock.advance(timedelta(seconds=1))
    await ticking.run_due()
    assert [(offer.id, offer.version) for offer in await told(portal)] == [(topic.id, 1), (topic.id, 2)]
