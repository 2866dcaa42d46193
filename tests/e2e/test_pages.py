"""Every page in both languages, light and dark, on phone and desktop: axe, width, headings, hosts."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest

from tests.e2e.browsing import DESKTOP, NARROWEST, PHONE, Visitor
from tests.e2e.conftest import Portal, Window

# Some thirty pages, each looked at with axe.
pytestmark = pytest.mark.timeout(900)

# Every pair of language, theme and size: four windows find what eight do, since no rule of ours depends on all three.
LOOKS = [
    pytest.param("de", "light", PHONE, id="de-light-phone"),
    pytest.param("de", "dark", DESKTOP, id="de-dark-desktop"),
    pytest.param("en", "light", DESKTOP, id="en-light-desktop"),
    pytest.param("en", "dark", PHONE, id="en-dark-phone"),
]
PUBLIC = (
    *("/", "/?phase=announced", "/suche", "/suche?q=marktplatz", "/suche?q=nichtszufinden", "/archiv", "/zahlen"),
    *("/suche?q=Marktplazt", "/suche?tenant=lindental&from=2026-01-01", "/karte", "/karte?bbox=8,50,9,51"),
    *("/abonnieren?q=markt&tenant=lindental", "/abonnieren/gesendet", "/abonnements/unbekannt"),
    *("/impressum", "/datenschutz", "/barrierefreiheit", "/lindental", "/brueckstadt", "/lindental/dialoge"),
    *("/lindental/dialoge?q=nichtszufinden", "/lindental/impressum", "/lindental/datenschutz"),
    *(
        "/lindental/barrierefreiheit",
        "/api/docs",
        "/gibt-es-nicht",
        "/mein-bereich",
        "/lindental/verwaltung",
        "/suche?phase=x",
    ),
)


_LARGE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("html { font-size: 200% !important }");
    document.adoptedStyleSheets = [sheet];
}"""
_SPACING = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; " +
        "word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets = [sheet];
}"""


async def dialogs(visitor: Visitor) -> list[str]:
    """Addresses of the demo's Dialoge, one of every phase among them."""
    links: list[object] = []
    for path in ("/suche", "/archiv"):
        await visitor.open(path)
        links += await visitor.page.locator(".cards h2 a").evaluate_all("links => links.map(link => link.pathname)")
    assert len(links) >= 5
    return [str(link) for link in links]


async def contribution(visitor: Visitor, title: str) -> str:
    """The address of a demo contribution."""
    await visitor.open("/suche?q=marktplatz")
    await visitor.page.locator(".cards h2 a").first.click()
    await visitor.page.get_by_role("link", name=title).click()
    return visitor.path.partition("#")[0]


