"""The portal with the keyboard alone."""

from __future__ import annotations

from tests.e2e.browsing import Visitor
from tests.e2e.conftest import Portal, Window
from tests.e2e.test_sending import dialog

_VISIBLE = """() => {
    const active = document.activeElement, style = getComputedStyle(active), box = active.getBoundingClientRect();
    const after = getComputedStyle(active, '::after');
    const drawn = value => value.outlineStyle !== 'none' && parseFloat(value.outlineWidth) >= 2;
    const shadow = style.boxShadow !== 'none' || after.boxShadow !== 'none';
    return (drawn(style) || drawn(after) || shadow) && box.width > 0 && box.height > 0;
}"""


async def tab_to(visitor: Visitor, name: str, *, limit: int = 60) -> None:
    """Presses Tab until the element with this text or label has the focus; every stop on the way is visible."""
    for _ in range(limit):
        await visitor.page.keyboard.press("Tab")
        text = await visitor.page.evaluate(
            "() => { const e = document.activeElement; return (e.labels?.[0] ?? e).innerText.trim() }"
        )
        assert await visitor.page.evaluate(_VISIBLE), f"the focus on {text!r} cannot be seen"
        if text == name:
            return
    raise AssertionError(f"{name!r} is not reached within {limit} steps")


async def test_from_start_to_a_contribution_by_keyboard(window: Window, portal: Portal) -> None:
    _, title = await dialog(portal, "Nur mit Tasten")
    async with window() as anna:
        keys = anna.page.keyboard
        await anna.open("/lindental")
        await tab_to(anna, "Zum Inhalt springen", limit=1)
        await keys.press("Enter")
        assert await anna.page.evaluate("document.activeElement.id") == "inhalt"
        await anna.open("/suche")
        await tab_to(anna, "Wonach suchen Sie?")
        await keys.type(title)
        await keys.press("Enter")
        await anna.page.wait_for_url("**/suche?q=*")
        await tab_to(anna, title)
        await keys.press("Enter")
        await anna.page.wait_for_selector(".offer")
        await tab_to(anna, "Beitrag schreiben")
        await keys.press("Enter")
        await anna.page.wait_for_url("**/neu")
        await anna.page.locator("main").get_by_role("link", name="Anmelden").focus()
        await keys.press("Enter")
        await anna.page.wait_for_selector("#username")
        await anna.fill_in_sign_in("anna")
        await tab_to(anna, "Überschrift")
        await keys.type("Ohne Maus")
        await tab_to(anna, "Beitrag absenden")
        await keys.press("Enter")
        # The text is missing: the focus is on the summary, its link leads to the field.
        await anna.page.wait_for_selector(".error-summary")
        assert await anna.page.evaluate("document.activeElement.id") == "fehler"
        await keys.press("Tab")
        await keys.press("Enter")
        assert await anna.page.evaluate("document.activeElement.id") == "feld-text"
        await keys.type("Geht auch so.")
        await tab_to(anna, "Pin in die Mitte der Karte setzen")
        await keys.press("Enter")
        places = []
        for _ in range(3):
            places.append(float(await anna.page.input_value("#feld-lon")))
            await keys.press("ArrowRight")
        assert places[0] < places[1] < places[2]
        assert await anna.axe() == []
        await tab_to(anna, "Beitrag absenden")
        await keys.press("Enter")
        await anna.page.wait_for_url("**/eingang")
        await tab_to(anna, "Beitrag ansehen")
        await keys.press("Enter")
        await anna.page.wait_for_selector("[data-rating]")
        await tab_to(anna, "Dafür\n0")
        await keys.press("Space")
        await anna.page.get_by_role("button", name="Dafür 1").wait_for()
        # Rated in place: the focus stays on the button.
        assert await anna.page.evaluate("document.activeElement.value") == "none"
