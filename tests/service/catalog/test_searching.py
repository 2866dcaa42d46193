"""Searching as people type: other forms, umlauts, typing errors."""

import pytest
from civic_participation.domain.offers import OfferPlace, OfferTexts

from tests.service.catalog.conftest import DAY, Tool


async def fill(tool: Tool) -> None:
    await tool.add("Neue Spielplätze für die Kinder", teaser="Wo wird gespielt?", search_text="Rutsche und Schaukel")
    await tool.add("Umbau der Mühlstraße", themes=("Verkehr",), place=OfferPlace(address="Mühlstraße 3"))
    await tool.add("Radverkehrskonzept", translations={"en": OfferTexts("Cycling plan", "Safe ways to school")})
    await tool.add("Bebauungsplan Nr. 12", place=OfferPlace(district="Weststadt"))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Spielplatz", "Neue Spielplätze für die Kinder"),
        ("spielplaetze", "Neue Spielplätze für die Kinder"),
        ("SPIELPLÄTZEN", "Neue Spielplätze für die Kinder"),
        ("spielpl", "Neue Spielplätze für die Kinder"),
        ("kind", "Neue Spielplätze für die Kinder"),
        ("Schaukeln", "Neue Spielplätze für die Kinder"),
        ("spielen Rutsche", "Neue Spielplätze für die Kinder"),
        ("Mühlstrasse", "Umbau der Mühlstraße"),
        ("Muehlstraße", "Umbau der Mühlstraße"),
        ("muehlstr", "Umbau der Mühlstraße"),
        ("Verkehr", "Umbau der Mühlstraße"),
        ("cycling", "Radverkehrskonzept"),
        ("school", "Radverkehrskonzept"),
        ("Weststadt", "Bebauungsplan Nr. 12"),
        ("bebauungsplan 12", "Bebauungsplan Nr. 12"),
    ],
)
async def test_words_are_found_in_every_form(tool: Tool, query: str, title: str) -> None:
    await fill(tool)
    answer = await tool.page(query=query)
    assert ([listed.offer.texts.title for listed in answer.offers], answer.corrected_query) == ([title], "")


@pytest.mark.parametrize(
    ("query", "title", "corrected"),
    [
        ("Spielplazt", "Neue Spielplätze für die Kinder", "spielplaetze"),
        ("Mülstraße", "Umbau der Mühlstraße", "muehlstrasse"),
        ("Radverkerskonzept", "Radverkehrskonzept", "radverkehrskonzept"),
        ("Bebaungsplan 12", "Bebauungsplan Nr. 12", "bebauungsplan 12"),
        ("Umbua", "Umbau der Mühlstraße", "umbau"),
        ("verkehrskonzept", "Radverkehrskonzept", "radverkehrskonzept"),
    ],
)
async def test_typing_errors_are_forgiven_and_said(tool: Tool, query: str, title: str, corrected: str) -> None:
    await fill(tool)
    answer = await tool.page(query=query, count=True)
    assert [listed.offer.texts.title for listed in answer.offers] == [title]
    assert (answer.corrected_query, answer.hit_count) == (corrected, 1)


@pytest.mark.parametrize("query", ["Schwimmbad", "xq", "' OR 1=1 --", "a & !b | (c", "spielplatz:* <-> mühle", "\\"])
async def test_what_nothing_is_like_finds_nothing(tool: Tool, query: str) -> None:
    await tool.add("Neue Spielplätze")
    answer = await tool.page(query=query, count=True)
    # A query of signs alone has no words and narrows nothing.
    expected = 1 if query == "\\" else 0
    assert (len(answer.offers), answer.hit_count, answer.corrected_query) == (expected, expected, "")


async def test_pages_of_a_corrected_search_go_on(tool: Tool) -> None:
    for number in range(3):
        await tool.add(f"Bebauungsplan {number}", end_time=tool.clock.now() + (number + 1) * DAY)
    first = await tool.page(query="Bebaungsplan", page_size=2)
    second = await tool.page(query="Bebaungsplan", page_size=2, page_token=first.next_page_token)
    found = [listed.offer.texts.title for listed in (*first.offers, *second.offers)]
    assert found == ["Bebauungsplan 0", "Bebauungsplan 1", "Bebauungsplan 2"]
    assert second.corrected_query == "bebauungsplan"


async def test_a_search_reaches_the_archive(tool: Tool) -> None:
    now = tool.clock.now()
    await tool.add("Marktplatz", end_time=now - 2 * DAY, archive_time=now - DAY)
    assert await tool.titles() == []
    assert await tool.titles(query="marktplatz") == ["Marktplatz"]
