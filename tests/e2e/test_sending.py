"""What is sent arrives once, and what is typed is never lost."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import httpx
from playwright.async_api import FilePayload

from tests import specimens
from tests.e2e.browsing import PHONE, Visitor
from tests.e2e.conftest import Portal, Window


async def dialog(portal: Portal, name: str, **settings: Any) -> tuple[str, str]:
    """Publishes a Dialog that runs; returns its id, and its title, which no other has."""
    title = f"{name} {secrets.token_hex(3)}"
    made = await portal.api(
        "POST",
        "/lindental/discussion/topics",
        person="meyer",
        title=title,
        text="Was meinen Sie?",
        start_date="2026-01-01",
        end_date="2099-12-31",
        settings=settings,
    )
    await portal.api("POST", f"/lindental/discussion/topics/{made['id']}:publish", person="meyer")
    return str(made["id"]), title


async def go_to_form(visitor: Visitor, title: str) -> None:
    """Opens the form for a new contribution, signed out."""
    await visitor.search(title, title)
    await visitor.page.get_by_role("link", name="Beitrag schreiben").first.click()


async def test_a_double_click_sends_once(window: Window, portal: Portal) -> None:
    for javascript in (True, False):
        topic, title = await dialog(portal, "Doppelklick")
        async with window(javascript=javascript) as anna:
            await go_to_form(anna, title)
            await anna.page.locator("main").get_by_role("link", name="Anmelden").click()
            await anna.fill_in_sign_in("anna")
            await anna.page.get_by_label("Überschrift").fill("Einmal genügt")
            await anna.page.get_by_label("Ihr Beitrag").fill("Bitte nur einmal.")
            await anna.page.get_by_role("button", name="Beitrag absenden").dblclick()
            await anna.page.wait_for_url("**/eingang")
        listed = await portal.api("GET", f"/lindental/discussion/topics/{topic}/contributions", person="anna")
        assert [item["title"] for item in listed["items"]] == ["Einmal genügt"]


async def send_twice(visitor: Visitor, button: str) -> list[tuple[int, str]]:
    """Sends the form of the button two times as it stands, as a double click may; returns status and address."""
    fields = await visitor.page.get_by_role("button", name=button).evaluate(
        "button => [button.form.getAttribute('action'), Object.fromEntries(new FormData(button.form, button))]"
    )
    seen = []
    for _ in range(2):
        answer = await visitor.page.request.post(
            visitor.portal + fields[0], form=fields[1], headers={"origin": visitor.portal}
        )
        seen.append((answer.status, answer.url.removeprefix(visitor.portal)))
    return seen


async def test_a_change_that_is_sent_twice_is_no_conflict(window: Window, portal: Portal) -> None:
    topic, title = await dialog(portal, "Doppelt geändert")
    made = await portal.api(
        "POST", f"/lindental/discussion/topics/{topic}/contributions", person="anna", title="Vorher", text="Alt"
    )
    async with window() as anna, window() as meyer:
        await anna.search(title, title)
        await anna.page.get_by_role("link", name="Vorher").click()
        await anna.sign_in("anna")
        await anna.page.get_by_role("link", name="Beitrag ändern").click()
        address = anna.path.removesuffix("/bearbeiten").replace("/vorher-", "/nachher-")
        await anna.page.get_by_label("Überschrift").fill("Nachher")
        assert await send_twice(anna, "Änderung speichern") == [(200, address)] * 2

        await meyer.open("/lindental/verwaltung")
        await meyer.sign_in("meyer")
        await meyer.page.get_by_role("link", name=title).first.click()
        staff_path = meyer.path
        saved = f"{staff_path}?gespeichert=1"
        await meyer.page.locator("#feld-teaser").fill("Ein Satz dazu.")
        assert await send_twice(meyer, "Änderung speichern") == [(200, saved)] * 2
        await meyer.open(f"{staff_path}/beenden")
        await meyer.page.get_by_label("Begründung").fill("Es ist alles gesagt.")
        assert await send_twice(meyer, "Jetzt beenden") == [(200, saved)] * 2
        # Somebody else's reason is not that of the form.
        await meyer.open(f"{staff_path}/beenden")
        await meyer.page.get_by_label("Begründung").fill("Noch einmal.")
        assert [status for status, _ in await send_twice(meyer, "Jetzt beenden")] == [409, 409]
    changed = await portal.api("GET", f"/lindental/discussion/contributions/{made['id']}", person="anna")
    assert changed["etag"] == "2"


async def test_a_session_that_ends_while_typing_keeps_the_text(window: Window, portal: Portal) -> None:
    for javascript in (True, False):
        topic, title = await dialog(portal, "Sitzungsende")
        async with window(javascript=javascript) as anna:
            await go_to_form(anna, title)
            await anna.page.locator("main").get_by_role("link", name="Anmelden").click()
            await anna.fill_in_sign_in("anna")
            await anna.page.get_by_label("Überschrift").fill("Lange überlegt")
            await anna.page.get_by_label("Ihr Beitrag").fill("Erste Zeile\n\nZweite Zeile")
            await anna.page.context.clear_cookies(name="civic_session")
            # The realm's own session ends too: signing in asks for the password again.
            await anna.page.context.clear_cookies(path="/realms/hessen/")
            await anna.page.get_by_role("button", name="Beitrag absenden").click()
            await anna.fill_in_sign_in("anna")
            assert await anna.page.get_by_label("Überschrift").input_value() == "Lange überlegt"
            assert await anna.page.get_by_label("Ihr Beitrag").input_value() == "Erste Zeile\n\nZweite Zeile"
            await anna.page.get_by_role("button", name="Beitrag absenden").click()
            await anna.page.wait_for_url("**/eingang")
        listed = await portal.api("GET", f"/lindental/discussion/topics/{topic}/contributions", person="anna")
        assert [item["text"] for item in listed["items"]] == ["Erste Zeile\n\nZweite Zeile"]


async def test_a_refused_form_says_what_and_where_and_keeps_everything(window: Window, portal: Portal) -> None:
    _, title = await dialog(portal, "Zu lang")
    async with window(size=PHONE) as anna:
        await go_to_form(anna, title)
        await anna.page.locator("main").get_by_role("link", name="Anmelden").click()
        await anna.fill_in_sign_in("anna")
        long_text = "Wörter und Zeichen. " * 5_000
        await anna.page.get_by_label("Überschrift").fill("\u200b\u200b")
        await anna.page.get_by_label("Ihr Beitrag").fill(long_text)
        await anna.page.get_by_role("button", name="Beitrag absenden").click()
        await anna.page.wait_for_selector(".error-summary")
        assert await anna.page.title() == "Fehler: Beitrag schreiben – Stadt Lindental – Beteiligungsportal Hessen"
        assert await anna.page.evaluate("document.activeElement.id") == "fehler"
        links = await anna.page.locator(".error-summary a").all_inner_texts()
        assert links == [
            "Überschrift: Bitte schreiben Sie etwas. Leerzeichen allein genügen nicht.",
            "Ihr Beitrag: Erlaubt sind höchstens 10.000 Zeichen, es sind 99.999.",
        ]
        await anna.page.locator(".error-summary a").last.click()
        assert await anna.page.evaluate("document.activeElement.id") == "feld-text"
        assert await anna.page.get_by_label("Ihr Beitrag").input_value() == long_text
        assert await anna.page.locator("#feld-text").get_attribute("aria-invalid") == "true"
        # English readers get the same in English.
        await anna.page.context.add_cookies([{"name": "civic_lang", "value": "en", "url": anna.portal}])
        await anna.page.get_by_role("button", name="Beitrag absenden").click()
        await anna.page.wait_for_selector("html[lang=en]")
        assert await anna.page.locator(".error-summary a").last.inner_text() == (
            "Your contribution: at most 10,000 characters are allowed, there are 99,999."
        )


async def test_two_edits_at_once_lose_neither(window: Window, portal: Portal) -> None:
    topic, title = await dialog(portal, "Zwei Fassungen")
    made = await portal.api(
        "POST",
        f"/lindental/discussion/topics/{topic}/contributions",
        person="anna",
        title="Erste Fassung",
        text="Eins",
    )
    async with window() as anna:
        await anna.search(title, title)
        await anna.page.get_by_role("link", name="Erste Fassung").click()
        await anna.sign_in("anna")
        await anna.page.get_by_role("link", name="Beitrag ändern").click()
        await _change(portal, made["id"], made["etag"], "Zwei, auf dem Telefon geschrieben")
        await anna.page.get_by_label("Ihr Beitrag").fill("Drei, am Rechner geschrieben")
        await anna.page.get_by_role("button", name="Änderung speichern").click()
        shown = await anna.text()
        assert "In der Zwischenzeit hat sich etwas geändert" in shown
        assert "Zwei, auf dem Telefon geschrieben" in shown
        assert await anna.page.get_by_label("Ihr Beitrag").input_value() == "Drei, am Rechner geschrieben"
        await anna.page.get_by_role("button", name="Änderung speichern").click()
        assert "Drei, am Rechner geschrieben" in await anna.text()
        # The same words, but a file more: that is no double click.
        await anna.page.get_by_role("link", name="Beitrag ändern").click()
        await _change(portal, made["id"], "*", "Vier, überall gleich")
        await anna.page.get_by_label("Ihr Beitrag").fill("Vier, überall gleich")
        photo: FilePayload = {"name": "platz.jpg", "mimeType": "image/jpeg", "buffer": specimens.photo(64, 48)}
        await anna.page.set_input_files("#feld-files", photo)
        await anna.page.wait_for_selector("#feld-alt_text_1")
        for expected in ([], ["platz.jpg"]):
            await anna.page.get_by_role("button", name="Änderung speichern").click()
            await anna.page.wait_for_load_state("load")
            found = await portal.api("GET", f"/lindental/discussion/contributions/{made['id']}", person="anna")
            assert [each["name"] for each in found["attachments"]] == expected


async def test_a_thousand_comments(window: Window, portal: Portal) -> None:
    topic, title = await dialog(portal, "Tausend Stimmen")
    made = await portal.api(
        "POST",
        f"/lindental/discussion/topics/{topic}/contributions",
        person="anna",
        title="Alle reden mit",
        text="Und wie.",
    )
    address = f"/lindental/discussion/contributions/{made['id']}/comments"
    at_once = asyncio.Semaphore(16)

    async def write(number: int) -> None:
        async with at_once:
            await portal.api("POST", address, person=("anna", "bora", "clara")[number % 3], text=f"Stimme {number}")

    await asyncio.gather(*(write(number) for number in range(1_000)))
    async with window(size=PHONE) as visitor:
        await visitor.search(title, title)
        await visitor.page.get_by_role("link", name="Alle reden mit").click()
        assert "1.000 Kommentare" in await visitor.text()
        seen: list[str] = []
        while True:
            seen += await visitor.page.locator(".comment .prose").all_inner_texts()
            following = visitor.page.get_by_role("link", name="Weitere anzeigen")
            if await following.count() == 0:
                break
            await following.click()
            # A click waits for the next page's first bytes, not for its comments.
            await visitor.page.wait_for_load_state("load")
        assert sorted(seen) == sorted(f"Stimme {number}" for number in range(1_000))
        assert await visitor.overflow() <= 0


async def _change(portal: Portal, contribution: str, etag: str, text: str) -> None:
    headers = {"authorization": f"Bearer {await portal.token('anna')}", "if-match": etag}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
        address = f"{portal.url}/api/v1/lindental/discussion/contributions/{contribution}"
        assert (await http.patch(address, json={"text": text})).status_code == 200


async def test_an_initiative_reaches_its_goal_and_waits_for_the_office(window: Window, portal: Portal) -> None:
    topic, title = await dialog(portal, "Initiativen", preset="initiative", support_goal=2)
    contributions = f"/lindental/discussion/topics/{topic}/contributions"
    name = f"Nachtbus {secrets.token_hex(3)}"
    made = await portal.api("POST", contributions, person="anna", title=name, text=f"Bis zwei Uhr, {name}.")
    await portal.api("PUT", f"/lindental/discussion/contributions/{made['id']}/rating", person="anna", value="for")
    for javascript in (False, True):
        async with window(size=PHONE, javascript=javascript) as clara:
            await clara.search(title, title)
            await clara.page.get_by_role("link", name=name).click()
            await clara.page.get_by_role("link", name="Anmelden und unterstützen").click()
            await clara.fill_in_sign_in("clara")
            assert "1 von 2 Unterstützungen" in await clara.text()
            await clara.page.get_by_role("button", name="Unterstützen", exact=True).click()
            back = clara.page.get_by_role("button", name="Unterstützung zurücknehmen")
            await back.wait_for()
            assert "Ziel von 2 Unterstützungen erreicht" in await clara.text()
            assert not javascript or await clara.axe() == []
            if not javascript:
                await back.click()
                await clara.page.get_by_role("button", name="Unterstützen", exact=True).wait_for()
                # It was reached, and stays so.
                assert "Ziel erreicht" in await clara.text()
    async with window() as meyer:
        await meyer.open("/lindental/verwaltung")
        await meyer.sign_in("meyer")
        await meyer.page.locator(".waiting").get_by_role("link", name=name).click()
        assert "wartet auf eine Antwort" in await meyer.text()
        assert await meyer.axe() == []
        await meyer.page.get_by_label("Stern").check()
        await meyer.page.get_by_role("textbox", name="Vermerk").fill("Verkehrsamt")
        await meyer.page.get_by_label("Zuständig").select_option(label="Ich")
        await meyer.page.get_by_role("button", name="Vermerk speichern").click()
        assert "Der Vermerk ist gespeichert" in await meyer.text()
        await meyer.open("/lindental/verwaltung/beitraege")
        await meyer.page.get_by_label("Nur mit Stern").check()
        await meyer.page.get_by_label("Zuständig").select_option(label="Ich")
        await meyer.page.get_by_role("button", name="Beiträge anzeigen").click()
        assert await meyer.page.locator("tbody tr").count() == 1
        assert "Verkehrsamt" in await meyer.text()
        assert await meyer.axe() == []
    seen = await portal.http.get(f"{portal.url}/api/v1{contributions}")
    assert name in seen.text
    assert "Verkehrsamt" not in seen.text
