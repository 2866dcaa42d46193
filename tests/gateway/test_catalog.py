"""The state's list in pages, feeds and JSON API: the same filters, the same offers, and honest without the catalog."""

import re
from typing import Any

import feedparser
import icalendar
import pytest
from civic.catalog.v1 import catalog_service_pb2
from civic.catalog.v1.catalog_events_pb2 import OfferChanged
from civic.common.v1 import offer_pb2
from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from civic_gateway.web.addresses import address_of

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

PATH = f"/lindental/dialoge/{address_of('Marktplatz', scripted.TOPIC)}"
FILTERS = "q=markt&kind=survey&tenant=lindental&phase=ended&district=Nord&topic=Verkehr&from=2026-11-01&to=2026-11-30"
BOX = "bbox=8.5,50,9.5,51"
WANTED = catalog_service_pb2.OfferFilter(
    query="markt",
    kind=offer_pb2.OFFER_KIND_SURVEY,
    tenant="lindental",
    phase=offer_pb2.OFFER_PHASE_ENDED,
    district="Nord",
    theme="Verkehr",
    from_time=scripted.timestamp("2026-11-01T00:00:00+01:00"),
    until_time=scripted.timestamp("2026-12-01T00:00:00+01:00"),
    bounding_box=offer_pb2.BoundingBox(west=8.5, south=50, east=9.5, north=51),
)


def event(**values: Any) -> Any:
    """An event that people come to."""
    return scripted.offer(
        kind=offer_pb2.OFFER_KIND_EVENT,
        id=scripted.CONTRIBUTION,
        texts=offer_pb2.OfferTexts(title="Rundgang & Fest; mit <Musik>", teaser="Treffpunkt, am Brunnen"),
        translations={},
        start_time=scripted.timestamp("2126-12-01T18:30:00+01:00"),
        end_time=scripted.timestamp("2126-12-01T20:00:00+01:00"),
        place=offer_pb2.OfferPlace(latitude=50.1, longitude=8.7, address="Am Brunnen 1", district="Altstadt"),
        themes=["Feste"],
        **values,
    )


@pytest.mark.parametrize(
    "address", ["/suche", "/api/v1/catalog/offers", "/feeds/offers.atom", "/feeds/offers.rss", "/feeds/offers.ics"]
)
async def test_the_same_filters_hold_everywhere(gateway: Running, address: str) -> None:
    gateway.script.answer("ListOffers", scripted.offers())
    response = await gateway.http.get(f"{address}?{FILTERS}&{BOX}")
    assert response.status_code == 200
    [request] = gateway.script.requests("ListOffers")
    assert request.filter == WANTED


async def test_the_map_takes_them_too(gateway: Running) -> None:
    point = catalog_service_pb2.MapPoint(latitude=50.1, longitude=8.7, count=1, offer=event())
    cluster = catalog_service_pb2.MapPoint(latitude=50.5, longitude=9.0, count=7)
    view = catalog_service_pb2.GetMapResponse(
        points=[cluster, point],
        placed_count=8,
        bounding_box=offer_pb2.BoundingBox(west=8.7, south=50.1, east=9.0, north=50.5),
    )
    gateway.script.answer("GetMap", view)
    shown = (await gateway.http.get(f"/api/v1/catalog/map?{FILTERS}&{BOX}")).json()
    assert gateway.script.requests("GetMap")[0].filter == WANTED
    assert shown["points"][0] == {"lat": 50.5, "lon": 9.0, "count": 7, "offer": None}
    assert shown["points"][1]["offer"]["title"] == "Rundgang & Fest; mit <Musik>"
    assert (shown["placed_count"], shown["bbox"]) == (8, [8.7, 50.1, 9.0, 50.5])


async def test_an_offer_in_the_json_api(gateway: Running) -> None:
    gateway.script.answer("ListOffers", scripted.offers(scripted.offer(), hit_count=1000, more_hits=True))
    answer = (await gateway.http.get("/api/v1/catalog/offers?count=true", headers={"accept-language": "en"})).json()
    assert answer == {
        "items": [
            {
                "id": scripted.TOPIC,
                "kind": "dialog",
                "tenant": "lindental",
                "language": "en",
                "title": "Market square",
                "teaser": "",
                "phase": "active",
                "publish_time": "2026-11-09T08:00:00.000000Z",
                "update_time": "2026-11-10T08:00:00.000000Z",
                "start_time": "2026-11-09T23:00:00.000000Z",
                "end_time": "2126-12-12T23:00:00.000000Z",
                "archive_time": "2127-03-12T23:00:00.000000Z",
                "result_time": None,
                "place": None,
                "area": None,
                "topics": [],
                "counts": {"comments": 3, "contributions": 2, "ratings": 4},
                "path": PATH,
            }
        ],
        "next_page_token": None,
        "hit_count": 1000,
        "more_hits": True,
    }