async def look_at(visitor: Visitor, paths: Sequence[str], *, language: str) -> dict[str, object]:
    """What is wrong, by address."""
    wrong: dict[str, object] = {}
    for path in paths:
        await visitor.open(path)
        found: list[str] = await visitor.axe()
        if (wider := await visitor.overflow()) > 0:
            found.append(f"{wider} pixels too wide")
        if await visitor.page.locator("h1").count() != 1:
            found.append("not exactly one h1")
        if await visitor.page.locator("html").get_attribute("lang") != language:
            found.append("wrong language")
        if found:
            wrong[path] = found
    return wrong


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
async def test_public_pages(window: Window, language: str, theme: str, size: tuple[int, int]) -> None:
    async with window(language=language, theme=theme, size=size) as visitor:
        listed = await dialogs(visitor)
        paths = [
            *PUBLIC,
            *listed,
            *(f"{path}/zahlen" for path in listed),
            f"{listed[0]}/karte",
            await contribution(visitor, "Mehr Sitzplätze im Schatten"),
        ]
        assert await look_at(visitor, paths, language=language) == {}
        assert visitor.hosts == {urlsplit(visitor.portal).netloc}
        assert visitor.complaints == []


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
async def test_pages_of_a_citizen(
    window: Window, portal: Portal, language: str, theme: str, size: tuple[int, int]
) -> None:
    async with window(language=language, theme=theme, size=size) as anna:
        path = await contribution(anna, "Mehr Sitzplätze im Schatten")
        topic = path.partition("/beitraege/")[0]
        await anna.page.locator(".account__link").first.click()
        assert await anna.axe() == []
        await anna.fill_in_sign_in("anna")
        first_comment = await anna.page.locator(".comment").first.get_attribute("id")
        assert first_comment is not None
        reply = f"{path}?antwort={first_comment.removeprefix('kommentar-')}"
        paths = [path, reply, f"{path}/bearbeiten", f"{path}/eingang", f"{topic}/beitraege/neu", "/mein-bereich"]
        assert await look_at(anna, paths, language=language) == {}
        await anna.open(f"{topic}/beitraege/neu")
        await anna.page.locator("form.stack button.kern-btn[type=submit]:not([name])").click()
        await anna.page.wait_for_selector(".error-summary")
        assert await anna.axe() == []
        assert anna.hosts == {urlsplit(anna.portal).netloc, urlsplit(portal.issuer).netloc}
        assert anna.complaints == []


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
async def test_pages_of_staff(window: Window, language: str, theme: str, size: tuple[int, int]) -> None:
    async with window(language=language, theme=theme, size=size) as meyer:
        await meyer.open("/lindental/verwaltung")
        await meyer.sign_in("meyer")
        await meyer.open("/lindental/verwaltung")
        link = await meyer.page.locator(".staff-table a").first.get_attribute("href")
        assert link is not None
        paths = ["/lindental/verwaltung", "/lindental/verwaltung/dialoge/neu", "/lindental/verwaltung/zahlen", link]
        paths.append("/lindental/verwaltung/sprachformen")
        paths += [f"{link}/{step}" for step in ("veroeffentlichen", "verlaengern", "beenden")]
        assert await look_at(meyer, paths, language=language) == {}
        assert meyer.complaints == []


async def test_the_api_is_described_without_javascript(window: Window) -> None:
    async with window(javascript=False) as visitor:
        await visitor.open("/api/docs")
        await visitor.page.get_by_role("link", name="List Tenants").click()
        assert visitor.path == "/api/docs#list_tenants_api_v1_tenants_get"
        described = visitor.page.locator("article", has=visitor.page.get_by_role("heading", name="List Tenants"))
        assert await described.locator("pre").first.inner_text() == f"curl '{visitor.portal}/api/v1/tenants'"
        document = await (await visitor.page.request.get(f"{visitor.portal}/api/openapi.json")).json()
        calls = [f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods]
        shown = await visitor.page.locator(".api__address").all_inner_texts()
        assert sorted(shown) == sorted(calls)


async def test_language_and_theme_are_chosen_and_kept_without_javascript(window: Window) -> None:
    async with window(javascript=False) as visitor:
        await visitor.open("/lindental")
        await visitor.page.get_by_role("link", name="English").click()
        await visitor.page.get_by_role("link", name="Dark").click()
        await visitor.page.get_by_role("link", name="Dialogues").first.click()
        html = visitor.page.locator("html")
        assert await html.get_attribute("lang") == "en"
        assert await html.get_attribute("data-kern-theme") == "dark"
        assert await visitor.page.locator("h1").inner_text() == "Stadt Lindental: dialogues"
        await visitor.page.get_by_role("link", name="As on my device").click()
        await visitor.page.get_by_role("link", name="Home").click()
        assert await html.get_attribute("data-kern-theme") is None


async def test_filters_work_without_javascript(window: Window) -> None:
    async with window(javascript=False) as visitor:
        await visitor.open("/")
        await visitor.page.get_by_label("Stand").select_option("announced")
        await visitor.page.get_by_label("Wo", exact=True).select_option("hohenau")
        await visitor.page.get_by_role("button", name="Anzeigen").click()
        assert visitor.path == "/?phase=announced&tenant=hohenau#dialoge"
        titles = await visitor.page.locator("#dialoge h3").all_inner_texts()
        assert titles == ["Radverkehrskonzept Hohenau 2035"]
        await visitor.page.get_by_role("link", name="Suche").click()
        await visitor.page.get_by_label("Wonach suchen Sie?").fill("Marktplatz")
        await visitor.page.get_by_role("button", name="Suchen").click()
        assert "Neugestaltung des Marktplatzes" in await visitor.page.locator(".cards h2").all_inner_texts()


