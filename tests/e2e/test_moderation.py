"""Moderation in the browser: every page with axe, and the inbox with the keyboard alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from civic_gateway.web.addresses import code_of

from tests.e2e.browsing import DESKTOP, PHONE, Visitor
from tests.e2e.conftest import Portal, Window
from tests.e2e.test_keyboard import tab_to
from tests.e2e.test_pages import look_at
from tests.e2e.test_sending import dialog

pytestmark = pytest.mark.timeout(600)

LOOKS = [
    pytest.param("de", "light", PHONE, id="de-light-phone"),
    pytest.param("en", "dark", DESKTOP, id="en-dark-desktop"),
]
LINKS = "Sehen Sie selbst: https://a.example https://b.example https://c.example"
MODERATION = "/lindental/verwaltung/moderation"


async def held_and_reported(portal: Portal) -> tuple[str, str]:
    """The address of a Dialog with a reported contribution, and the title of a held one."""
    topic, title = await dialog(portal, "Moderiert")
    base = "/lindental/discussion"
    made = await portal.api(
        "POST", f"{base}/topics/{topic}/contributions", person="clara", title="Laut", text="Unsinn!"
    )
    await portal.api("POST", f"{base}/contributions/{made['id']}:report", person="bora", reason="insult", text="Grob.")
    held = f"Werbung {title.split()[-1]}"
    await portal.api("POST", f"{base}/topics/{topic}/contributions", person="clara", title=held, text=LINKS)
    return f"/lindental/dialoge/{code_of(topic)}", held


async def look(visitor: Visitor, name: str) -> None:
    """Keeps a picture where CIVIC_E2E_PICTURES names a folder."""
    if folder := os.environ.get("CIVIC_E2E_PICTURES"):
        await visitor.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
async def test_pages_of_moderation(
    window: Window, portal: Portal, language: str, theme: str, size: tuple[int, int]
) -> None:
    path, held = await held_and_reported(portal)
    async with window(language=language, theme=theme, size=size) as nobody:
        await nobody.open(path)
        await nobody.page.get_by_role("link", name="Laut").click()
        contribution = nobody.path
        assert await look_at(nobody, [contribution], language=language) == {}
        await nobody.page.locator("a[href*='/moderation/beitrag/']").click()
        form = nobody.path
        assert await look_at(nobody, [form, "/lindental/moderation"], language=language) == {}
        # On a phone too, two numbers in a row say what they count.
        assert await nobody.page.get_by_role("columnheader").count() == 3
        await look(nobody, f"policy-{language}")
        await nobody.open(form)
        await nobody.page.locator("main form button[type=submit]").click()
        await nobody.page.wait_for_selector(".error-summary")
        assert await nobody.axe() == []
        await look(nobody, f"report-{language}")
        await nobody.page.locator("input[name=reason]").first.check()
        await nobody.page.locator("main form button[type=submit]").click()
        await nobody.page.wait_for_url("**/danke*")
        assert await nobody.axe() == []
        assert nobody.complaints == []
    async with window(language=language, theme=theme, size=size) as meyer:
        await meyer.open("/lindental")
        await meyer.sign_in("meyer")
        await meyer.open("/lindental/verwaltung")
        await meyer.page.locator(f".waiting a[href='{MODERATION}']").click()
        first = await meyer.page.locator(".cases a[href*='/verwaltung/moderation/']").first.get_attribute("href")
        assert first is not None
        paths = [MODERATION, f"{MODERATION}?state=decided", f"{MODERATION}?rule=words&kind=comment", first]
        paths += [f"{MODERATION}/einstellungen", contribution]
        assert await look_at(meyer, paths, language=language) == {}
        for name, shown in (("inbox", MODERATION), ("case", first), ("settings", f"{MODERATION}/einstellungen")):
            await meyer.open(shown)
            await look(meyer, f"{name}-{language}")
        await meyer.page.fill("#feld-words", "*")
        await meyer.page.locator("main form button[type=submit]").click()
        await meyer.page.wait_for_selector(".error-summary")
        assert await meyer.page.input_value("#feld-words") == "*"
        assert await meyer.axe() == []
        assert meyer.complaints == []
    async with window(language=language, theme=theme, size=size) as clara:
        await clara.open("/mein-bereich")
        await clara.page.locator("main a[href*='/anmelden']").first.click()
        await clara.fill_in_sign_in("clara")
        await clara.page.get_by_role("link", name=held).click()
        assert await look_at(clara, [clara.path, "/mein-bereich"], language=language) == {}
        await look(clara, f"mine-{language}")
        assert clara.complaints == []


async def test_the_inbox_by_keyboard(window: Window, portal: Portal) -> None:
    _, held = await held_and_reported(portal)
    async with window() as okafor:
        keys = okafor.page.keyboard
        await okafor.open("/lindental")
        await okafor.sign_in("okafor")
        await okafor.open(f"{MODERATION}?rule=links")
        await tab_to(okafor, f"Beitrag: {held}", limit=150)
        await keys.press("Space")
        await tab_to(okafor, "Grund, wenn Sie ausblenden", limit=150)
        await keys.press("w")
        await tab_to(okafor, "Nachricht an die Person\n(freiwillig)")
        await keys.type("Bitte ohne Werbung.")
        await tab_to(okafor, "Auswahl ausblenden")
        await keys.press("Enter")
        await okafor.page.wait_for_url("**erledigt=hide*")
        assert "Ein Text ist ausgeblendet" in await okafor.text()
        assert await okafor.axe() == []
        await tab_to(okafor, "Entscheidung zurücknehmen")
        await keys.press("Enter")
        await okafor.page.wait_for_url("**?rule=links&erledigt=undo*")
        assert "Eine Entscheidung ist zurückgenommen" in await okafor.text()
        assert okafor.complaints == []
    async with window(javascript=False) as clara:
        await clara.open("/mein-bereich")
        await clara.page.locator("main a[href*='/anmelden']").first.click()
        await clara.fill_in_sign_in("clara")
        entry = clara.page.locator(".entry", has_text=held)
        assert "Wird geprüft" in await entry.inner_text()
