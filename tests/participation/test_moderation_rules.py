"""Rules that hold texts back, one by one; word lists and reasons that are refused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from civic_chassis.kernel.errors import DomainError
from civic_participation.domain.moderation_rules import Memory, count_links, digest_of, found_word, judged
from civic_participation.domain.moderation_settings import DEFAULTS, ModerationSettings, Reason, Rule, checked
from civic_participation.domain.moderation_times import next_morning, next_notice

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LONG = "Auf dem Marktplatz fehlen Bänke im Schatten der Linden."


def rules(
    text: str, *, settings: ModerationSettings = DEFAULTS, memory: Memory | None = None, before_reading: bool = False
) -> list[tuple[str, str]]:
    judgement = judged(settings, ["Titel", text], memory, before_reading=before_reading, at=AT)
    return [(hold.rule, hold.detail) for hold in judgement.holds]


def remembered(texts: Sequence[tuple[timedelta, str]], *, known: bool = True) -> Memory:
    lines = [judged(DEFAULTS, ["Titel", text], None, before_reading=False, at=AT - ago).trace for ago, text in texts]
    return Memory(known, lines)


def test_an_honest_text_is_shown() -> None:
    assert rules("Mehr Bänke, siehe https://lindental.example/plan und www.lindental.example.") == []
    assert rules(LONG) == []


def test_an_offer_that_is_moderated_first_holds_everything() -> None:
    assert rules(LONG, before_reading=True) == [("offer", "")]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("keine", 0),
        ("Am 12.12.2026 um 8.30 Uhr, Punkt.Ohne Leerzeichen", 0),
        ("anna@lindental.de schreibt", 0),
        ("https://a.example https://b.example", 2),
        ("[hier](https://a.example) und <a href='https://b.example'>", 2),
        ("https://www.a.example", 1),
        ("billig.shop und pillen.top und kredit.com", 3),
        ("HTTPS://A.EXAMPLE WWW.B.EXAMPLE", 2),
    ],
)
def test_links_are_counted_however_they_are_written(text: str, links: int) -> None:
    assert count_links(text) == links


def test_too_many_links_are_held() -> None:
    text = "https://a.example https://b.example https://c.example"
    assert rules(text) == [("links", "3")]
    assert rules(text, settings=replace(DEFAULTS, links_max=3)) == []
    assert rules(text, settings=replace(DEFAULTS, rules=frozenset())) == []


def test_the_same_text_of_the_same_person_is_held_however_it_is_spaced() -> None:
    memory = remembered([(timedelta(days=1), LONG)])
    assert rules(f"  {LONG.upper()} !!", memory=memory) == [("repeated", "")]
    assert rules(LONG + " Danke.", memory=memory) == []
    assert rules(LONG, memory=remembered([(timedelta(days=31), LONG)])) == []


def test_a_short_text_may_be_said_twice() -> None:
    assert digest_of("Gute Idee.") == ""
    assert rules("Gute Idee.", memory=remembered([(timedelta(hours=1), "Gute Idee.")])) == []


def test_too_many_in_a_minute_are_held() -> None:
    ten = [(timedelta(seconds=5 * number), f"Text Nummer {number}") for number in range(10)]
    settings = replace(DEFAULTS, per_minute=10)
    assert rules(LONG, memory=remembered(ten), settings=settings) == [("too_many", "11")]
    assert rules(LONG, memory=remembered(ten[:9]), settings=settings) == []
    assert rules(LONG, memory=remembered(ten)) == []
    assert rules(LONG, memory=remembered([(timedelta(seconds=60), "x")] * 30)) == []


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["idiot"], "Du Idiot!", "idiot"),
        (["idiot"], "Idiotie", ""),
        (["idiot*"], "So eine Idiotie.", "idiotie"),
        (["blöde kuh"], "Blöde\n Kuh", "blöde\n kuh"),
        (["casino"], "C4S1N0", "casino"),
        (["idiot"], "Idi\u00adot", "idiot"),
        (["c++"], "Wir nutzen C++ hier.", "c++"),
        (["a.b"], "axb", ""),
    ],
)
def test_words_of_the_list_are_found_as_words(words: list[str], text: str, found: str) -> None:
    assert found_word(words, text) == found


def test_a_word_of_the_list_is_named() -> None:
    assert rules("Du Idiot!", settings=replace(DEFAULTS, words=("idiot",))) == [("words", "idiot")]


def test_a_long_text_and_list_are_searched_quickly() -> None:
    words = [f"wort{number}*" for number in range(500)]
    assert found_word(words, "a" * 10_000 + " [" * 5_000) == ""
    assert count_links("[" * 10_000) == 0
    assert count_links("a." * 5_000) == 0


def test_a_new_person_is_held_where_the_tenant_wants_it() -> None:
    settings = replace(DEFAULTS, rules=frozenset({Rule.NEW_ACCOUNT}))
    assert rules(LONG) == []
    assert rules(LONG, settings=settings) == [("new_account", "")]
    assert rules(LONG, settings=settings, memory=Memory(False, [])) == [("new_account", "")]
    assert rules(LONG, settings=settings, memory=Memory(True, [])) == []


def refused(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(DomainError) as error:
        checked(replace(DEFAULTS, **changes), DEFAULTS)
    return [(violation.field, violation.reason) for violation in error.value.violations]


@pytest.mark.parametrize("word", ["*", "**", "e*", "un*", "und", "Und", ".", "ein", "a*b*", "the", "-*"])
def test_a_word_list_that_matches_everything_is_refused(word: str) -> None:
    assert ("words", "MATCHES_EVERYTHING") in refused(words=("idiot", word))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"links_max": -1}, [("links_max", "OUT_OF_RANGE")]),
        ({"per_minute": 0}, [("per_minute", "OUT_OF_RANGE")]),
        ({"remind_hours": 721}, [("remind_hours", "OUT_OF_RANGE")]),
        ({"words": tuple(f"wort{number}" for number in range(501))}, [("words", "OUT_OF_RANGE")]),
        ({"words": ("x" * 61,)}, [("words", "TOO_LONG")]),
        ({"reasons": ()}, [("reasons", "OUT_OF_RANGE")]),
        ({"reasons": (Reason("Ä", {"de": "Ärger"}),)}, [("reasons", "MALFORMED")]),
        ({"reasons": (Reason("spam", {"en": "Spam"}),)}, [("reasons", "REQUIRED")]),
        ({"policy": {"deutsch": "x"}}, [("policy", "MALFORMED")]),
        ({"policy": {"de": "x" * 20_001}}, [("policy", "TOO_LONG")]),
    ],
)
def test_settings_out_of_their_limits_name_the_field(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert refused(**changes) == expected


def test_a_reason_never_goes_and_other_is_always_offered() -> None:
    changed = checked(replace(DEFAULTS, reasons=(Reason("spam", {"de": "Spam"}),)), DEFAULTS)
    offered = {reason.code for reason in changed.reasons if reason.active}
    assert offered == {"spam", "other"}
    assert {reason.code for reason in changed.reasons} == {"spam"} | {reason.code for reason in DEFAULTS.reasons}


def test_words_are_made_regular() -> None:
    assert checked(replace(DEFAULTS, words=("  Blöde   KUH ", "", "blöde kuh")), DEFAULTS).words == ("blöde kuh",)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 23, 6, 59, tzinfo=UTC), datetime(2026, 11, 23, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 7, 0, tzinfo=UTC), datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        # Clocks go forward in the night.
        (datetime(2027, 3, 27, 12, 0, tzinfo=UTC), datetime(2027, 3, 28, 6, 0, tzinfo=UTC)),
    ],
)
def test_reminders_come_at_eight_in_germany(at: datetime, expected: datetime) -> None:
    assert next_morning(at) == expected


def test_new_cases_are_told_together() -> None:
    assert next_notice(datetime(2026, 11, 23, 8, 1, 7, 5, tzinfo=UTC)) == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    assert next_notice(datetime(2026, 11, 23, 8, 5, tzinfo=UTC)) == datetime(2026, 11, 23, 8, 10, tzinfo=UTC)
