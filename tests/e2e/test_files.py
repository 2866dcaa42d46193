"""Files on pages: chosen on a phone, described, seen by everybody; refused by name; without JavaScript too."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from tests import specimens
from tests.e2e.browsing import PHONE, Visitor
from tests.e2e.conftest import Portal, Window


async def new_topic(portal: Portal) -> tuple[str, str]:
    """Id and address of an active Dialog."""
    today = dt.datetime.now(dt.UTC).date()
    made = await portal.api(
        "POST",
        "/lindental/discussion/topics",
        person="meyer",
        title="Fotos vom Marktplatz",
        teaser="Was sehen Sie?",
        text="Bitte mit Bild.",
        start_date=str(today - dt.timedelta(days=1)),
        end_date=str(today + dt.timedelta(days=20)),
    )
    await portal.api("POST", f"/lindental/discussion/topics/{made['id']}:publish", person="meyer")
    return made["id"], f"/lindental/dialoge/fotos-{made['id'].replace('-', '')}"


async def form_of(visitor: Visitor, portal: Portal) -> None:
    """Opens the form of a new contribution to a new Dialog, as Anna."""
    topic, _ = await new_topic(portal)
    listed = await portal.api("GET", f"/lindental/discussion/topics/{topic}", person="anna")
    assert listed["phase"] == "active"
    await visitor.open("/lindental/dialoge")
    await visitor.sign_in("anna")
    await visitor.page.get_by_role("link", name="Fotos vom Marktplatz").first.click()
    address = visitor.path.partition("#")[0]
    assert await visitor.open(f"{address}/beitraege/neu") == 200
    await visitor.page.fill("#feld-title", "Der Platz ist leer")
    await visitor.page.fill("#feld-text", "Im Sommer ist es zu heiß.")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
async def test_a_photo_from_a_phone(portal: Portal, window: Window, tmp_path: Path, javascript: bool) -> None:
    photo, page_file = tmp_path / "platz.jpg", tmp_path / "böse.svg"
    photo.write_bytes(specimens.photo(1600, 1200))
    page_file.write_bytes(specimens.SVG)
    async with window(size=PHONE, javascript=javascript) as visitor:
        await form_of(visitor, portal)
        await visitor.page.set_input_files("#feld-files", [photo, page_file])
        if not javascript:
            await visitor.page.click("button[value=add]")
        await visitor.page.wait_for_selector("#feld-alt_text_1")
        text = await visitor.text()
        assert "platz.jpg" in text
        assert "böse.svg" in text
        assert await visitor.page.input_value("#feld-title") == "Der Platz ist leer"
        if javascript:
            plans = [tmp_path / f"plan{number}.pdf" for number in range(1, 6)]
            for plan in plans:
                plan.write_bytes(specimens.pdf())
            await visitor.page.set_input_files("#feld-files", plans)
            await visitor.page.wait_for_selector(".files-chosen li:nth-child(5)")
            refused = await visitor.page.locator(".files-refused").inner_text()
            assert refused == "plan5.pdf: Anhängen können Sie höchstens 5 Dateien."
            assert await visitor.axe() == []
        await visitor.page.fill("#feld-alt_text_1", "Der leere Marktplatz")
        await visitor.page.get_by_role("button", name="Beitrag absenden").click()
        await visitor.page.wait_for_url("**/eingang")
        address = visitor.path.removesuffix("/eingang")
        async with asyncio.timeout(30):
            while True:
                await visitor.open(address)
                if await visitor.page.locator("main picture img").count():
                    break
                await asyncio.sleep(0.5)
        shown = visitor.page.locator("main picture img")
        assert await shown.get_attribute("alt") == "Der leere Marktplatz"
        if javascript:
            assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth > 0)") is True
            assert await visitor.axe() == []
        assert visitor.complaints == []