async def test_an_old_title_in_the_address_leads_to_the_page(window: Window) -> None:
    async with window() as visitor:
        await visitor.open("/suche?q=marktplatz")
        await visitor.page.locator(".cards h2 a").first.click()
        path = visitor.path
        code = path.rpartition("-")[2]
        assert await visitor.open(f"/lindental/dialoge/ein-alter-titel-{code}?order=oldest") == 200
        assert visitor.path == f"{path}?order=oldest"
        assert await visitor.open(f"/lindental/dialoge/{code}") == 200
        assert visitor.path == path
        assert await visitor.open("/lindental/dialoge/neugestaltung-des-marktplatzes") == 404


async def test_pages_are_light_and_nothing_moves(window: Window) -> None:
    async with window(size=PHONE) as visitor:
        path = (await dialogs(visitor))[0]
    async with window(size=PHONE) as visitor:
        sizes: list[float] = []
        session = await visitor.page.context.new_cdp_session(visitor.page)
        await session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        await visitor.open(path)
        await visitor.page.wait_for_load_state("networkidle")
        first = sum(sizes)
        moved = await visitor.page.evaluate(
            """() => new Promise(done => new PerformanceObserver(list =>
                done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))
            ).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"""
        )
        sizes.clear()
        await visitor.open("/zahlen")
        await visitor.page.wait_for_load_state("networkidle")
        assert first <= 120_000
        assert sum(sizes) <= 20_000
        assert moved <= 0.02


async def test_narrow_windows_and_wide_spacing_lose_nothing(window: Window, portal: Portal) -> None:
    long_word = "Grundstücksverkehrsgenehmigungszuständigkeit"
    title = " ".join([long_word] * 4)[:200]
    made = await portal.api(
        "POST",
        "/lindental/discussion/topics",
        person="meyer",
        title=title,
        teaser=f"{long_word} " * 8,
        text=f"## {long_word}\n\n{'x' * 300}\n\n| a | b |\n|---|---|\n| {long_word} | {long_word} |\n\n`{'y' * 200}`",
        start_date="2026-01-01",
        end_date="2099-12-31",
    )
    await portal.api("POST", f"/lindental/discussion/topics/{made['id']}:publish", person="meyer")
    await portal.api(
        "POST",
        f"/lindental/discussion/topics/{made['id']}/contributions",
        person="anna",
        title=title,
        text="ä" * 9_000,
    )
    async with window(size=NARROWEST) as visitor:
        await visitor.search(long_word.lower(), title)
        topic = visitor.path
        await visitor.page.locator(".contribution h3 a").first.click()
        for path in (topic, visitor.path, "/", "/lindental/dialoge", "/zahlen", "/lindental/verwaltung"):
            await visitor.open(path)
            assert await visitor.overflow() <= 0, path
            # WCAG 1.4.12
            await visitor.page.evaluate(_SPACING)
            assert await visitor.overflow() <= 0, path
    await portal.api("POST", f"/lindental/discussion/topics/{made['id']}:end", person="meyer", reason="Ende der Probe")


async def test_text_of_double_size_fits(window: Window) -> None:
    async with window(size=(640, 900)) as visitor:
        # One of every phase.
        paths = ["/", "/suche", "/lindental", "/api/docs", "/mein-bereich", *await dialogs(visitor)]
        for path in paths:
            await visitor.open(path)
            await visitor.page.evaluate(_LARGE)
            assert await visitor.overflow() <= 0, path


async def test_the_calendar_gets_the_day_that_matters_next(window: Window) -> None:
    async with window() as visitor:
        for phase, kind in (("announced", "Erster Tag"), ("active", "Letzter Tag")):
            await visitor.open(f"/suche?phase={phase}")
            await visitor.page.locator(".cards h2 a").first.click()
            title = await visitor.page.locator("h1").inner_text()
            answer = await visitor.page.request.get(f"{visitor.page.url}/termin.ics")
            assert f"SUMMARY:{kind}: {title}" in (await answer.text()).replace("\r\n ", "").replace("\\,", ",")
        await visitor.open("/suche?phase=ended")
        await visitor.page.locator(".cards h2 a").first.click()
        assert await visitor.page.get_by_role("link", name="Kalender").count() == 0
