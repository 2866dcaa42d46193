"""Feeds of the state's list: Atom (RFC 4287), RSS 2.0 and calendar (RFC 5545), each with the filters of its pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import icalendar
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import context_of
from civic_gateway.features.catalog.calls import ListedOffer
from civic_gateway.features.catalog.events import OFFERS, next_change
from civic_gateway.features.catalog.filters import KIND_NAMES, chosen_in, named_as_asked
from civic_gateway.features.catalog.render import path_of, texts_of
from civic_gateway.features.catalog.views import sentence
from civic_gateway.features.tenants.events import TENANTS
from civic_gateway.problems import language_of
from civic_gateway.web.addresses import with_query
from civic_gateway.web.i18n import BERLIN, Words

_ENTRIES: Final = 100
_ATOM: Final = "http://www.w3.org/2005/Atom"
_HEADERS: Final = {"vary": "Accept-Language, Accept-Encoding, Cookie", "cache-control": "no-cache"}


async def atom(request: Request) -> Response:
    """What was published last comes first."""
    feed = await _read(request, newest=True)
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": feed.words.language})
    _add(root, "id", feed.address)
    _add(root, "title", feed.title)
    _add(root, "updated", _rfc3339(feed.updated))
    ET.SubElement(root, "link", {"rel": "self", "href": feed.address, "type": "application/atom+xml"})
    ET.SubElement(root, "link", {"rel": "alternate", "href": feed.page, "type": "text/html"})
    for listed in feed.offers:
        offer = listed.offer
        texts, language = texts_of(offer, feed.words.language)
        entry = ET.SubElement(root, "entry", {"xml:lang": language})
        _add(entry, "id", f"urn:uuid:{offer.id}")
        _add(entry, "title", texts.title)
        _add(entry, "updated", _rfc3339(_moment(offer.update_time)))
        _add(entry, "published", _rfc3339(_moment(offer.publish_time)))
        _add(ET.SubElement(entry, "author"), "name", feed.name_of(offer.tenant))
        ET.SubElement(entry, "link", {"rel": "alternate", "href": feed.public_url + path_of(offer)})
        _add(entry, "summary", feed.summary(listed))
        for theme in (feed.words.text(f"catalog.kind.{KIND_NAMES[offer.kind]}"), *offer.themes):
            ET.SubElement(entry, "category", {"term": theme})
    return _xml(root, "application/atom+xml")


async def rss(request: Request) -> Response:
    """The same for readers that know no Atom."""
    feed = await _read(request, newest=True)
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": _ATOM})
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.page)
    _add(channel, "description", feed.words.text("pages.portal.description"))
    _add(channel, "language", feed.words.language)
    _add(channel, "lastBuildDate", format_datetime(feed.updated, usegmt=True))
    ET.SubElement(channel, "atom:link", {"rel": "self", "href": feed.address, "type": "application/rss+xml"})
    for listed in feed.offers:
        offer = listed.offer
        item = ET.SubElement(channel, "item")
        _add(item, "title", texts_of(offer, feed.words.language)[0].title)
        _add(item, "link", feed.public_url + path_of(offer))
        _add(item, "description", feed.summary(listed))
        _add(item, "pubDate", format_datetime(_moment(offer.publish_time), usegmt=True))
        ET.SubElement(item, "guid", {"isPermaLink": "false"}).text = f"urn:uuid:{offer.id}"
        for theme in offer.themes:
            _add(item, "category", theme)
    return _xml(root, "application/rss+xml")


async def calendar(request: Request) -> Response:
    """Events at their hours, of everything else the last day; what has no end is left out."""
    feed = await _read(request, newest=False)
    made = icalendar.Calendar()
    made.add("prodid", "-//Beteiligungsportal//DE")
    made.add("version", "2.0")
    made.add("name", feed.title)
    made.add("x-wr-calname", feed.title)
    made.add("refresh-interval", dt.timedelta(hours=4), parameters={"VALUE": "DURATION"})
    for listed in feed.offers:
        if listed.offer.HasField("end_time"):
            made.add_component(_entry(feed, listed))
    made.add_missing_timezones()
    return Response(made.to_ical(), headers=_HEADERS, media_type="text/calendar; charset=utf-8")


class _Feed:
    """What all three forms need."""

    def __init__(
        self, words: Words, offers: Sequence[ListedOffer], names: Mapping[str, str], now: dt.datetime, request: Request
    ) -> None:
        self.words = words
        self.offers = offers
        self.now = now
        self._names = names
        settings = context_of(request).settings
        self.public_url = settings.public_url.rstrip("/")
        query = chosen_in(request).query
        self.address = self.public_url + with_query(request.url.path, **query)
        self.page = self.public_url + with_query("/suche", **query)
        self.title = words.text("catalog.feed.title", state=names.get(settings.state, settings.state))
        # An empty feed was last changed when nobody knows; the same bytes keep its ETag.
        self.updated = max((_moment(listed.offer.update_time) for listed in offers), default=_EPOCH)

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or "localhost"

    def name_of(self, tenant: str) -> str:
        return self._names.get(tenant, tenant)

    def summary(self, listed: ListedOffer) -> str:
        """Teaser, place and dates in one paragraph."""
        texts, _ = texts_of(listed.offer, self.words.language)
        dates = self.words.text("catalog.feed.period", start=_moment(listed.offer.start_time))
        if listed.offer.HasField("end_time"):
            end = _moment(listed.offer.end_time)
            dates = self.words.text("catalog.feed.period_end", start=_moment(listed.offer.start_time), end=end)
        return " – ".join(part for part in (texts.teaser, self.name_of(listed.offer.tenant), dates) if part)


_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


async def _read(request: Request, *, newest: bool) -> _Feed:
    context = context_of(request)
    tenants = await context.tenants.all()
    with named_as_asked():
        answer = await context.catalog.list_offers(chosen_in(request).wanted(), size=_ENTRIES, newest=newest)
    keep(request, OFFERS, TENANTS, until=next_change(answer.offers))
    names = {tenant.slug: tenant.display_name for tenant in tenants}
    words = context.catalogue.words(language_of(request))
    return _Feed(words, answer.offers, names, _moment(answer.read_time), request)


def _entry(feed: _Feed, listed: ListedOffer) -> icalendar.Event:
    offer = listed.offer
    texts, _ = texts_of(offer, feed.words.language)
    event = icalendar.Event()
    event.add("uid", f"{offer.id}@{feed.host}")
    event.add("sequence", max(offer.revision - 1, 0))
    event.add("dtstamp", _moment(offer.update_time))
    event.add("last-modified", _moment(offer.update_time))
    start, end = _moment(offer.start_time).astimezone(BERLIN), _moment(offer.end_time).astimezone(BERLIN)
    if KIND_NAMES[offer.kind] == "event":
        event.add("summary", texts.title)
        event.add("dtstart", start)
        event.add("dtend", end)
    else:
        event.add("summary", feed.words.text("catalog.feed.last_day", title=texts.title))
        event.add("transp", "TRANSPARENT")
        if (end.hour, end.minute) == (0, 0):
            event.add("dtstart", end.date() - dt.timedelta(days=1))
        else:
            event.add("dtstart", end)
    event.add("description", f"{sentence(feed.words, listed, feed.now)}\n\n{texts.teaser}".strip())
    event.add("url", feed.public_url + path_of(offer))
    if offer.place.address:
        event.add("location", offer.place.address)
    if offer.place.latitude or offer.place.longitude:
        event.add("geo", (offer.place.latitude, offer.place.longitude))
    return event


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _xml(root: ET.Element, media_type: str) -> Response:
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, headers=_HEADERS, media_type=f"{media_type}; charset=utf-8")


def _moment(timestamp: Timestamp) -> dt.datetime:
    return timestamp.ToDatetime(dt.UTC)


def _rfc3339(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


routes: Final[Sequence[BaseRoute]] = (
    Route("/feeds/offers.atom", atom),
    Route("/feeds/offers.rss", rss),
    Route("/feeds/offers.ics", calendar),
)
