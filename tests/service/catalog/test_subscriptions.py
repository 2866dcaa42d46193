"""Subscriptions: which offers they find, once each, and who may make and read one."""

from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

import pytest
from civic.catalog.v1 import catalog_service_pb2, subscription_service_pb2, subscription_service_pb2_grpc
from civic.common.v1 import offer_pb2
from civic.notification.v1 import notice_pb2
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person, Stub
from civic_participation.domain.offers import OfferPlace, OfferTexts, OfferWithdrawn
from google.protobuf.timestamp_pb2 import Timestamp

from tests.service.catalog.conftest import Tool, box
from tests.service.catalog.test_rebuilding import connection, publish, rebuild  # noqa: F401 - a fixture

GUEST = "a-word-that-names-nobody"
MARKET = OfferPlace(latitude=50.1, longitude=8.7, address="Am Markt 1", district="Altstadt")


def stub(tool: Tool, caller: Person | None = None, tenant: str | None = "hessen") -> Stub:
    return tool.service.stub(subscription_service_pb2_grpc.SubscriptionServiceStub, caller=caller, tenant=tenant)


async def create(tool: Tool, caller: Person | None = None, *, home: str = "hessen", **wanted: Any) -> str:
    subscriber, title = wanted.pop("subscriber", GUEST), wanted.pop("title", "Stadtpark")
    request = subscription_service_pb2.CreateSubscriptionRequest(
        filter=catalog_service_pb2.OfferFilter(**wanted), title=title, subscriber=subscriber
    )
    made: str = (await stub(tool, caller, home).CreateSubscription(request)).subscription_id
    return made


async def subscribed(tool: Tool, **wanted: Any) -> str:
    """A subscription that somebody follows since now."""
    made = await create(tool, **wanted)
    await tool.follow(made)
    return made


async def notices(tool: Tool) -> list[tuple[str, notice_pb2.Notice]]:
    """What was told, each with the tenant in whose name."""
    rows = await tool.database.pool.fetch("SELECT subject, payload FROM outbox WHERE subject LIKE 'civic.notice.%'")
    return [
        (row["subject"].removeprefix("civic.notice.offer.matched.v1."), notice_pb2.Notice.FromString(row["payload"]))
        for row in rows
    ]


async def told(tool: Tool) -> list[str]:
    """The subscriptions whose followers were told, once for each time."""
    return sorted(notice.followers_of.id for _, notice in await notices(tool))


def later(tool: Tool) -> dict[str, Any]:
    """An offer that is published after what was subscribed to so far."""
    tool.clock.advance(timedelta(minutes=1))
    return {"publish_time": tool.clock.now()}


async def test_followers_are_told_of_what_is_published_anew(tool: Tool) -> None:
    await tool.add("Neuer Markt")
    made = await subscribed(tool, query="Markt", title="Markt")
    await tool.add("Alter Markt")
    assert await told(tool) == []
    offer = tool.offer("Wochenmarkt am Markt", translations={"en": OfferTexts("Weekly market", "")}, **later(tool))
    await tool.tell(offer)
    [(tenant, notice)] = await notices(tool)
    assert tenant == "hessen"
    assert notice.followers_of == notice_pb2.FollowedObject(kind="catalog.subscription", id=made)
    assert (notice.kind, dict(notice.words)) == (
        "offer.matched",
        {"title": "Wochenmarkt am Markt", "search": "Markt"},
    )
    assert dict(notice.translations["en"].words) == {"title": "Weekly market"}
    assert notice.path.startswith("/lindental/dialoge/")
    assert notice.expire_time.ToDatetime(UTC) == offer.end_time


@pytest.mark.parametrize(
    ("wanted", "finds"),
    [
        ({}, True),
        ({"query": "bäume park"}, True),
        ({"query": "baeume"}, True),
        ({"query": "Brücke"}, False),
        ({"kind": offer_pb2.OFFER_KIND_DIALOG}, True),
        ({"kind": offer_pb2.OFFER_KIND_SURVEY}, False),
        ({"tenant": "lindental"}, True),
        ({"tenant": "hessen"}, False),
        ({"district": "Altstadt"}, True),
        ({"district": "Neustadt"}, False),
        ({"theme": "Umwelt"}, True),
        ({"theme": "Verkehr"}, False),
        ({"bounding_box": box(8.6, 50.0, 8.8, 50.2)}, True),
        ({"bounding_box": box(9.6, 50.0, 9.8, 50.2)}, False),
        ({"query": "Park", "theme": "Umwelt", "district": "Neustadt"}, False),
    ],
)
async def test_a_subscription_finds_what_the_list_finds(tool: Tool, wanted: dict[str, Any], finds: bool) -> None:
    made = await subscribed(tool, **wanted)
    await tool.add("Bäume für den Park", themes=("Umwelt",), place=MARKET, **later(tool))
    assert await told(tool) == [made] * finds
    assert (await tool.titles(**wanted) == ["Bäume für den Park"]) is finds