@pytest.mark.parametrize("form", ["atom", "rss", "ics"])
async def test_a_feed_names_a_wrong_filter_as_the_api_does(gateway: Running, form: str) -> None:
    answer = await gateway.http.get(f"/feeds/offers.{form}?phase=open")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(each["field"], each["reason"]) for each in answer.json()["errors"]] == [("phase", "NOT_ALLOWED")]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bbox=1,2,3", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("kind=forum", "kind"),
        ("from=gestern", "from"),
        ("to=2026-02-30", "to"),
        ("phase=offen", "phase"),
    ],
)
@pytest.mark.parametrize("address", ["/api/v1/catalog/offers", "/feeds/offers.atom", "/suche"])
async def test_what_cannot_be_read_is_named(gateway: Running, address: str, query: str, field: str) -> None:
    gateway.script.answer("ListOffers", scripted.offers())
    refused = await gateway.http.get(f"{address}?{query}", headers={"accept": "application/json"})
    assert refused.status_code == 422
    if refused.headers["content-type"] == "application/problem+json":
        assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_what_the_service_refuses_is_named_as_in_the_address(gateway: Running) -> None:
    limits = {"west": "5.5", "south": "47", "east": "15.6", "north": "55.2"}
    gateway.script.answer("ListOffers", invalid(Violation("bounding_box", "SWAPPED", "swapped", limits)))
    refused = await gateway.http.get("/api/v1/catalog/offers?bbox=50,8,51,9")
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["field"], error["reason"]) == ("bbox", "SWAPPED")
    assert "vertauscht" in error["detail"]


async def test_an_atom_feed_is_valid_and_stable(gateway: Running) -> None:
    gateway.script.answer("ListOffers", scripted.offers(event(), scripted.offer()))
    response = await gateway.http.get("/feeds/offers.atom?topic=Feste")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(response.content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert feed.feed.id == "http://localhost:8080/feeds/offers.atom?topic=Feste"
    assert feed.feed.updated == "2026-11-10T08:00:00Z"
    assert [entry.id for entry in feed.entries] == [f"urn:uuid:{scripted.CONTRIBUTION}", f"urn:uuid:{scripted.TOPIC}"]
    assert feed.entries[1].link == f"http://localhost:8080{PATH}"
    assert (feed.entries[1].author, feed.entries[1].published) == ("Stadt Lindental", "2026-11-09T08:00:00Z")
    assert [tag.term for tag in feed.entries[0].tags] == ["Veranstaltung", "Feste"]
    assert b"Rundgang &amp; Fest; mit &lt;Musik&gt;" in response.content
    assert gateway.script.requests("ListOffers")[0].order == catalog_service_pb2.OFFER_ORDER_NEWEST
    again = await gateway.http.get(
        "/feeds/offers.atom?topic=Feste", headers={"if-none-match": response.headers["etag"]}
    )
    assert again.status_code == 304


async def test_an_rss_feed_is_valid(gateway: Running) -> None:
    gateway.script.answer("ListOffers", scripted.offers(scripted.offer()))
    feed = feedparser.parse((await gateway.http.get("/feeds/offers.rss")).content)
    assert (feed.bozo, feed.version) == (False, "rss20")
    assert [(entry.title, entry.link) for entry in feed.entries] == [("Marktplatz", f"http://localhost:8080{PATH}")]


async def test_a_calendar_holds_hours_of_events_and_last_days(gateway: Running) -> None:
    endless = scripted.offer(id=scripted.COMMENT, end_time=None, archive_time=None)
    noon = scripted.offer(id=scripted.COMMENT, end_time=scripted.timestamp("2126-07-01T12:00:00+02:00"))
    gateway.script.answer("ListOffers", scripted.offers(scripted.offer(), event(), endless, noon))
    response = await gateway.http.get("/feeds/offers.ics")
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))
    calendar = icalendar.Calendar.from_ical(response.content)
    zones = [zone["tzid"] for zone in calendar.walk("VTIMEZONE")]
    last_day, fest, at_noon = calendar.walk("VEVENT")
    assert zones == ["Europe/Berlin"]
    assert (last_day["uid"], last_day["sequence"]) == (f"{scripted.TOPIC}@localhost", 2)
    assert last_day["dtstart"].to_ical() == b"21261212"
    assert last_day["summary"] == "Letzter Tag: Marktplatz"
    assert (fest["dtstart"].to_ical(), fest["dtstart"].params["tzid"]) == (b"21261201T183000", "Europe/Berlin")
    assert (fest["summary"], fest["location"]) == ("Rundgang & Fest; mit <Musik>", "Am Brunnen 1")
    assert at_noon["dtstart"].to_ical() == b"21260701T120000"
    assert last_day["dtstamp"].to_ical() == b"20261110T080000Z"


async def test_a_search_says_how_many_and_what_it_took_the_word_for(gateway: Running) -> None:
    found = scripted.offers(scripted.offer(), hit_count=31, corrected_query="marktplatz", next_page_token="t")
    gateway.script.answer("ListOffers", found)
    page = (await gateway.http.get("/suche?q=Marktplazt")).text
    assert "31 Treffer" in page
    assert "Sie sehen, was zu „marktplatz“ passt." in page
    assert 'href="/suche?q=Marktplazt&amp;page_token=t"' in page
    assert 'href="/feeds/offers.atom?q=Marktplazt"' in page
    capped = scripted.offers(scripted.offer(), hit_count=1000, more_hits=True)
    gateway.script.answer("ListOffers", capped)
    assert "Mehr als 1.000 Treffer" in (await gateway.http.get("/suche")).text


