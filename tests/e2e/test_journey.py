"""Two citizens and one member of staff, from the draft to the end of a Dialog; with JavaScript and without."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import Window

BERLIN = ZoneInfo("Europe/Berlin")


def today() -> dt.date:
    return dt.datetime.now(BERLIN).date()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
async def test_a_dialog_from_draft_to_end(window: Window, javascript: bool) -> None:
    title = f"Neue Linden am Anger ({'mit' if javascript else 'ohne'} Skript, {dt.datetime.now(BERLIN):%H%M%S})"
    async with (
        window(javascript=javascript) as meyer,
        window(javascript=javascript) as anna,
        window(javascript=javascript) as bora,
    ):
        # Staff: a draft with what is missing, a preview, publishing as a step of its own.
        await meyer.open("/lindental")
        await meyer.sign_in("meyer")
        await meyer.page.get_by_role("link", name="Verwaltung").click()
        await meyer.page.get_by_role("link", name="Neuer Dialog").click()
        await meyer.page.get_by_label("Titel", exact=True).fill(title)
        await meyer.page.get_by_role("button", name="Vorschau").click()
        assert await meyer.page.locator(".preview h3").first.inner_text() == title
        await meyer.page.get_by_label("Erster Tag").fill(today().isoformat())
        await meyer.page.get_by_label("Letzter Tag").fill((today() + dt.timedelta(days=5)).isoformat())
        await meyer.page.locator("#feld-text").fill("## Worum es geht\n\nWo sollen **neue Linden** stehen?")
        await meyer.page.get_by_role("button", name="Entwurf speichern").click()
        assert "Gespeichert" in await meyer.text()
        assert await meyer.page.locator("[aria-labelledby=fehlt] li").all_inner_texts() == [
            "Kurztext",
            "Englische Fassung",
        ]
        staff_path = meyer.path.partition("?")[0]
        draft_path = staff_path.replace("/verwaltung/", "/")

        # A draft is nobody else's.
        assert await anna.open(draft_path) == 404

        await meyer.page.get_by_role("link", name="Veröffentlichen", exact=True).click()
        await meyer.page.get_by_role("button", name="Jetzt veröffentlichen").click()
        await meyer.page.get_by_role("link", name="Öffentliche Seite ansehen").click()
        assert "noch 5 Tage, bis " in await meyer.text()

        # Citizen: reads, signs in, writes, gets a receipt, changes it.
        assert await anna.open(draft_path) == 200
        assert await anna.page.locator("h2", has_text="Worum geht es").count() == 1
        assert await anna.page.locator("strong", has_text="neue Linden").count() == 1
        await anna.page.get_by_role("link", name="Beitrag schreiben").first.click()
        await anna.page.locator("main").get_by_role("link", name="Anmelden").click()
        await anna.fill_in_sign_in("anna")
        await anna.page.get_by_label("Überschrift").fill("Am Bach entlang")
        await anna.page.get_by_label("Ihr Beitrag").fill("Dort ist Schatten nötig.\n\n<script>alert(1)</script>")
        assert "Alle sehen Ihren Beitrag, den Zeitpunkt und Ihren Benutzernamen „anna“" in await anna.text()
        await anna.page.get_by_role("button", name="Beitrag absenden").click()
        receipt = await anna.text()
        assert "Ihr Beitrag ist eingegangen" in receipt
        assert re.search(r"\d\d:\d\d:\d\d Uhr", receipt)
        await anna.page.get_by_role("link", name="Beitrag ansehen").click()
        assert "<script>alert(1)</script>" in await anna.text()
        contribution_path = anna.path
        await anna.page.get_by_role("link", name="Beitrag ändern").click()
        await anna.page.get_by_label("Überschrift").fill("Am Mühlbach entlang")
        await anna.page.get_by_role("button", name="Änderung speichern").click()
        assert await anna.page.locator("h1").inner_text() == "Am Mühlbach entlang"
        assert "Zuletzt geändert am" in await anna.text()

        # Another one: rates, changes the rating, comments; the first one replies.
        await bora.open(contribution_path)
        await bora.page.get_by_role("link", name="Anmelden und bewerten").click()
        await bora.fill_in_sign_in("bora")
        await bora.page.get_by_role("button", name="Dafür").click()
        await bora.page.get_by_role("button", name="Dafür 1").wait_for()
        await bora.page.get_by_role("button", name="Dagegen").click()
        await bora.page.get_by_role("button", name="Dagegen 1").wait_for()
        assert await bora.page.locator(".rate__count").all_inner_texts() == ["0", "0", "1"]
        assert "Ihre Bewertung: Dagegen." in await bora.text()
        await bora.page.get_by_role("button", name="Dagegen").click()
        await bora.page.get_by_role("button", name="Dagegen 0").wait_for()
        await bora.page.get_by_label("Ihr Kommentar").fill("Und am Markt?")
        await bora.page.get_by_role("button", name="Kommentar absenden").click()
        assert "Ihr Kommentar ist eingegangen" in await bora.text()
        await bora.page.get_by_role("link", name="Kommentar ansehen").click()

        await anna.open(contribution_path)
        assert "1 Kommentar" in await anna.text()
        await anna.page.get_by_role("link", name="Antworten").click()
        await anna.page.get_by_label("Ihre Antwort").fill("Dort stehen schon welche.")
        await anna.page.get_by_role("button", name="Kommentar absenden").click()
        await anna.page.get_by_role("link", name="Kommentar ansehen").click()
        assert await anna.page.locator(".comment .prose").all_inner_texts() == [
            "Und am Markt?",
            "Dort stehen schon welche.",
        ]
        assert await anna.page.locator(".comment--1").count() == 1
        await anna.page.get_by_role("link", name="Mein Bereich").click()
        assert [await anna.page.locator(".entry .badges").nth(number).inner_text() for number in (0, 1)] == [
            "Kommentar",
            "Beitrag",
        ]

        # Staff: extends with a reason that everybody reads, then ends; the page says since when.
        await meyer.open(staff_path)
        await meyer.page.get_by_role("link", name="Verlängern", exact=True).click()
        await meyer.page.get_by_label("Neuer letzter Tag").fill((today() + dt.timedelta(days=9)).isoformat())
        await meyer.page.get_by_label("Begründung").fill("Wegen der Ferien.")
        await meyer.page.get_by_role("button", name="Jetzt verlängern").click()
        await anna.open(draft_path)
        assert "noch 9 Tage" in await anna.text()
        assert "Wegen der Ferien." in await anna.text()
        await meyer.open(staff_path)
        await meyer.page.get_by_role("link", name="Beenden", exact=True).click()
        await meyer.page.get_by_label("Begründung").fill("Die Bäume sind bestellt.")
        await meyer.page.get_by_role("button", name="Jetzt beenden").click()
        await anna.open(draft_path)
        ended = await anna.text()
        assert "beendet seit " in ended
        assert "Die Bäume sind bestellt." in ended
        assert await anna.page.get_by_role("link", name="Beitrag schreiben").count() == 0
        await bora.open(contribution_path)
        assert "nicht mehr möglich" in await bora.text()
        assert await bora.page.get_by_role("button", name="Kommentar absenden").count() == 0
        assert await bora.page.get_by_role("button", name="Dafür").count() == 0

        # Signing out.
        await anna.page.get_by_role("button", name="Abmelden").click()
        await anna.page.wait_for_url(f"{anna.portal}/abmelden")
        assert await anna.page.get_by_role("link", name="Anmelden").count() == 1
        assert meyer.complaints + anna.complaints + bora.complaints == []


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
async def test_who_signs_out_reads_that_it_is_done(window: Window, javascript: bool) -> None:
    async with window(javascript=javascript) as anna:
        await anna.open("/")
        await anna.sign_in("anna")
        # An address that somebody sent changes nothing.
        await anna.open("/abmelden")
        assert await anna.page.locator("h1").inner_text() == "Möchten Sie sich abmelden?"
        assert not javascript or await anna.axe() == []
        await anna.page.locator("main").get_by_role("button", name="Abmelden").click()
        await anna.page.get_by_role("heading", level=1, name="Sie sind abgemeldet").wait_for()
        assert anna.path == "/abmelden"
        assert await anna.page.get_by_role("link", name="Mein Bereich").count() == 0
        assert not javascript or await anna.axe() == []
        # The sign-in in the realm is over as well: it asks for the password again.
        await anna.page.locator(".account__link").click()
        await anna.page.locator("#password").wait_for()
