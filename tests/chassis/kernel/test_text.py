"""What is done to text that a person typed."""

import unicodedata

import pytest
from civic_chassis.kernel.errors import DomainError, Kind, Violation
from civic_chassis.kernel.text import Violations, clean_line, clean_text
from hypothesis import given
from hypothesis import strategies as st


def violation_of(value: str, *, min: int = 1, max: int = 4000, line: bool = False) -> Violation:
    clean = clean_line if line else clean_text
    with pytest.raises(DomainError) as caught:
        clean(value, "text", min=min, max=max)
    assert (caught.value.kind, caught.value.reason) == (Kind.INVALID, "INVALID_ARGUMENT")
    (violation,) = caught.value.violations
    assert violation.field == "text"
    return violation


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Mehr Bäume  ", "Mehr Bäume"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("Ba\u0308ume", "Bäume"),
        ("links\u202erechts\u202c \u2066a\u2069", "linksrechts a"),
        ("\ufeffText\u200b", "Text"),
        ("a\u2028b\u2029c", "a\nb\n\nc"),
        ("Spalte\tSpalte", "Spalte\tSpalte"),
        ("👩‍👩‍👧 und 🏳️‍🌈", "👩‍👩‍👧 und 🏳️‍🌈"),
        ("عربي\u200f!", "عربي\u200f!"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_text_is_made_regular(typed: str, kept: str) -> None:
    assert clean_text(typed, "text", min=1, max=100) == kept


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " \n\t ",
        "\u200b\u200c\u200d\ufeff",
        "\u00a0\u3000",
        "\u2066\u2069",
        "\u3164\u2800",
        "\u0301\u0301",
        "\u00ad",
    ],
)
def test_text_without_ink_is_empty(blank: str) -> None:
    violation = violation_of(blank)
    assert (violation.reason, violation.metadata) == ("EMPTY", {"min": "1"})
    assert clean_text(blank, "text", min=0, max=10) == ""


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(control: str) -> None:
    assert violation_of(f"a{control}b").reason == "CONTROL_CHARACTER"


@pytest.mark.parametrize("broken", ["a\nb", "a\r\nb", "a\u2028b", "a\tb"])
def test_a_line_has_no_breaks(broken: str) -> None:
    assert violation_of(broken, line=True).reason == "LINE_BREAK"
    assert clean_line("\n Ein Titel \n", "title", min=1, max=20) == "Ein Titel"


def test_eight_combining_marks_in_a_row_are_enough() -> None:
    assert clean_text("x" + "\u0316" * 8, "text", min=1, max=100) == "x" + "\u0316" * 8
    violation = violation_of("Zalgo x" + "\u0316" * 9)
    assert (violation.reason, violation.metadata) == ("COMBINING_MARKS", {"max": "8"})


def test_length_is_counted_in_characters_after_cleaning() -> None:
    assert clean_text(" äöü ", "text", min=3, max=3) == "äöü"
    assert clean_text("a\u0308o\u0308u\u0308", "text", min=3, max=3) == "äöü"
    long = violation_of("x" * 100_000, max=4000)
    assert (long.reason, long.metadata) == ("TOO_LONG", {"max": "4000", "actual": "100000"})
    short = violation_of("ab", min=3)
    assert (short.reason, short.metadata) == ("TOO_SHORT", {"min": "3", "actual": "2"})


def test_violations_name_every_field() -> None:
    violations = Violations()
    assert violations.line("Titel", "title", min=1, max=10) == "Titel"
    assert violations.text("", "text", min=1, max=10) == ""
    violations.line("x" * 11, "name", min=1, max=10)
    violations.add("end_time", "OUT_OF_RANGE", "must be after start_time", min="2026-01-01")
    with pytest.raises(DomainError) as caught:
        violations.check()
    found = [(violation.field, violation.reason) for violation in caught.value.violations]
    assert found == [("text", "EMPTY"), ("name", "TOO_LONG"), ("end_time", "OUT_OF_RANGE")]
    assert caught.value.message == "invalid: text, name, end_time"
    Violations().check()


@given(st.text())
def test_cleaning_is_total_and_settles(value: str) -> None:
    try:
        once = clean_text(value, "text", min=1, max=4000)
    except DomainError as error:
        assert error.kind is Kind.INVALID
        return
    assert once == unicodedata.normalize("NFC", once)
    assert clean_text(once, "text", min=1, max=4000) == once
    once.encode()
