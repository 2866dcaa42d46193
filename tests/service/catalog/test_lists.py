"""The state's list: its order, its filters, its pages, and what it never shows."""

from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

import pytest
from civic.catalog.v1 import catalog_service_pb2 as messages
from civic.catalog.v1.catalog_events_pb2 import OfferChanged
from civic.common.v1 import offer_pb2
from civic_chassis.kernel.errors import DomainError
from civic_participation.domain.offers import BoundingBox, OfferKind, OfferPlace, OfferTexts, OfferWithdrawn
from google.protobuf.timestamp_pb2 import Timestamp

from tests.service.catalog.conftest import DAY, Tool, box, titles

ACTIVE, ANNOUNCED = offer_pb2.OFFER_PHASE_ACTIVE, offer_pb2.OFFER_PHASE_ANNOUNCED
ENDED, ARCHIVED = offer_pb2.OFFER_PHASE_ENDED, offer_pb2.OFFER_PHASE_ARCHIVED
NEWEST = messages.OFFER_ORDER_NEWEST


def timestamp(instant: Any) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made


def refusal(error: pytest.ExceptionInfo[DomainError]) -> list[tuple[str, str]]:
    return [(violation.field, violation.reason) for violation in error.value.violations]


async def add_every_phase(tool: Tool) -> None:
    now = tool.clock.now()
    await tool.add("läuft lange", end_time=now + 30 * DAY)
    await tool.add("läuft bald ab", end_time=now + DAY)
    await tool.add("läuft immer", end_time=None, archive_time=None)
    await tool.add("kommt später", start_time=now + 3 * DAY, end_time=now + 9 * DAY)
    await tool.add("kommt bald", start_time=now + 2 * DAY, end_time=now + 8 * DAY)
    await tool.add("lange vorbei", end_time=now - 9 * DAY, archive_time=now + DAY)
    await tool.add("gerade vorbei", end_time=now, archive_time=now + DAY)
    await tool.add("im Archiv", end_time=now - 20 * DAY, archive_time=now)
    await tool.add("tief im Archiv", end_time=now - 90 * DAY, archive_time=now - DAY)


ORDER = ["läuft bald ab", "läuft lange", "läuft immer", "kommt bald", "kommt später", "gerade vorbei", "lange vorbei"]


async def test_what_runs_comes_first_and_the_archive_is_asked_for(tool: Tool) -> None:
    await add_every_phase(tool)
    answer = await tool.page()
    assert titles(answer.offers) == ORDER
    assert [listed.phase for listed in answer.offers] == [ACTIVE] * 3 + [ANNOUNCED] * 2 + [ENDED] * 2
    assert answer.read_time.ToDatetime(UTC) == tool.clock.now()
    assert await tool.titles(phase=ACTIVE) == ORDER[:3]
    assert await tool.titles(phase=ANNOUNCED) == ORDER[3:5]
    assert await tool.titles(phase=ENDED) == ORDER[5:]
    assert await tool.titles(phase=ARCHIVED) == ["im Archiv", "tief im Archiv"]


async def test_the_clock_moves_offers_without_any_event(tool: Tool) -> None:
    start = tool.clock.now() + DAY
    await tool.add("Wandel", start_time=start, end_time=start + DAY, archive_time=start + 2 * DAY)
    found = []
    for moment in (start - timedelta(microseconds=1), start, start + DAY, start + 2 * DAY):
        tool.clock.move_to(moment)
        found.append([await tool.titles(phase=phase) for phase in (ANNOUNCED, ACTIVE, ENDED, ARCHIVED)])
    assert found == [[["Wandel"] if here == there else [] for here in range(4)] for there in range(4)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20])
async def test_pages_join_without_gap_or_repetition(tool: Tool, size: int) -> None:
    await add_every_phase(tool)
    found, token = [], ""
    while True:
        answer = await tool.page(page_size=size, page_token=token)
        found += titles(answer.offers)
        token = answer.next_page_token
        # Later pages show the order of the instant at which the first one was read.
        tool.clock.advance(timedelta(hours=30))
        if not token:
            break
    assert found == ORDER


async def test_newest_first_for_feeds(tool: Tool) -> None:
    now = tool.clock.now()
    for number in range(5):
        await tool.add(f"Nr. {number}", publish_time=now - number * DAY)
    first = await tool.page(page_size=3, order=NEWEST)
    second = await tool.page(page_size=3, order=NEWEST, page_token=first.next_page_token)
    assert titles(first.offers) + titles(second.offers) == [f"Nr. {number}" for number in range(5)]
    assert second.next_page_token == ""
    await tool.add("vorbei", publish_time=now + DAY, end_time=now)
    assert titles((await tool.page(page_size=1, order=NEWEST)).offers) == ["vorbei"]
    assert titles((await tool.page(page_size=1, order=NEWEST, phase=ACTIVE)).offers) == ["Nr. 0"]