async def test_an_offer_is_told_once_whatever_is_told_of_it(tool: Tool, connection: Any) -> None:  # noqa: F811
    made = await subscribed(tool, query="Park")
    offer = tool.offer("Neuer Park", **later(tool))
    await publish(connection, offer)
    # The rebuild sees the offer first, and tells nobody.
    await rebuild(tool, connection)
    assert await told(tool) == []
    await tool.tell(offer)
    assert await told(tool) == [made]
    await tool.tell(offer)
    changed = tool.offer("Neuer Park am Fluss", id=offer.id, publish_time=offer.publish_time)
    await tool.tell(changed)
    await publish(connection, changed)
    await rebuild(tool, connection)
    await tool.tell(OfferWithdrawn(kind=offer.kind, id=offer.id, version=9))
    await tool.tell(tool.offer("Neuer Park", id=offer.id, version=10, publish_time=offer.publish_time))
    assert await told(tool) == [made]


async def test_a_subscription_begins_and_ends_with_its_follower(tool: Tool) -> None:
    made = await create(tool, query="Park")
    await tool.add("Erster Park", **later(tool))
    await tool.follow(made)
    await tool.add("Zweiter Park", **later(tool))
    # Another event of the same kind does not begin it anew.
    await tool.follow(made)
    await tool.follow(made, ended=True)
    await tool.add("Dritter Park", **later(tool))
    assert [notice.words["title"] for _, notice in await notices(tool)] == ["Zweiter Park"]
    with pytest.raises(DomainError) as caught:
        await stub(tool).GetSubscription(subscription_service_pb2.GetSubscriptionRequest(subscription_id=made))
    assert (caught.value.kind, caught.value.reason) == (Kind.NOT_FOUND, "SUBSCRIPTION_NOT_FOUND")


async def test_the_same_person_and_filter_is_the_same_subscription(tool: Tool) -> None:
    anna, ben = Person(name="anna"), Person(name="ben")
    made = await create(tool, anna, query="Park", subscriber="")
    assert await create(tool, anna, query="Park", subscriber="whatever-is-given-here") == made
    assert await create(tool, anna, query="Parks", subscriber="") != made
    assert await create(tool, anna, query="Park", home="lindental") != made
    assert await create(tool, ben, query="Park") != made
    guest = await create(tool, query="Park")
    assert guest != made
    # Whoever asks again in another's name renames nothing.
    await tool.follow(guest)
    assert await create(tool, query="Park", title="Anders") == guest
    request = subscription_service_pb2.GetSubscriptionRequest(subscription_id=guest)
    assert await stub(tool, tenant=None).GetSubscription(request) == subscription_service_pb2.GetSubscriptionResponse(
        title="Stadtpark", filter=catalog_service_pb2.OfferFilter(query="park")
    )


async def test_nothing_in_the_list_says_who_subscribes(tool: Tool) -> None:
    anna = Person(name="anna")
    await create(tool, anna, query="Park")
    [row] = await tool.database.pool.fetch("SELECT subscriber, fingerprint FROM subscription")
    assert [len(value) for value in row] == [64, 64]


async def test_what_nobody_follows_is_forgotten(tool: Tool) -> None:
    await create(tool, query="Park")
    followed = await subscribed(tool, query="Markt")
    tool.clock.advance(timedelta(days=8, seconds=1))
    made = await create(tool, query="Brücke")
    rows = await tool.database.pool.fetch("SELECT id FROM subscription")
    assert {str(row["id"]) for row in rows} == {followed, made}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"title": ""}, "title", "EMPTY"),
        ({"title": "x" * 301}, "title", "TOO_LONG"),
        ({"title": "a\nb"}, "title", "LINE_BREAK"),
        ({"subscriber": "short"}, "subscriber", "MALFORMED"),
        ({"subscriber": "anna@hessen.example"}, "subscriber", "MALFORMED"),
        ({"query": "x" * 201}, "query", "TOO_LONG"),
        ({"district": "x" * 101}, "district", "TOO_LONG"),
        ({"phase": offer_pb2.OFFER_PHASE_ACTIVE}, "phase", "UNKNOWN_FIELD"),
        ({"from_time": Timestamp(seconds=1)}, "from_time", "UNKNOWN_FIELD"),
        ({"bounding_box": box(50.0, 8.6, 50.2, 8.8)}, "bounding_box", "SWAPPED"),
        ({"bounding_box": box(float("nan"), 8.6, 50.2, 8.8)}, "bounding_box", "MALFORMED"),
    ],
)
async def test_what_cannot_be_subscribed_to_is_named(
    tool: Tool, changes: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(DomainError) as caught:
        await create(tool, **changes)
    assert caught.value.kind is Kind.INVALID
    assert [(each.field, each.reason) for each in caught.value.violations] == [(field, reason)]
    assert await tool.database.pool.fetch("SELECT * FROM subscription") == []


async def test_what_is_no_id_is_not_found(tool: Tool) -> None:
    for given in (str(uuid4()), "x", ""):
        with pytest.raises(DomainError) as caught:
            await stub(tool).GetSubscription(subscription_service_pb2.GetSubscriptionRequest(subscription_id=given))
        assert caught.value.reason == "SUBSCRIPTION_NOT_FOUND"


async def test_what_else_is_followed_is_nothing_to_the_list(tool: Tool) -> None:
    made = await create(tool)
    await tool.follow("no id of ours", kind="discussion.topic")
    await tool.add("Neuer Park", **later(tool))
    assert await told(tool) == []
    await tool.follow(made)
    await tool.follow(made, kind="discussion.topic", ended=True)
    await tool.add("Noch ein Park", **later(tool))
    assert await told(tool) == [made]