async def test_the_archive_asks_for_what_is_archived(gateway: Running) -> None:
    gateway.script.answer("ListOffers", scripted.offers())
    page = await gateway.http.get("/archiv?q=markt&from=2025-01-01")
    assert page.status_code == 200
    [request] = gateway.script.requests("ListOffers")
    assert request.filter.phase == offer_pb2.OFFER_PHASE_ARCHIVED
    assert 'name="from" value="2025-01-01"' in page.text


async def test_cards_show_kind_place_counts_and_dates(gateway: Running) -> None:
    endless = scripted.offer(id=scripted.COMMENT, kind=offer_pb2.OFFER_KIND_REPORT, end_time=None, archive_time=None)
    initiatives = scripted.offer(id=scripted.CONTRIBUTION, counts={"contributions": 2, "comments": 3, "supports": 5})
    told = scripted.offer(result_time=scripted.timestamp("2026-11-20T08:00:00Z"))
    gateway.script.answer("ListOffers", scripted.offers(event(), told, endless, initiatives))
    page = (await gateway.http.get("/suche")).text
    main = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))
    assert "Veranstaltung Treffpunkt, am Brunnen Am Brunnen 1, Altstadt" in main
    assert "2 Beiträge · 3 Kommentare · 4 Bewertungen" in main
    assert "2 Beiträge · 3 Kommentare · 5 Unterstützungen" in main
    assert "ohne festes Ende" in main
    assert main.count("Ergebnis liegt vor") == 1
    assert 'href="/lindental/veranstaltungen/rundgang-fest-mit-musik-' in page


async def test_the_map_page_lists_what_has_a_place_and_loads_from_named_hosts_alone(run: Run) -> None:
    gateway = await run(map_style_url="https://tiles.example/style.json", map_hosts="https://tiles.example")
    gateway.script.answer("ListOffers", scripted.offers(event(), hit_count=1))
    page = await gateway.http.get("/karte?topic=Feste")
    [request] = gateway.script.requests("ListOffers")
    assert request.filter.bounding_box == offer_pb2.BoundingBox(west=5.5, south=47, east=15.6, north=55.2)
    assert 'data-points="/api/v1/catalog/map?topic=Feste"' in page.text
    assert 'data-style="https://tiles.example/style.json"' in page.text
    assert "Am Brunnen 1, Altstadt" in page.text
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' https://tiles.example"
    assert policy["img-src"] == "'self' data: blob: https://tiles.example"
    other = (await gateway.http.get("/suche")).headers["content-security-policy"]
    assert "tiles.example" not in other


@pytest.mark.parametrize("path", ["/", "/lindental"])
async def test_a_start_page_stands_without_the_catalog(gateway: Running, path: str) -> None:
    gateway.script.answer("ListOffers", DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "away"))
    gateway.script.answer("ListFilters", DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "away"))
    page = await gateway.http.get(path)
    assert page.status_code == 200
    assert "Die Liste ist gerade nicht erreichbar" in page.text
    # Nothing of it is kept: the list is shown as soon as it is back.
    gateway.script.answer("ListOffers", scripted.offers(scripted.offer()))
    assert "Marktplatz" in (await gateway.http.get(path)).text


async def test_a_search_without_the_catalog_says_so(gateway: Running) -> None:
    gateway.script.answer("ListOffers", DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "away"))
    page = await gateway.http.get("/suche", headers={"accept": "text/html"})
    assert (page.status_code, "retry-after" in page.headers) == (503, True)
    assert "Dieser Teil ist gerade nicht erreichbar" in page.text


@pytest.mark.parametrize("path", ["/", "/lindental", "/suche", "/feeds/offers.atom", "/api/v1/catalog/offers"])
async def test_lists_are_kept_until_the_catalog_shows_something_else(gateway: Running, path: str) -> None:
    gateway.script.answer("ListOffers", scripted.offers(scripted.offer()))
    for _ in range(3):
        await gateway.http.get(path)
    asked = len(gateway.script.requests("ListOffers"))
    assert asked == (1 if path not in ("/", "/lindental") else 2)
    tool_told, shown_elsewhere = "civic.offer.dialog.changed.v1.x.lindental", "civic.catalog.offer.changed.v1.hohenau"
    payload = OfferChanged(offer_id=scripted.TOPIC, version=6).SerializeToString()
    dropped = gateway.gateway.cache.counts.dropped
    nats = gateway.gateway.changes.nats
    await nats.publish(tool_told, b"")
    await nats.publish(shown_elsewhere, payload)
    await nats.publish("civic.catalog.offer.changed.v1.lindental", payload)
    await scripted.eventually(lambda: gateway.gateway.cache.counts.dropped == dropped + 1)
    await gateway.http.get(path)
    assert len(gateway.script.requests("ListOffers")) == 2 * asked