async def test_an_offer_is_shown_as_it_was_told_without_what_only_finds_it(tool: Tool) -> None:
    offer = tool.offer(
        "Radweg",
        teaser="Wohin?",
        translations={"en": OfferTexts("Cycle path", "Where to?")},
        search_text="Asphalt",
        themes=("Verkehr",),
        place=OfferPlace(latitude=50.1, longitude=8.7, address="Am Ufer 3", district="Nord"),
        area=BoundingBox(8.6, 50.0, 8.8, 50.2),
        counts={"contributions": 3, "comments": 0},
    )
    await tool.tell(offer)
    [listed] = (await tool.page()).offers
    assert listed.offer == offer_pb2.Offer(
        kind=offer_pb2.OFFER_KIND_DIALOG,
        id=str(offer.id),
        tenant="lindental",
        version=1,
        revision=1,
        texts=offer_pb2.OfferTexts(title="Radweg", teaser="Wohin?"),
        translations={"en": offer_pb2.OfferTexts(title="Cycle path", teaser="Where to?")},
        themes=["Verkehr"],
        place=offer_pb2.OfferPlace(latitude=50.1, longitude=8.7, address="Am Ufer 3", district="Nord"),
        area=box(8.6, 50.0, 8.8, 50.2),
        publish_time=timestamp(offer.publish_time),
        update_time=timestamp(offer.update_time),
        start_time=timestamp(offer.start_time),
        end_time=timestamp(offer.end_time),
        archive_time=timestamp(offer.archive_time),
        counts={"contributions": 3, "comments": 0},
    )


async def test_each_filter_narrows_and_all_together(tool: Tool) -> None:
    now = tool.clock.now()
    here = OfferPlace(latitude=50.1, longitude=8.7, district="Nord")
    await tool.add("Treffer", kind=OfferKind.SURVEY, place=here, themes=("Verkehr", "Klima"), tenant="brueckstadt")
    await tool.add("anderes Werkzeug", kind=OfferKind.EVENT, place=here, themes=("Klima",), tenant="brueckstadt")
    await tool.add("anderer Ort", kind=OfferKind.SURVEY, place=OfferPlace(latitude=51, longitude=9, district="Süd"))
    await tool.add("bald zu Ende", kind=OfferKind.SURVEY, end_time=now + timedelta(hours=1))
    await tool.add("kommt noch", kind=OfferKind.SURVEY, start_time=now + 4 * DAY)
    found = {
        "kind": await tool.titles(kind=offer_pb2.OFFER_KIND_EVENT),
        "tenant": await tool.titles(tenant="brueckstadt"),
        "district": await tool.titles(district="Nord"),
        "theme": await tool.titles(theme="Verkehr"),
        "from": await tool.titles(from_time=timestamp(now + 2 * timedelta(hours=1))),
        "until": await tool.titles(until_time=timestamp(now + DAY)),
        "box": await tool.titles(bounding_box=box(8.69, 50.09, 8.71, 50.11)),
    }
    together = await tool.titles(
        kind=offer_pb2.OFFER_KIND_SURVEY,
        tenant="brueckstadt",
        district="Nord",
        theme="Klima",
        phase=ACTIVE,
        query="treff",
        from_time=timestamp(now),
        until_time=timestamp(now + DAY),
        bounding_box=box(8.0, 50.0, 9.0, 51.0),
    )
    assert together == ["Treffer"]
    assert {name: sorted(names) for name, names in found.items()} == {
        "kind": ["anderes Werkzeug"],
        "tenant": ["Treffer", "anderes Werkzeug"],
        "district": ["Treffer", "anderes Werkzeug"],
        "theme": ["Treffer"],
        "from": ["Treffer", "anderer Ort", "anderes Werkzeug", "kommt noch"],
        "until": ["Treffer", "anderer Ort", "anderes Werkzeug", "bald zu Ende"],
        "box": ["Treffer", "anderes Werkzeug"],
    }


async def test_hits_are_counted_exactly_and_capped(tool: Tool) -> None:
    await add_every_phase(tool)
    counted = [
        (await tool.page(page_size=1, count=True, **wanted)).hit_count
        for wanted in ({}, {"phase": ACTIVE}, {"phase": ARCHIVED}, {"tenant": "brueckstadt"}, {"query": "vorbei"})
    ]
    assert counted == [7, 3, 2, 0, 2]
    assert (await tool.page()).hit_count == 0
    for _ in range(994):
        await tool.add("noch einer")
    answer = await tool.page(page_size=1, count=True)
    assert (answer.hit_count, answer.more_hits) == (1000, True)
    await tool.tell(OfferWithdrawn(kind=OfferKind.DIALOG, id=next(iter(tool.told)), version=9))
    answer = await tool.page(page_size=1, count=True)
    assert (answer.hit_count, answer.more_hits) == (1000, False)


