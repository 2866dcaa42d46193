"""One contribution from the photo on a phone to the last mail: everybody does a part, each in a window of their own."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import feedparser
import pytest
from civic_chassis.testing.waiting import eventually
from civic_gateway.web.addresses import code_of
from PIL import Image

from tests import specimens
from tests.e2e.browsing import PHONE, Visitor
from tests.e2e.conftest import Portal, Window
from tests.e2e.test_sending import dialog

pytestmark = pytest.mark.timeout(600)

TITLE = "Der Brunnen ist trocken"
# What staff finds of it in a spreadsheet.
EXPORTED = {
    "kind": "contribution",
    "title": TITLE,
    "state": "published",
    "author_name": "anna",
    "address": "Marktplatz 1",
    "rated_for": "1",
    "comment_count": "1",
    "answer_state": "accepted",
    "answer_text": "Die Pumpe wird im Mai erneuert.",
    "attachments": "brunnen.jpg",
    "case_state": "decided",
    "decision": "keep",
    "report_count": "1",
    "objection": "Auf dem Bild ist kein Kennzeichen.",
}
INBOX = "/lindental/verwaltung/moderation"


class Letters:
    """What the mail catcher holds for one person about one Dialog."""

    def __init__(self, portal: Portal, person: str, about: str) -> None:
        self._portal, self._to, self._about = portal, f"{person}@hessen.example", about

    async def all(self) -> list[dict[str, Any]]:
        found = (await self._portal.http.get(f"{self._portal.mail}/api/mails")).json()
        return [mail for mail in found if self._to in mail["to"] and self._about in mail["text"]]

    async def subjects(self) -> dict[str, int]:
        """How often each came."""
        return dict(Counter(mail["subject"] for mail in await self.all()))

    async def with_words(self, words: str) -> dict[str, Any]:
        """The mail that says so, once it is there."""

        async def ask() -> list[dict[str, Any]]:
            return [mail for mail in await self.all() if words in mail["text"]]

        (mail,) = await eventually(ask, pause=0.2)
        return mail


async def sign_in_here(visitor: Visitor, path: str, name: str) -> None:
    """Opens the page as a person who is signed in."""
    await visitor.open(path)
    await visitor.sign_in(name)
    assert await visitor.open(path) == 200


async def post_photo(visitor: Visitor, path: str, photo: Path, about: str) -> str:
    """Hands in the contribution on a phone; the address of its page."""
    await sign_in_here(visitor, path, "anna")
    await visitor.page.get_by_role("link", name="Beitrag schreiben").first.click()
    await visitor.page.get_by_label("Überschrift").fill(TITLE)
    await visitor.page.get_by_label("Ihr Beitrag").fill(f"Seit Juni läuft **kein** Wasser ({about}).")
    await visitor.page.fill("#feld-address", "Marktplatz 1")
    await visitor.page.set_input_files("#feld-files", [photo])
    await visitor.page.wait_for_selector("#feld-alt_text_1")
    await visitor.page.fill("#feld-alt_text_1", "Das leere Becken")
    assert await visitor.overflow() <= 0
    await visitor.page.get_by_role("button", name="Beitrag absenden").click()
    await visitor.page.wait_for_url("**/eingang")
    return visitor.path.removesuffix("/eingang")


async def look_at_photo(visitor: Visitor, path: str) -> None:
    """The picture is there upright, and says nothing of where and by whom it was taken."""

    async def shown() -> str | None:
        await visitor.open(path)
        images = visitor.page.locator("main picture img[alt='Das leere Becken']")
        return await images.first.get_attribute("src") if await images.count() else None

    await eventually(shown, pause=0.2)
    address = await visitor.page.locator("main a[href*='/dateien/'], main a[href*='/files/']").first.get_attribute(
        "href"
    )
    assert address is not None
    answer = await visitor.page.request.get(visitor.portal + address)
    content = await answer.body()
    made = Image.open(io.BytesIO(content))
    assert (made.size, dict(made.getexif()), b"Anna Beispiel" in content) == ((1200, 1600), {}, False)


async def rate_and_comment(visitor: Visitor, path: str) -> None:
    await visitor.page.get_by_role("button", name="Dafür").click()
    await visitor.page.get_by_role("button", name="Dafür 1").wait_for()
    await visitor.page.get_by_label("Ihr Kommentar").fill(f"Bei uns in der Straße auch ({path}).")
    await visitor.page.get_by_role("button", name="Kommentar absenden").click()
    assert "Ihr Kommentar ist eingegangen" in await visitor.text()
    assert await visitor.open(path) == 200


async def report(visitor: Visitor, path: str) -> None:
    await visitor.open(path)
    await visitor.page.locator("a[href*='/moderation/beitrag/'][href*='/melden']").click()
    await visitor.page.locator("input[name=reason]").first.check()
    await visitor.page.locator("main form button[type=submit]").click()
    await visitor.page.wait_for_url("**/danke*")


async def open_case(visitor: Visitor) -> None:
    """The newest case about the contribution."""
    await visitor.open(f"{INBOX}?kind=contribution&reported=true")
    await visitor.page.get_by_role("link", name=TITLE).last.click()
    assert await visitor.page.locator("h1").inner_text() == TITLE


async def test_from_a_photo_to_the_last_mail(window: Window, portal: Portal, tmp_path: Path) -> None:
    photo = tmp_path / "brunnen.jpg"
    photo.write_bytes(specimens.photo(1600, 1200))
    topic, title = await dialog(portal, "Brunnen")
    base, path = "/lindental/discussion", f"/lindental/dialoge/{code_of(topic)}"
    author, follower = Letters(portal, "anna", title), Letters(portal, "bora", title)
    async with (
        window(size=PHONE) as anna,
        window() as bora,
        window(javascript=False) as clara,
        window(size=PHONE) as okafor,
        window() as meyer,
    ):
        await sign_in_here(bora, path, "bora")
        await portal.api("PUT", f"{base}/topics/{topic}/following", person="bora", rhythm="now")
        contribution = await post_photo(anna, path, photo, title)
        await look_at_photo(bora, contribution)
        await follower.with_words(TITLE)
        await rate_and_comment(bora, contribution)

        # Somebody without an account and without a script reports; a moderator hides with a reason.
        await report(clara, contribution)
        await sign_in_here(okafor, INBOX, "okafor")
        await open_case(okafor)
        await okafor.page.locator("[name=reason]").select_option(index=1)
        await okafor.page.get_by_label("Nachricht an die Person").fill("Bitte ohne Kennzeichen im Bild.")
        await okafor.page.get_by_role("button", name="Text ausblenden").click()
        await okafor.page.wait_for_url("**erledigt=hide*")

        async def gone() -> bool:
            return await clara.open(contribution) == 404

        await eventually(gone, pause=0.2)

        # The author reads why in a mail, and objects once where its link leads.
        mail = await author.with_words("Bitte ohne Kennzeichen im Bild.")
        (link,) = set(
            re.findall(rf"{re.escape(portal.url)}(/lindental/moderation/beitrag/\S+/widerspruch)", mail["text"])
        )
        assert await anna.open(link) == 200
        await anna.page.locator("main textarea").fill("Auf dem Bild ist kein Kennzeichen.")
        await anna.page.locator("main form button[type=submit]").click()
        assert "Auf dem Bild ist kein Kennzeichen." in await anna.text()
        await okafor.open(INBOX)
        await open_case(okafor)
        assert "Auf dem Bild ist kein Kennzeichen." in await okafor.text()
        await okafor.page.get_by_role("button", name="Text zeigen").first.click()
        await okafor.page.wait_for_url("**erledigt=keep*")

        # The office answers, ends the Dialog and says what became of it.
        await sign_in_here(meyer, contribution, "meyer")
        await meyer.page.locator("a[href*='/verwaltung/beitraege/']").click()
        await meyer.page.locator("input[name=state][value=accepted]").check()
        await meyer.page.locator("textarea[name=text]").fill("Die Pumpe wird im Mai erneuert.")
        await meyer.page.locator("button[value=answer]").click()
        await meyer.page.wait_for_load_state("load")
        await author.with_words("geantwortet: angenommen")
        found = await portal.api("GET", f"{base}/topics/{topic}", person="meyer")
        await portal.api("POST", f"{base}/topics/{topic}:end", person="meyer", reason="Alles ist gesagt.")
        await meyer.open(f"/lindental/verwaltung/dialoge/{code_of(topic)}/ergebnis")
        await meyer.page.locator("#feld-outcome_de").fill(
            "Der Brunnen läuft ab Mai wieder, die Kosten trägt die Stadt."
        )
        await meyer.page.get_by_role("button", name="Ergebnis veröffentlichen").click()
        await meyer.page.wait_for_load_state("load")
        assert found["contribution_count"] == 1

        async def told() -> bool:
            await bora.open(path)
            return "ab Mai wieder" in await bora.text()

        await eventually(told, pause=0.2)
        await follower.with_words("das Ergebnis zu")
        for visitor in (anna, bora, clara, okafor, meyer):
            assert visitor.complaints == []

    await the_export_holds_it_all(portal, topic)
    await the_feed_shows_it(portal, title)
    await follower.with_words("ist seit")
    # Each happening once.
    assert await author.subjects() == {
        f"Entscheidung zu Ihrem Text: {TITLE}": 1,
        f"Ihr Text ist veröffentlicht: {TITLE}": 1,
        f"Antwort der Verwaltung: {TITLE}": 1,
    }
    assert await follower.subjects() == {
        f"Neuer Beitrag: {TITLE}": 1,
        f"Beendet: {title}": 1,
        f"Was daraus wurde: {title}": 1,
    }


async def the_export_holds_it_all(portal: Portal, topic: str) -> None:
    token = await portal.token("meyer")
    address = f"{portal.url}/api/v1/lindental/discussion/topics/{topic}/export"
    headers = {"authorization": f"Bearer {token}"}
    told = await portal.http.get(f"{address}.csv", headers=headers)
    assert told.status_code == 200, told.text
    contribution, comment = csv.DictReader(io.StringIO(told.text.removeprefix("\ufeff")), delimiter=";")
    assert {name: contribution[name] for name in EXPORTED} == EXPORTED
    assert (comment["kind"], comment["author_name"], comment["contribution_id"]) == (
        "comment",
        "bora",
        contribution["id"],
    )
    packed = await portal.http.get(f"{address}.zip", headers=headers)
    with zipfile.ZipFile(io.BytesIO(packed.content)) as held:
        names = held.namelist()
    assert [Path(name).name for name in names if name.startswith("dateien/")] == ["1-brunnen.jpg"]


async def the_feed_shows_it(portal: Portal, title: str) -> None:
    async def entries() -> list[str]:
        answer = await portal.http.get(f"{portal.url}/feeds/offers.atom", params={"q": title})
        return [entry.title for entry in feedparser.parse(answer.content).entries if entry.title == title]

    assert await eventually(entries, pause=0.2) == [title]
