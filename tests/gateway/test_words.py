"""Words by language: placeholders, plurals, days in Berlin, and what a reader prefers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from civic_gateway.web import i18n

CATALOGUE = i18n.load()
DE, EN = CATALOGUE.words("de"), CATALOGUE.words("en")


@pytest.mark.parametrize(
    ("count", "german", "english"),
    [
        (1, "in 1 Sekunde", "in 1 second"),
        (2, "in 2 Sekunden", "in 2 seconds"),
        (0, "in 0 Sekunden", "in 0 seconds"),
    ],
)
def test_plurals_follow_the_number(count: int, german: str, english: str) -> None:
    assert german in DE.text("errors.reason.RATE_LIMITED.detail", count=count)
    assert english in EN.text("errors.reason.RATE_LIMITED.detail", count=count)


@pytest.mark.parametrize(
    ("instant", "german", "english"),
    [
        # 24:00 in winter and in summer, and the days on which the clocks change.
        ("2026-12-12T23:00:00Z", "Samstag, 12. Dezember 2026, 24 Uhr", "Saturday, 12 December 2026, 24:00"),
        ("2026-07-12T22:00:00Z", "Sonntag, 12. Juli 2026, 24 Uhr", "Sunday, 12 July 2026, 24:00"),
        ("2026-03-29T22:00:00Z", "Sonntag, 29. März 2026, 24 Uhr", "Sunday, 29 March 2026, 24:00"),
        ("2026-10-25T23:00:00Z", "Sonntag, 25. Oktober 2026, 24 Uhr", "Sunday, 25 October 2026, 24:00"),
        ("2026-12-31T23:00:00Z", "Donnerstag, 31. Dezember 2026, 24 Uhr", "Thursday, 31 December 2026, 24:00"),
        ("2026-12-12T22:59:59Z", "Samstag, 12. Dezember 2026, 23:59 Uhr", "Saturday, 12 December 2026, 23:59"),
        ("2026-12-12T08:05:00+01:00", "Samstag, 12. Dezember 2026, 8:05 Uhr", "Saturday, 12 December 2026, 08:05"),
    ],
)
def test_an_end_is_said_as_people_say_it(instant: str, german: str, english: str) -> None:
    assert (DE.end(instant), EN.end(instant)) == (german, english)


def test_days_and_numbers() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert (DE.day(new_year), EN.day(new_year)) == ("Freitag, 1. Januar 2027", "Friday, 1 January 2027")
    assert (DE.day(new_year.date()), DE.day(new_year, weekday=False)) == (
        "Donnerstag, 31. Dezember 2026",
        "1. Januar 2027",
    )
    assert (DE.number(1234567), EN.number(1234567)) == ("1.234.567", "1,234,567")
    with pytest.raises(ValueError, match="offset"):
        DE.instant("2026-12-12T08:00:00")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "de"),
        ("de", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("fr,en;q=0.3,de;q=0.4", "de"),
        ("fr, *;q=0.1", "de"),
        ("EN", "en"),
        ("en;q=0", "de"),
        ("en;q=abc, de;q=2", "de"),
        ("," * 10_000, "de"),
    ],
)
def test_the_reader_gets_the_language_they_prefer(header: str, language: str) -> None:
    assert i18n.negotiate(header) == language


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(i18n.UnknownText):
        DE.text("errors.nothing")
    assert "errors.nothing" not in DE
    assert CATALOGUE.words("fr") is DE


def test_languages_that_differ_are_refused(tmp_path: Path) -> None:
    for language, text in (("de", "a: x\nb: no\n"), ("en", "a: x\nc: {one: y, other: z}\n")):
        (tmp_path / language).mkdir()
        (tmp_path / language / "f.yaml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"f\.b, f\.c"):
        i18n.load(tmp_path)


def test_both_languages_ask_for_the_same_values() -> None:
    def names(entry: i18n.Entry) -> set[str]:
        texts = entry.values() if isinstance(entry, Mapping) else [entry]
        return {name for text in texts for name in re.findall(r"\{(\w+)(?::\w+)?\}", text)}

    different = {key for key, entry in DE.entries.items() if names(entry) != names(EN.entries[key])}
    assert different == set()


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    for language in ("de", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "a.yaml").write_text("b:\n  c: eins\n  d: x\n  c: zwei\n", "utf-8")
    with pytest.raises(ValueError, match="c stands twice"):
        i18n.load(tmp_path)
