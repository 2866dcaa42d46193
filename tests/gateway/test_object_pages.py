"""Pages of what a Dialog is opened on: sections, versions, differences, maps and videos in words."""

import html
import json
import re
from typing import Any

import pytest
from civic.common.v1 import attachment_pb2, place_pb2
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, object_pb2, object_service_pb2
from civic_chassis.kernel.errors import DomainError
from civic_gateway.features.discussion.object_views import anchor_of
from civic_gateway.features.discussion.pictures import point_asked
from civic_gateway.features.discussion.staff_objects import _message_of, _values_of

from tests.gateway import scripted
from tests.gateway.conftest import Running
from tests.gateway.test_pages import CONTRIBUTION, TOPIC, shows

TIME = scripted.timestamp("2026-11-23T04:37:56.123456+00:00")
SECTIONS = (("s1", "§ 1 Zweck", "Der Markt <b>dient</b> allen.", 1, 3), ("s2", "§ 2 Zeiten", "Von 8 bis 13 Uhr.", 2, 0))


def text(**values: Any) -> object_pb2.Object:
    content: dict[str, Any] = {
        "id": "satzung",
        "topic_id": scripted.TOPIC,
        "etag": "3",
        "create_time": TIME,
        "update_time": TIME,
        "kind": object_pb2.OBJECT_KIND_TEXT,
        "title": "Marktsatzung",
        "version": 2,
        "present_version": 2,
        "versions": [
            object_pb2.ObjectVersion(version=1, create_time=TIME, note="Entwurf"),
            object_pb2.ObjectVersion(version=2, create_time=TIME),
        ],
        "contribution_count": 4,
        "text": object_pb2.TextContent(
            sections=[
                object_pb2.Section(
                    id=key, level=1, title=title, text=words, changed_version=version, contribution_count=count
                )
                for key, title, words, version, count in SECTIONS
            ]
        ),
    }
    return object_pb2.Object(**content | values)


def script(gateway: Running, shown: object_pb2.Object) -> None:
    shows(gateway)
    gateway.script.answer("GetObject", object_service_pb2.GetObjectResponse(object=shown))
    gateway.script.answer("ListObjects", object_service_pb2.ListObjectsResponse(objects=[shown]))


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


async def test_a_dialog_shows_its_objects(gateway: Running) -> None:
    script(gateway, text())
    page = (await gateway.http.get(TOPIC)).text
    assert f'<a class="kern-link" href="{TOPIC}/unterlagen/satzung" lang="de">Marktsatzung</a>' in page
    assert f'href="{TOPIC}?unterlage=satzung#beitraege">4 Beiträge' in page


async def test_a_list_says_what_it_is_about(gateway: Running) -> None:
    script(gateway, text())
    page = (await gateway.http.get(f"{TOPIC}?unterlage=satzung&abschnitt=s1&kategorie=gruen")).text
    assert "Sie sehen nur Beiträge zu Marktsatzung, § 1 Zweck." in words_of(page)
    assert f'href="{TOPIC}?order=oldest&amp;kategorie=gruen&amp;unterlage=satzung&amp;abschnitt=s1#beitraege"' in page
    sent = gateway.script.requests("ListContributions")[-1]
    assert (sent.object_id, sent.section, sent.category) == ("satzung", "s1", "gruen")


async def test_each_section_can_be_written_about(gateway: Running) -> None:
    script(gateway, text())
    page = (await gateway.http.get(f"{TOPIC}/unterlagen/satzung")).text
    assert '<h2 class="kern-heading-medium" id="t-s1" lang="de">§ 1 Zweck</h2>' in page
    assert "<p>Der Markt &lt;b&gt;dient&lt;/b&gt; allen.</p>" in page
    assert f'href="{TOPIC}/beitraege/neu?unterlage=satzung&amp;abschnitt=s2"' in page
    assert f'href="{TOPIC}?unterlage=satzung&amp;abschnitt=s1#beitraege">3 Beiträge' in page
    assert words_of(page).count("In dieser Fassung neu oder geändert") == 1
    assert f'href="{TOPIC}/unterlagen/satzung/aenderungen?bis=2"' in page


async def test_an_earlier_version_leads_to_the_present_one(gateway: Running) -> None:
    script(gateway, text(version=1))
    page = (await gateway.http.get(f"{TOPIC}/unterlagen/satzung?fassung=1")).text
    assert "Sie lesen die frühere Fassung 1" in page
    assert "beitraege/neu?unterlage" not in page
    assert gateway.script.requests("GetObject")[-1].version == 1
    assert (await gateway.http.get(f"{TOPIC}/unterlagen/satzung?fassung=x")).status_code == 404


