"""What pages compute before they are rendered: addresses, phases across clock changes, calendar entries, colours."""

import datetime as dt
from uuid import UUID

import pytest
from civic_chassis.kernel.errors import DomainError
from civic_gateway.web import i18n, phases
from civic_gateway.web.addresses import address_of, code_of, id_in, id_of, slug_of
from civic_gateway.web.contrast import contrast, readable
from civic_gateway.web.markdown import plain_to_html, to_html
from hypothesis import given
from hypothesis import strategies as st

GERMAN, ENGLISH = (i18n.load().words(language) for language in ("de", "en"))


def berlin(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=i18n.BERLIN).astimezone(dt.UTC)


def period(phase: str, start: str, end: str, now: str) -> phases.Period:
    return phases.Period(phase, berlin(start), berlin(end), berlin(end) + dt.timedelta(days=90), berlin(now))


@given(st.uuids(), st.text(max_size=80))
def test_an_address_leads_back_to_its_id(identifier: UUID, title: str) -> None:
    address = address_of(title, str(identifier))
    assert id_in(address) == id_in(address.upper()) == str(identifier)
    assert address.isascii() and len(address) <= 60 + 1 + 25
    assert id_of(code_of(str(identifier))) == str(identifier)


@pytest.mark.parametrize("address", ["", "marktplatz", "z" * 25, "a" * 24, "marktplatz-" + "ä" * 25, "x" * 10_000])
def test_what_is_no_address_is_not_found(address: str) -> None:
    with pytest.raises(DomainError) as refused:
        id_in(address)
    assert refused.value.reason == "NOT_FOUND"


def test_titles_in_addresses() -> None:
    assert slug_of("Neue Spielplätze & Straßen – für Öhringen!") == "neue-spielplaetze-strassen-fuer-oehringen"
    assert slug_of("Čeština café") == "cestina-cafe"
    assert slug_of("中文 🙂") == ""
    assert slug_of("wort " * 30) == "-".join(["wort"] * 12)
    assert slug_of("x" * 80) == "x" * 60


@pytest.mark.parametrize(
    ("now", "german", "english"),
    [
        (
            "2026-12-07T10:00",
            "noch 5 Tage, bis Samstag, 12. Dezember 2026, 24 Uhr",
            "5 days left, until Saturday, 12 December 2026, 24:00",
        ),
        (
            "2026-12-11T23:59:59",
            "noch 1 Tag, bis Samstag, 12. Dezember 2026, 24 Uhr",
            "1 day left, until Saturday, 12 December 2026, 24:00",
        ),
        (
            "2026-12-12T00:00:00",
            "nur noch heute, bis Samstag, 12. Dezember 2026, 24 Uhr",
            "ends today, Saturday, 12 December 2026, 24:00",
        ),
        (
            "2026-12-12T23:59:59",
            "nur noch heute, bis Samstag, 12. Dezember 2026, 24 Uhr",
            "ends today, Saturday, 12 December 2026, 24:00",
        ),
    ],
)
def test_how_long_it_still_runs(now: str, german: str, english: str) -> None:
    running = period(phases.ACTIVE, "2026-12-01T00:00", "2026-12-13T00:00", now)
    assert phases.sentence(GERMAN, running) == german
    assert phases.sentence(ENGLISH, running) == english


@pytest.mark.parametrize(
    ("start", "end", "now", "days"),
    [
        # Into summer time: the night of 29 March 2026 has 23 hours; out of it, 25 October has 25.
        ("2026-03-20T00:00", "2026-03-31T00:00", "2026-03-28T23:30", 2),
        ("2026-10-20T00:00", "2026-10-27T00:00", "2026-10-24T23:30", 2),
        ("2026-10-20T00:00", "2026-10-26T00:00", "2026-10-25T00:30", 0),
    ],
)
def test_days_are_counted_across_clock_changes(start: str, end: str, now: str, days: int) -> None:
    assert period(phases.ACTIVE, start, end, now).days_left == days


def test_before_and_after() -> None:
    dates = ("2026-12-05T00:00", "2026-12-13T00:00")
    announced = period(phases.ANNOUNCED, *dates, "2026-12-04T12:00")
    ended = period(phases.ENDED, *dates, "2026-12-20T12:00")
    assert phases.sentence(GERMAN, announced) == "beginnt morgen, Samstag, 5. Dezember 2026"
    assert phases.sentence(GERMAN, ended) == "beendet seit Samstag, 12. Dezember 2026, 24 Uhr"
    assert [(step.name, step.state) for step in phases.line(GERMAN, ended)] == [
        ("Ankündigung", "done"),
        ("Beteiligung", "done"),
        ("Auswertung", "current"),
    ]
    at_noon = period(phases.ANNOUNCED, "2026-12-05T12:30", "2026-12-13T00:00", "2026-12-05T08:00")
    assert phases.sentence(GERMAN, at_noon) == "beginnt heute, Samstag, 5. Dezember 2026, 12:30 Uhr"


@given(st.integers(0, 0xFFFFFF))
def test_links_can_be_read_on_every_ground(number: int) -> None:
    colour = readable(f"#{number:06x}")
    assert contrast(colour, "#f3f4f7") >= 4.5
    assert readable(colour) == colour


def test_a_colour_that_is_dark_enough_stays() -> None:
    assert readable("#1a5276") == "#1a5276"
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_headings_follow_the_page() -> None:
    assert to_html("# A\n\n## B", heading=3) == "<h3>A</h3>\n<h4>B</h4>\n"
    assert to_html("### A\n\n###### B", heading=2) == "<h2>A</h2>\n<h5>B</h5>\n"


def test_plain_text_keeps_its_lines() -> None:
    assert plain_to_html("a\nb\n\n\n<c>") == "<p>a<br>b</p>\n<p>&lt;c&gt;</p>"
    assert plain_to_html("") == ""
