"""A browser at the portal: people who sign in, pages that are looked at with axe, requests that are counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from civic_devstack.people import PASSWORD
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

ROOT: Final = Path(__file__).parents[2]
PHONE: Final = (360, 740)
DESKTOP: Final = (1280, 900)
NARROWEST: Final = (320, 640)
# Everything that WCAG 2.2 A and AA ask for, and axe's own good practice.
_AXE_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE: Final = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """The browser that tools/chromium finds or installs."""
    finder = await asyncio.create_subprocess_exec(ROOT / "tools" / "chromium", stdout=asyncio.subprocess.PIPE)
    printed, _ = await finder.communicate()
    assert finder.returncode == 0, "tools/chromium finds no Chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=printed.decode().strip().splitlines()[-1],
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"],
        )
        yield browser
        await browser.close()


@dataclass(slots=True)
class Visitor:
    """One browser window of one person."""

    page: Page
    portal: str
    javascript: bool
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> int:
        """Goes to a path of the portal; returns the status."""
        response = await self.page.goto(self.portal + path)
        assert response is not None
        return response.status

    @property
    def path(self) -> str:
        """Where the visitor is: path, query and fragment."""
        return self.page.url.removeprefix(self.portal)

    async def search(self, words: str, title: str) -> None:
        """Opens the Dialog that the search finds; the list hears of a new one a moment after its publication."""
        link = self.page.locator(".cards").get_by_role("link", name=title)
        async with asyncio.timeout(20):
            while True:
                await self.open(f"/suche?q={words}")
                if await link.count():
                    break
                await asyncio.sleep(0.1)
        await link.first.click()

    async def sign_in(self, name: str) -> None:
        """Signs in on the realm's own page, beginning at the link in the head of the present page."""
        await self.page.locator(".account__link").first.click()
        await self.fill_in_sign_in(name)

    async def fill_in_sign_in(self, name: str) -> None:
        """Fills in the realm's form and waits for the portal."""
        await self.page.fill("#username", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.click("#kc-login, button[type=submit]")
        await self.page.wait_for_url(f"{self.portal}/**")

    async def text(self) -> str:
        """What can be read in the main part of the page."""
        return await self.page.locator("main").inner_text()

    async def axe(self) -> list[str]:
        """What axe finds wrong on the present page: rule and place."""
        # A click waits for the next page's first bytes, not for its styles.
        await self.page.wait_for_load_state("load")
        await self.page.evaluate(_AXE)
        found: dict[str, Any] = await self.page.evaluate(
            "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", _AXE_TAGS
        )
        return [
            f"{violation['id']}: {json.dumps(node['target'])} {node['failureSummary'].splitlines()[-1].strip()}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    async def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(
            await self.page.evaluate(
                # The body is as wide as what the scroll bar leaves of the window.
                "document.documentElement.scrollWidth - Math.round(document.body.getBoundingClientRect().width)"
            )
        )


@asynccontextmanager
async def visitor(
    browser: Browser,
    portal: str,
    *,
    size: tuple[int, int] = DESKTOP,
    language: str = "de",
    theme: str = "light",
    javascript: bool = True,
) -> AsyncIterator[Visitor]:
    """A window with no past."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale={"de": "de-DE", "en": "en-GB"}[language],
        color_scheme="dark" if theme == "dark" else "light",
        java_script_enabled=javascript,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    made = Visitor(await context.new_page(), portal, javascript)

    def requested(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            made.hosts.add(urlsplit(request.url).netloc)

    context.on("request", requested)
    made.page.on("console", lambda message: _note(made, message.type, message.text))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    try:
        yield made
    finally:
        await context.close()


_KNOWN = ("the server responded with a status of", "GL Driver Message")


def _note(visitor: Visitor, kind: str, text: str) -> None:
    # A page with an error status is reported like a file that is missing; the tests look at statuses themselves.
    # The driver that draws maps without a graphics card says how slow it is.
    if kind in ("error", "warning") and not any(known in text for known in _KNOWN):
        visitor.complaints.append(text)