async def test_changes_are_marked_with_words(gateway: Running) -> None:
    script(gateway, text())
    pieces = [
        object_pb2.Piece(kind=object_pb2.PIECE_KIND_SAME, text="Von "),
        object_pb2.Piece(kind=object_pb2.PIECE_KIND_REMOVED, text="<8>"),
        object_pb2.Piece(kind=object_pb2.PIECE_KIND_ADDED, text="7"),
    ]
    answer = object_service_pb2.CompareObjectResponse(
        object=text(),
        from_version=1,
        sections=[
            object_pb2.ComparedSection(id="s1", change=object_pb2.SECTION_CHANGE_SAME),
            object_pb2.ComparedSection(id="s2", change=object_pb2.SECTION_CHANGE_CHANGED, text=pieces),
        ],
    )
    gateway.script.answer("CompareObject", answer)
    page = (await gateway.http.get(f"{TOPIC}/unterlagen/satzung/aenderungen?von=1&bis=2")).text
    assert "Fassung 2 im Vergleich zu Fassung 1" in page
    assert '<del><span class="kern-sr-only">Gestrichen: </span>&lt;8&gt;<span' in page
    assert '<ins><span class="kern-sr-only">Eingefügt: </span>7<span' in page
    assert "1 Abschnitt ist unverändert." in page
    sent = gateway.script.requests("CompareObject")[-1]
    assert (sent.from_version, sent.to_version) == (1, 2)


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("map", object_pb2.MapContent(center=place_pb2.Point(lat=50.1, lon=8.6)), "50,1° N, 8,6° O"),
        (
            "video",
            object_pb2.VideoContent(url="https://media.ccc.de/v/1", transcript="Zu sehen ist der **Markt**."),
            "Zu sehen ist der Markt.",
        ),
    ],
)
async def test_maps_and_videos_are_there_in_words(gateway: Running, kind: str, content: Any, said: str) -> None:
    number = object_pb2.ObjectKind.Value(f"OBJECT_KIND_{kind.upper()}")
    values: dict[str, Any] = {"kind": number, kind: content, "title": "Der Markt", "text": None}
    script(gateway, text(**values))
    page = (await gateway.http.get(f"{TOPIC}/unterlagen/satzung")).text
    assert said in words_of(page)
    assert "<iframe" not in page


async def test_a_map_is_drawn_where_a_script_may(gateway: Running) -> None:
    area = '{"type":"Polygon","coordinates":[[[8.6,50.1],[8.7,50.1],[8.7,50.2],[8.6,50.1]]]}'
    content = object_pb2.MapContent(center=place_pb2.Point(lat=50.1, lon=8.6), zoom=14, area_geojson=area)
    script(gateway, text(kind=object_pb2.OBJECT_KIND_MAP, map=content, title="Der Markt", text=None))
    answer = await gateway.http.get(f"{TOPIC}/unterlagen/satzung")
    found = re.search(r'data-map="shown" data-view="([^"]+)"', answer.text)
    assert found is not None
    assert json.loads(html.unescape(found[1])) == {
        "lat": 50.1,
        "lon": 8.6,
        "zoom": 14.0,
        "bounds": None,
        "area": json.loads(area),
    }
    # The base map may be loaded, and nothing else.
    assert "blob:" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (contribution_pb2.ANCHOR_STATE_CURRENT, "Bezieht sich auf: Marktsatzung, § 1 Zweck. "),
        (contribution_pb2.ANCHOR_STATE_CHANGED, "Die Stelle wurde seitdem geändert."),
        (contribution_pb2.ANCHOR_STATE_GONE, "Die Stelle gibt es in der aktuellen Fassung nicht mehr."),
    ],
)
async def test_a_contribution_says_what_it_is_about(gateway: Running, state: Any, said: str) -> None:
    script(gateway, text())
    found = scripted.contribution(
        anchor=place_pb2.Anchor(object_id="satzung", section="s1", version=1),
        anchor_target=contribution_pb2.AnchorTarget(
            object_title="Marktsatzung", section_title="§ 1 Zweck", state=state, present_version=2
        ),
    )
    gateway.script.answer("GetContribution", contribution_service_pb2.GetContributionResponse(contribution=found))
    page = (await gateway.http.get(CONTRIBUTION)).text
    assert said in words_of(page)
    version = "" if state == contribution_pb2.ANCHOR_STATE_CURRENT else "?fassung=1"
    assert f'href="{TOPIC}/unterlagen/satzung{version}#s1"' in page


def test_the_form_brings_back_what_it_was_filled_with() -> None:
    """A text that was stored is shown as the Markdown that gives the same sections."""
    shown = _values_of(text())
    assert shown["markdown"] == "# § 1 Zweck\n\nDer Markt <b>dient</b> allen.\n\n# § 2 Zeiten\n\nVon 8 bis 13 Uhr."
    assert (shown["splitting"], shown["etag"]) == ("headings", "3")
    sent = _message_of(shown)
    assert (sent.kind, sent.title, sent.text.markdown) == (
        object_pb2.OBJECT_KIND_TEXT,
        "Marktsatzung",
        shown["markdown"],
    )
    assert sent.text.splitting == object_pb2.SPLITTING_HEADINGS


def test_numbers_are_read_with_comma_and_point() -> None:
    sent = _message_of({"kind": "map", "lat": "50,1109", "lon": "8.6821", "zoom": "x"})
    assert (sent.map.center.lat, sent.map.center.lon, sent.map.zoom) == (50.1109, 8.6821, -1)


