"""The realm's own pages in Chromium: look, languages, axe, keyboard, without scripts, without third parties."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.browsing import DESKTOP, NARROWEST, PHONE, Visitor, open_chromium, visitor
from tests.keycloak.portals import Portal, Realm


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser


def sign_in_page(realm: Realm, language: str) -> str:
    """The realm's page, asked for as the portal does; the way back is never gone."""
    query = {
        "client_id": "civic-web",
        "response_type": "code",
        "scope": "openid",
        "state": "x",
        "redirect_uri": f"http://localhost:{realm.ports[0]}/anmelden/rueckkehr",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    return f"{realm.issuer}/protocol/openid-connect/auth?{urlencode(query)}"


async def check(window: Visitor, *, heading: str, language: str) -> None:
    """One page: heading, language, axe, width."""
    page = window.page
    assert await page.locator("h1").inner_text() == heading
    assert await page.locator("html").get_attribute("lang") == language
    assert await window.axe() == []
    assert await window.overflow() <= 0


WORDS = {
    "de": ("Anmelden", "Konto anlegen", "Passwort vergessen", "Das hat nicht geklappt"),
    "en": ("Sign in", "Create an account", "Forgotten password", "That did not work"),
}


@pytest.mark.parametrize("size", [DESKTOP, PHONE, NARROWEST], ids=["desktop", "phone", "narrowest"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["de", "en"])
async def test_pages_of_the_realm_are_accessible(
    realm: Realm, chromium: Browser, language: str, theme: str, size: tuple[int, int]
) -> None:
    sign_in, register, forgotten, failed = WORDS[language]
    async with visitor(chromium, realm.url, size=size, language=language, theme=theme) as window:
        page = window.page
        await page.goto(sign_in_page(realm, language))
        await check(window, heading=sign_in, language=language)
        # Nobody's name: a person's would be locked after so many attempts.
        await page.fill("#username", "niemand")
        await page.fill("#password", "wrong")
        await page.click("#kc-login")
        await page.wait_for_selector(".kern-error")
        assert await page.locator("#username").get_attribute("aria-describedby") == "error-username"
        await check(window, heading=sign_in, language=language)
        await page.click("a[href*=registration]")
        await page.wait_for_selector("#kc-register")
        await check(window, heading=register, language=language)
        await page.fill("#username", "x")
        await page.click("#kc-register")
        await page.wait_for_selector(".kern-error")
        await check(window, heading=register, language=language)
        await page.goto(sign_in_page(realm, language))
        await page.click("a[href*=reset-credentials]")
        await page.wait_for_selector("#kc-reset")
        await check(window, heading=forgotten, language=language)
        await page.goto(f"{realm.issuer}/protocol/openid-connect/auth?client_id=civic-web&ui_locales={language}")
        assert await page.locator("h1").inner_text() == failed
        assert await window.axe() == []
        assert window.hosts == {urlsplit(realm.url).netloc}
        assert window.complaints == []


async def test_the_look_is_the_portals(realm: Realm, chromium: Browser) -> None:
    async with visitor(chromium, realm.url) as window:
        await window.page.goto(sign_in_page(realm, "de"))
        styles = await window.page.evaluate(
            "[getComputedStyle(document.body).fontFamily, getComputedStyle(document.querySelector('.head'))"
            ".backgroundColor, document.fonts.check('1em \"Fira Sans\"')]"
        )
        assert styles[0].startswith('"Fira Sans"')
        assert styles[1:] == ["rgb(31, 59, 99)", True]
        assert await window.page.locator(".brand").inner_text() == "Beteiligungsportal Hessen"
        assert await window.page.title() == "Anmelden – Beteiligungsportal Hessen"


async def test_the_language_changes_by_a_link(realm: Realm, chromium: Browser) -> None:
    async with visitor(chromium, realm.url) as window:
        await window.page.goto(sign_in_page(realm, "de"))
        await window.page.get_by_role("link", name="English").click()
        await window.page.wait_for_selector("html[lang=en]")
        assert await window.page.locator("h1").inner_text() == "Sign in"


async def test_the_keyboard_alone_signs_in(realm: Realm, portals: list[Portal], chromium: Browser) -> None:
    async with visitor(chromium, portals[0].url) as window:
        page = window.page
        await page.goto(f"{portals[0].url}/anmelden?zurueck=/pruefung")
        # The first field has the focus; the password is one step on, its switch another, then the button.
        assert await page.evaluate("document.activeElement.id") == "username"
        await page.keyboard.type("anna")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Beteiligung-2026!")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        assert await page.locator("#password").get_attribute("type") == "text"
        assert await page.locator("[data-password-toggle]").get_attribute("aria-label") == "Passwort verbergen"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{portals[0].url}/pruefung")
        assert '"standing":"signed_in"' in await page.content()


async def test_signing_in_needs_no_script(realm: Realm, portals: list[Portal], chromium: Browser) -> None:
    async with visitor(chromium, portals[0].url, javascript=False) as window:
        page = window.page
        await page.goto(f"{portals[0].url}/anmelden?zurueck=/pruefung")
        await page.fill("#username", "bora")
        await page.fill("#password", "Beteiligung-2026!")
        await page.click("#kc-login")
        await page.wait_for_url(f"{portals[0].url}/pruefung")
        cookies = {cookie["name"]: cookie for cookie in await page.context.cookies(portals[0].url)}
        session = cookies["civic_session"]
        assert (session["httpOnly"], session["sameSite"], session["expires"]) == (True, "Lax", -1)
        assert not [name for name in cookies if name.startswith("civic_signin")]