async def test_only_newer_versions_count(tool: Tool) -> None:
    offer_id = uuid4()
    old, new = tool.offer("alt", id=offer_id), tool.offer("neu", id=offer_id)
    await tool.tell(new)
    await tool.tell(old)
    await tool.tell(tool.offer("neu, noch einmal", id=offer_id, version=2))
    assert await tool.titles() == ["neu"]
    rows = await tool.database.pool.fetch("SELECT subject, payload FROM outbox")
    assert [row["subject"] for row in rows] == ["civic.catalog.offer.changed.v1.lindental"]
    expected = OfferChanged(offer_id=str(offer_id), version=2, kind=offer_pb2.OFFER_KIND_DIALOG)
    assert [OfferChanged.FromString(row["payload"]) for row in rows] == [expected]


async def test_what_is_withdrawn_stays_away_even_where_an_old_word_comes_late(tool: Tool) -> None:
    offer = tool.offer("Geheim", search_text="Wort", place=OfferPlace(latitude=50.1, longitude=8.7))
    await tool.tell(offer)
    await tool.tell(OfferWithdrawn(kind=OfferKind.DIALOG, id=offer.id, version=2))
    await tool.tell(offer)
    assert await tool.titles() == await tool.titles(query="geheim") == await tool.titles(tenant="lindental") == []
    assert (await tool.page(count=True)).hit_count == 0
    assert (await tool.map()).placed_count == 0
    texts = await tool.database.pool.fetchval("SELECT string_agg(offer::text, '') FROM offer")
    assert "geheim" not in texts.lower()


@pytest.mark.parametrize(
    ("wanted", "field", "reason"),
    [
        ({"bounding_box": box(float("nan"), 50, 9, 51)}, "bounding_box", "MALFORMED"),
        ({"bounding_box": box(8, 50, float("inf"), 51)}, "bounding_box", "MALFORMED"),
        ({"bounding_box": box(9, 51, 8, 50)}, "bounding_box", "CORNERS_SWAPPED"),
        ({"bounding_box": box(50, 8, 51, 9)}, "bounding_box", "SWAPPED"),
        ({"bounding_box": box(-10, -10, -9, -9)}, "bounding_box", "OUTSIDE"),
        ({"tenant": "Brück stadt"}, "tenant", "MALFORMED"),
        ({"query": "x" * 201}, "query", "TOO_LONG"),
        ({"district": "x" * 101}, "district", "TOO_LONG"),
        ({"theme": "a\nb"}, "theme", "LINE_BREAK"),
        ({"kind": 77}, "kind", "MALFORMED"),
        ({"phase": 77}, "phase", "MALFORMED"),
        ({"from_time": Timestamp(seconds=10**15)}, "from_time", "YEAR_OUT_OF_RANGE"),
        ({"from_time": Timestamp(seconds=9), "until_time": Timestamp(seconds=9)}, "until_time", "NOT_AFTER"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(tool: Tool, wanted: Any, field: str, reason: str) -> None:
    with pytest.raises(DomainError) as error:
        await tool.page(**wanted)
    assert refusal(error) == [(field, reason)]


async def test_a_token_fits_its_own_list_alone(tool: Tool) -> None:
    await tool.add("eins")
    await tool.add("zwei")
    token = (await tool.page(page_size=1)).next_page_token
    for other in ({"tenant": "lindental"}, {"order": NEWEST}, {"query": "eins"}):
        with pytest.raises(DomainError) as error:
            await tool.page(page_size=1, page_token=token, **other)
        assert error.value.reason == "PAGE_TOKEN_INVALID"


async def test_a_place_outside_of_the_country_is_left_out(tool: Tool) -> None:
    for latitude, longitude in ((8.7, 50.1), (float("nan"), 8.7), (0.0, 0.0), (95.0, 8.7)):
        await tool.add(place=OfferPlace(latitude=latitude, longitude=longitude, address="Markt 1"))
    assert (await tool.map()).placed_count == 0
    assert len(await tool.titles(query="Markt")) == 4


async def test_filters_name_what_there_is(tool: Tool) -> None:
    place = OfferPlace(district="Nord")
    await tool.add(kind=OfferKind.SURVEY, themes=("Verkehr", "Klima"), place=place)
    await tool.add(themes=("Klima",), place=OfferPlace(district="Altstadt"), tenant="brueckstadt")
    await tool.tell(OfferWithdrawn(kind=OfferKind.EVENT, id=uuid4(), version=1))
    everything = await tool.stub.ListFilters(messages.ListFiltersRequest())
    assert everything == messages.ListFiltersResponse(
        kinds=[offer_pb2.OFFER_KIND_DIALOG, offer_pb2.OFFER_KIND_SURVEY], themes=["Klima", "Verkehr"]
    )
    one = await tool.stub.ListFilters(messages.ListFiltersRequest(tenant="brueckstadt"))
    assert one == messages.ListFiltersResponse(
        kinds=[offer_pb2.OFFER_KIND_DIALOG], districts=["Altstadt"], themes=["Klima"]
    )