async def test_the_office_signs_in_before_it_edits(gateway: Running) -> None:
    script(gateway, text())
    staff = TOPIC.replace("/dialoge", "/verwaltung/dialoge") + "/unterlagen"
    for path in (staff, f"{staff}/neu?art=map", f"{staff}/satzung"):
        assert (await gateway.http.get(path)).status_code == 401


def image(**values: Any) -> object_pb2.Object:
    thumbnails = [attachment_pb2.Thumbnail(name="960.webp", media_type="image/webp", width=960, height=720)]
    content: dict[str, Any] = {
        "id": "plan",
        "topic_id": scripted.TOPIC,
        "kind": object_pb2.OBJECT_KIND_IMAGE,
        "title": "Plan",
        "description": "Vier Linden",
        "version": 1,
        "present_version": 1,
        "image": object_pb2.FileContent(file_id=scripted.CONTRIBUTION),
        "file": attachment_pb2.Attachment(
            name=f"tenants/lindental/files/{scripted.CONTRIBUTION}",
            id=scripted.CONTRIBUTION,
            file_name="plan.jpg",
            size=48_000,
            media_type="image/jpeg",
            state=attachment_pb2.ATTACHMENT_STATE_READY,
            width=1200,
            height=900,
            thumbnails=thumbnails,
        ),
    }
    return object_pb2.Object(**content | values)


async def test_a_point_is_chosen_on_an_image_without_a_script(gateway: Running) -> None:
    script(gateway, image())
    page = (await gateway.http.get(f"{TOPIC}/unterlagen/plan")).text
    address = f"/api/v1/lindental/files/{scripted.CONTRIBUTION}"
    assert (
        f'<img class="picture" src="{address}/thumbnails/960.webp" width="1000" height="750" alt="Vier Linden"' in page
    )
    assert 'type="image" name="punkt"' in page
    assert 'width="280" height="210"' in page
    assert f'<a class="kern-link" href="{address}/content">plan.jpg</a>' in page


@pytest.mark.parametrize(
    ("query", "point"),
    [
        ({"punkt.x": "70", "punkt.y": "105", "hoehe": "210"}, {"x": "25", "y": "50"}),
        ({"punkt.x": "0", "punkt.y": "0", "hoehe": "210"}, {}),
        ({"punkt.x": "281", "punkt.y": "5", "hoehe": "210"}, {}),
        ({"punkt.x": "1", "punkt.y": "5", "hoehe": "0"}, {}),
        ({"punkt.x": "²", "punkt.y": "5", "hoehe": "210"}, {}),
    ],
)
def test_what_the_browser_sends_becomes_percent(query: dict[str, str], point: dict[str, str]) -> None:
    assert point_asked(query) == point


def test_percent_are_read_with_comma_and_point() -> None:
    anchor = anchor_of({"object": "plan", "x": "25,5 %", "y": "50"})
    assert anchor == place_pb2.Anchor(object_id="plan", x=0.255, y=0.5)
    for typed, reason in (
        ("101", "OUT_OF_RANGE"),
        ("-1", "OUT_OF_RANGE"),
        ("nan", "OUT_OF_RANGE"),
        ("x", "WRONG_TYPE"),
    ):
        with pytest.raises(DomainError) as refused:
            anchor_of({"object": "plan", "x": typed, "y": "50"})
        assert [(each.field, each.reason) for each in refused.value.violations] == [("x", reason)]


async def test_a_contribution_shows_its_point(gateway: Running) -> None:
    script(gateway, image())
    written = scripted.contribution(
        anchor=place_pb2.Anchor(object_id="plan", x=0.255, y=0.5, version=1),
        anchor_target=contribution_pb2.AnchorTarget(
            object_title="Plan", state=contribution_pb2.ANCHOR_STATE_CURRENT, present_version=1
        ),
    )
    gateway.script.answer("GetContribution", contribution_service_pb2.GetContributionResponse(contribution=written))
    page = (await gateway.http.get(CONTRIBUTION)).text
    assert "Stelle: 25,5 % von links, 50 % von oben" in words_of(page)
    assert 'transform="translate(255.0 375.0)"' in page
    assert gateway.script.requests("GetObject")[0].version == 1


async def test_a_document_is_told_of_while_it_is_checked(gateway: Running) -> None:
    document = image(kind=object_pb2.OBJECT_KIND_DOCUMENT, document=object_pb2.FileContent(page_count=3))
    document.file.state = attachment_pb2.ATTACHMENT_STATE_PROCESSING
    script(gateway, document)
    page = (await gateway.http.get(f"{TOPIC}/unterlagen/plan")).text
    assert "Die Datei wird gerade geprüft." in page
    assert "/content" not in page
    document.file.state = attachment_pb2.ATTACHMENT_STATE_READY
    script(gateway, document)
    page = (await gateway.http.get(f"{TOPIC}/unterlagen/plan?x=1")).text
    assert 'name="seite"' in page
    assert "3 Seiten" in page
