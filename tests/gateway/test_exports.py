"""Exports from database to file: opened again and compared value by value, for everybody and for staff."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import openpyxl
import pytest
import pytest_asyncio
from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.contribution_service_pb2 import AnswerContributionRequest
from civic.tenant.v1 import tenant_service_pb2
from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.db import Database
from civic_chassis.grpc.server import Server
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.issuer import AUDIENCE, Issuer
from civic_chassis.testing.service import Person
from civic_chassis.trust import trusted
from civic_discussion.main import servicers
from civic_gateway.features.exports import columns
from civic_gateway.web.addresses import code_of
from civic_gateway.web.i18n import BERLIN
from openpyxl.utils.escape import unescape

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running
from tests.service.discussion.conftest import ANNA, BORA, CLARA, Portal, connected, database, portal
from tests.service.discussion.test_exports import NOT_PUBLIC, put_into
from tests.service.discussion.test_taking_part import CATEGORIES, pin, settings

__all__ = ["connected", "database", "portal"]

FORMULAS = ("=1+1", "+49 6000 1", "-Anfang", "@SUMME(A1)", "\tTab", " =1+1")
TEXT = 'Zeile eins\nZeile "zwei"; mit Semikolon, Komma\n\nund 👩‍👩‍👧‍👦 äöüß 漢字 </script> _x0041_'
FORMS = ("csv", "xlsx", "json", "zip")


@dataclass(frozen=True, slots=True)
class Desk:
    """A gateway in front of the real service."""

    gateway: Running
    portal: Portal

    async def get(
        self, topic_id: str, what: str, caller: Person | None = None, *, language: str = "de"
    ) -> httpx.Response:
        return await self.gateway.http.get(
            self.path(topic_id, what), headers=self.headers(caller) | {"accept-language": language}
        )

    def path(self, topic_id: str, what: str) -> str:
        return f"/api/v1/{self.portal.tenant}/discussion/topics/{topic_id}/{what}"

    def headers(self, caller: Person | None) -> dict[str, str]:
        token = self.portal.service._token(caller)
        return {"authorization": f"Bearer {token}"} if token else {}


@pytest_asyncio.fixture(loop_scope="session")
async def desk(portal: Portal, database: Database, run: Run, issuer: Issuer, clock: FrozenClock) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient(verify=trusted()) as http:
        verifier = TokenVerifier(issuer=issuer.url, audience=AUDIENCE, http=http, clock=clock, jwks_url=issuer.jwks_url)
        server = Server(servicers(database), verifier=verifier, clock=clock, listen="127.0.0.1:0")
        await server.start()
        gateway = await run(discussion_target=f"127.0.0.1:{server.port}", exports_per_client=2)
        found = tenant_service_pb2.GetTenantResponse(tenant=scripted.tenant(portal.tenant, "Stadt Lindental"))
        gateway.script.answer("GetTenant", found)
        yield Desk(gateway, portal)
        await server.stop(grace=1)


def rows_of_csv(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    assert text.count("\r\n") == len(list(csv.reader(io.StringIO(text, newline=""), delimiter=";")))
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=False)
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def instant(row: dict[str, Any], name: str = "create_time") -> datetime:
    return datetime.fromisoformat(row[name])


async def filled(portal: Portal) -> tuple[str, list[str]]:
    """A topic with everything that a file may stumble over; its contributions."""
    label = topic_pb2.Choice(key="rad", names={"de": "Rad und Fuß"})
    topic = await portal.add_topic(settings=settings(categories=CATEGORIES, labels=[label]))
    await portal.put_object(topic.id, "satzung")
    made = [
        await portal.contribute(
            topic.id,
            ANNA,
            title="Bänke – 🌳",
            text=TEXT,
            category="verkehr",
            labels=["rad"],
            place=pin(50.11, 8.68, "=Am Markt 1"),
            anchor=place_pb2.Anchor(object_id="satzung", section="s2"),
        )
    ]
    made += [await portal.contribute(topic.id, BORA, title=f"{text.strip()} x", text=text) for text in FORMULAS]
    await portal.rate(made[0].id, BORA, contribution_pb2.RATING_VALUE_FOR)
    said = await portal.comment(made[0].id, CLARA, text='=HYPERLINK("http://boese.example")')
    await portal.comment(made[0].id, ANNA, text="Danke\n\nAnna", parent=said.id)
    return topic.id, [each.id for each in made]


async def test_csv_holds_what_json_holds(desk: Desk) -> None:
    topic_id, made = await filled(desk.portal)
    answer = await desk.get(topic_id, "export.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="neugestaltung-des-marktplatzes-')
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-civic-rows"] == "9"
    rows = rows_of_csv(answer.content)
    exact = (await desk.get(topic_id, "export.json")).json()
    assert (exact["scope"], exact["topic"]["id"]) == ("public", topic_id)
    assert [row["id"] for row in exact["contributions"]] == made
    both = [("contribution", row) for row in exact["contributions"]] + [("comment", row) for row in exact["comments"]]
    assert [(row["kind"], row["id"]) for row in rows] == [(kind, row["id"]) for kind, row in both]
    known = {"contribution": columns.CONTRIBUTION, "comment": columns.COMMENT}
    for shown, (kind, row) in zip(rows, both, strict=True):
        for column in columns.shown(known[kind], full=False):
            value = column.read(row)
            text = "" if value is None else str(value)
            assert shown[column.key] in (text, f"'{text}"), column.key
    assert [row["text"] for row in exact["contributions"][1:]] == [text.strip() for text in FORMULAS]
    first = rows[0]
    assert (first["text"], first["title"], first["labels"]) == (TEXT, "Bänke – 🌳", "rad")
    assert (first["lat"], first["lon"], first["rated_for"]) == ("50.11", "8.68", "1")
    assert first["link"].endswith(f"/beitraege/baenke-{code_of(made[0])}")


async def test_no_cell_is_a_formula(desk: Desk) -> None:
    topic_id, _ = await filled(desk.portal)
    cells = [cell for row in rows_of_csv((await desk.get(topic_id, "export.csv")).content) for cell in row.values()]
    assert [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []
    assert "'=1+1" in cells and "'=Am Markt 1" in cells
    book = openpyxl.load_workbook(io.BytesIO((await desk.get(topic_id, "export.xlsx")).content))
    every = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in every if cell.data_type == "f"] == []
    assert [cell.value for cell in every if cell.hyperlink] == []
    # A text is a text there, so nothing stands in front of it.
    assert {"=1+1", "=Am Markt 1"} <= {cell.value for cell in every}


async def test_the_workbook_has_dates_words_and_an_explanation(desk: Desk) -> None:
    topic_id, made = await filled(desk.portal)
    exact = (await desk.get(topic_id, "export.json")).json()
    sheets = sheets_of((await desk.get(topic_id, "export.xlsx")).content)
    assert list(sheets) == ["Beiträge", "Erklärung", "Kommentare"]
    head, *rows = sheets["Beiträge"]
    shown = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["Kennung"] for row in shown] == made
    for row, expected in zip(shown, exact["contributions"], strict=True):
        # What looks like an escape of the format is escaped; programs for people undo that, the library does not.
        assert (row["Titel"], unescape(row["Text"])) == (expected["title"], expected["text"])
        local = instant(expected).astimezone(BERLIN).replace(tzinfo=None)
        assert abs((row["Eingegangen"] - local).total_seconds()) < 0.001
        ratings = expected["ratings"]
        assert (row["Dafür"], row["Neutral"], row["Dagegen"]) == (
            ratings["for"],
            ratings["neutral"],
            ratings["against"],
        )
    first = shown[0]
    assert (first["Kategorie"], first["Schlagwörter"], first["Zustand"]) == ("Verkehr", "Rad und Fuß", "veröffentlicht")
    assert (first["Breite"], first["Länge"]) == (50.11, 8.68)
    explained = {row[0]: row[2] for row in sheets["Erklärung"]}
    assert explained["rated_for"] == "So viele Personen haben mit „Dafür“ bewertet."
    assert {column.key for column in columns.joined(full=False)} <= set(explained)
    assert [row[0] for row in sheets["Kommentare"][1:]] == [row["id"] for row in exact["comments"]]
    english = sheets_of((await desk.get(topic_id, "export.xlsx", language="en")).content)
    assert list(english) == ["Contributions", "Explanation", "Comments"]


async def test_the_archive_holds_both_files_and_the_columns(desk: Desk) -> None:
    topic_id, made = await filled(desk.portal)
    archive = zipfile.ZipFile(io.BytesIO((await desk.get(topic_id, "export.zip")).content))
    assert archive.testzip() is None
    assert archive.namelist() == ["export.json", "export.csv", "spalten.csv"]
    assert [row["id"] for row in json.loads(archive.read("export.json"))["contributions"]] == made
    assert len(rows_of_csv(archive.read("export.csv"))) == 9
    explained = archive.read("spalten.csv").decode("utf-8-sig")
    assert explained.splitlines()[0] == "Name in CSV und JSON;Spalte;Bedeutung"


async def test_the_archive_holds_the_files_of_contributions(desk: Desk) -> None:
    topic = await desk.portal.add_topic()
    made = await desk.portal.contribute(topic.id)
    files = desk.gateway.gateway.files
    held: list[dict[str, Any]] = [
        {"id": "01935b5e-7c00-7000-8000-00000000000a", "name": "../Plan Süd.PDF", "content_url": "/x"}
    ]
    held += [{"id": "01935b5e-7c00-7000-8000-00000000000b", "name": "weg.png", "content_url": "/x"}]
    held += [{"id": "01935b5e-7c00-7000-8000-00000000000c", "name": "noch-nicht.png", "content_url": None}]
    await desk.portal.rows("UPDATE contribution SET attachments = $1 WHERE id = $2::uuid RETURNING id", held, made.id)
    content = b"%PDF-1.7 " + bytes(range(256)) * 3_000
    await files.objects.put(f"attachments/{desk.portal.tenant}/{held[0]['id']}/content", content)
    archive = zipfile.ZipFile(io.BytesIO((await desk.get(topic.id, "export.zip")).content))
    assert archive.testzip() is None
    folder = f"dateien/{code_of(made.id)}"
    assert archive.namelist()[3:] == [f"{folder}/1-plan-sued.pdf", f"{folder}/2-weg.png"]
    assert archive.read(f"{folder}/1-plan-sued.pdf") == content
    (row,) = rows_of_csv(archive.read("export.csv"))
    assert row["attachments"] == "../Plan Süd.PDF, weg.png, noch-nicht.png"


async def test_answers_are_in_every_form(desk: Desk) -> None:
    topic = await desk.portal.add_topic()
    made = await desk.portal.contribute(topic.id)
    request = AnswerContributionRequest(
        id=made.id, state=contribution_pb2.ANSWER_STATE_REJECTED, text="-5 Grad sind zu kalt."
    )
    await desk.portal.contributions(desk.portal.editor).AnswerContribution(request)
    (row,) = rows_of_csv((await desk.get(topic.id, "export.csv")).content)
    assert (row["answer_state"], row["answer_text"]) == ("rejected", "'-5 Grad sind zu kalt.")
    head, shown = sheets_of((await desk.get(topic.id, "export.xlsx")).content)["Beiträge"]
    cells = dict(zip(head, shown, strict=True))
    assert (cells["Antwort der Verwaltung"], cells["Begründung der Antwort"]) == ("abgelehnt", "-5 Grad sind zu kalt.")
    assert cells["Geantwortet"].tzinfo is None


async def test_who_gets_what(desk: Desk) -> None:
    portal = desk.portal
    topic = await portal.add_topic()
    shown = await portal.contribute(topic.id, ANNA)
    gone = [await portal.contribute(topic.id, BORA, text=f"geheim {state}") for state in NOT_PUBLIC]
    for made, state in zip(gone, NOT_PUBLIC, strict=True):
        await portal.comment(made.id, CLARA, text=f"geheim {state}")
        await put_into(portal, made.id, state)
    stranger = Person(name="meyer", roles=("anderswo/admin",))
    for caller in (None, ANNA, stranger):
        for form in FORMS:
            answer = await desk.get(topic.id, f"export.{form}", caller)
            assert "-intern-" not in answer.headers["content-disposition"]
        csv_rows = rows_of_csv((await desk.get(topic.id, "export.csv", caller)).content)
        assert [row["id"] for row in csv_rows] == [shown.id]
        assert "author_id" not in csv_rows[0]
    for staff in (portal.admin, portal.editor, portal.moderator):
        answer = await desk.get(topic.id, "export.csv", staff)
        assert "-intern-" in answer.headers["content-disposition"]
        full = rows_of_csv(answer.content)
        states = ["published", *NOT_PUBLIC]
        assert [row["state"] for row in full if row["kind"] == "contribution"] == states
        assert all(len(row["author_id"]) == 16 for row in full)
        public = await desk.get(topic.id, "export.csv?scope=public", staff)
        assert [row["id"] for row in rows_of_csv(public.content)] == [shown.id]
    for form in FORMS:
        everybody = (await desk.get(topic.id, f"export.{form}")).content
        assert b"geheim" not in everybody


@pytest.mark.parametrize("form", FORMS)
async def test_what_is_refused_is_refused_before_the_first_byte(desk: Desk, form: str) -> None:
    draft = await desk.portal.add_draft()
    for topic_id in (draft.id, scripted.TOPIC, "kein"):
        answer = await desk.get(topic_id, f"export.{form}")
        assert (answer.status_code, answer.json()["reason"]) == (404, "TOPIC_NOT_FOUND")
    assert (await desk.get(draft.id, f"export.{form}", desk.portal.editor)).status_code == 200
    wrong = await desk.get(draft.id, f"export.{form}?scope=alles")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "scope")


async def test_the_head_alone_reads_nothing(desk: Desk) -> None:
    topic_id, _ = await filled(desk.portal)
    answer = await desk.gateway.http.head(desk.path(topic_id, "export.xlsx"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-disposition"].endswith('.xlsx"')


async def test_statistics_say_what_the_service_counts(desk: Desk) -> None:
    topic_id, made = await filled(desk.portal)
    day = desk.portal.clock.now().astimezone(BERLIN).date().isoformat()
    shown = (await desk.get(topic_id, "statistics")).json()
    assert shown == {
        "topic_id": topic_id,
        "read_time": shown["read_time"],
        "goals_reached": 0,
        "suppressed": True,
        "participant_count": None,
        "contribution_count": 7,
        "comment_count": 2,
        "rating_count": 1,
        "ratings": {"for": 1, "neutral": 0, "against": 0},
        "days": [{"day": day, "contribution_count": 7, "comment_count": 2, "rating_count": None}],
        "states": [{"state": "published", "contribution_count": 7}],
        "categories": [
            {"category": None, "contribution_count": 6, "comment_count": 0, "rating_count": 0},
            {"category": "verkehr", "contribution_count": 1, "comment_count": 2, "rating_count": 1},
        ],
    }
    staff = (await desk.get(topic_id, "statistics", desk.portal.moderator)).json()
    assert (staff["participant_count"], staff["days"][0]["rating_count"], staff["suppressed"]) == (3, 1, False)
    public = (await desk.get(topic_id, "statistics?scope=public", desk.portal.moderator)).json()
    assert public["participant_count"] is None
    address = f"/api/v1/{desk.portal.tenant}/discussion/statistics"
    tenant = (await desk.gateway.http.get(address)).json()
    assert (tenant["tenant"], tenant["topic_count"], tenant["contribution_count"]) == (desk.portal.tenant, 1, 7)
    assert datetime.fromisoformat(shown["read_time"]) == desk.portal.clock.now().astimezone(UTC)
    assert len(made) == 7
