"""The JSON API in front of the real services: what clients rely on, from request to database and back."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.chaos.stack import Stack

SEED = "20261123"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    async with Stack() as made:
        yield made


@pytest.fixture
async def topic(stack: Stack) -> str:
    return await stack.new_topic()


async def test_a_dialog_from_draft_to_end(stack: Stack) -> None:
    staff, anna, bora = stack.person("meyer", "admin"), stack.person("anna"), stack.person("bora")
    http = stack.http
    body = {
        "title": "Neugestaltung des Marktplatzes",
        "teaser": "Was soll bleiben?",
        "text": "Der **Marktplatz**.",
        "translations": {"en": {"title": "Market square", "teaser": "What shall stay?", "text": "The square."}},
        "start_date": "2020-01-01",
        "end_date": "2150-12-31",
    }
    made = await http.post(stack.api("topics"), json=body, headers=staff | {"Idempotency-Key": "real-1"})
    assert (made.status_code, made.json()["published"], made.json()["etag"]) == (201, False, "1")
    assert made.json()["end_time"] == "2150-12-31T23:00:00.000000Z"
    again = await http.post(stack.api("topics"), json=body, headers=staff | {"Idempotency-Key": "real-1"})
    assert (again.status_code, again.json()["id"]) == (201, made.json()["id"])
    other = await http.post(
        stack.api("topics"), json=body | {"title": "Anderer Titel"}, headers=staff | {"Idempotency-Key": "real-1"}
    )
    assert (other.status_code, other.json()["reason"]) == (409, "REQUEST_ID_REUSED")

    address = stack.url(made.headers["location"])
    assert (await http.get(address)).status_code == 404
    assert (await http.get(address, headers=anna)).status_code == 404
    assert (await http.get(address, headers=staff)).json()["title"] == body["title"]
    drafts = await http.get(stack.api("topics?drafts=true&page_size=100"), headers=staff)
    assert made.json()["id"] in [item["id"] for item in drafts.json()["items"]]
    assert (await http.get(stack.api("topics?drafts=true"))).status_code == 401
    assert (await http.get(stack.api("topics?drafts=true"), headers=anna)).status_code == 403

    changed = await http.patch(
        address, json={"teaser": "Was fehlt?"}, headers=staff | {"If-Match": made.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["teaser"], changed.json()["etag"]) == (200, "Was fehlt?", "2")
    assert changed.json()["translations"]["en"]["title"] == "Market square"
    late = await http.patch(address, json={"teaser": "x"}, headers=staff | {"If-Match": made.headers["etag"]})
    assert (late.status_code, late.json()["reason"]) == (412, "ETAG_MISMATCH")
    blind = await http.patch(address, json={"teaser": "x"}, headers=staff)
    assert (blind.status_code, blind.json()["reason"]) == (428, "ETAG_REQUIRED")

    published = await http.post(f"{address}:publish", headers=staff)
    assert (published.status_code, published.json()["phase"]) == (200, "active")
    contributed = await http.post(
        f"{address}/contributions", json={"title": "Mehr Bänke", "text": "Unter den Linden."}, headers=anna
    )
    contribution = stack.url(contributed.headers["location"])
    assert (contributed.json()["author_name"], contributed.json()["mine"]) == ("anna", True)
    commented = await http.post(f"{contribution}/comments", json={"text": "Gern."}, headers=bora)
    replied = await http.post(
        f"{contribution}/comments", json={"text": "Danke.", "parent_id": commented.json()["id"]}, headers=anna
    )
    assert (replied.status_code, replied.json()["depth"]) == (201, 1)
    rated = await http.put(f"{contribution}/rating", json={"value": "for"}, headers=bora)
    assert rated.json() == {"ratings": {"for": 1, "neutral": 0, "against": 0}, "my_rating": "for"}
    mine = await http.get(stack.url("/api/v1/me/participation"), headers=bora)
    assert [entry["kind"] for entry in mine.json()["items"]] == ["rating", "comment"]
    withdrawn = await http.delete(f"{contribution}/rating", headers=bora)
    assert withdrawn.json() == {"ratings": {"for": 0, "neutral": 0, "against": 0}, "my_rating": None}

    listed = (await http.get(f"{address}/contributions", headers=bora)).json()["items"]
    single = (await http.get(contribution, headers=bora)).json()
    assert listed == [single]
    comments = (await http.get(f"{contribution}/comments")).json()["items"]
    assert [(comment["text"], comment["depth"], comment["author_name"]) for comment in comments] == [
        ("Gern.", 0, "bora"),
        ("Danke.", 1, "anna"),
    ]
    state = await http.get(stack.url("/api/v1/topics?tenant=lindental&q=square&lang=en"))
    assert [(item["title"], item["contribution_count"]) for item in state.json()["items"]] == [("Market square", 1)]

    unexplained = await http.post(f"{address}:end", json={}, headers=staff)
    assert [error["field"] for error in unexplained.json()["errors"]] == ["reason"]
    ended = await http.post(f"{address}:end", json={"reason": "Das Vorhaben ruht."}, headers=staff)
    assert (ended.status_code, ended.json()["phase"]) == (200, "ended")
    too_late = await http.post(f"{address}/contributions", json={"title": "Zu spät", "text": "x"}, headers=anna)
    assert (too_late.status_code, too_late.json()["reason"]) == (409, "TOPIC_ENDED")
    assert too_late.json()["detail"].startswith("Seit ")


async def test_a_change_is_soon_seen_through_every_gateway(stack: Stack, topic: str) -> None:
    async def counted(gateway: str) -> tuple[int, int]:
        shown = await stack.http.get(stack.api(f"topics/{topic}", gateway))
        listed = await stack.http.get(stack.api(f"topics/{topic}/contributions", gateway))
        return shown.json()["contribution_count"], len(listed.json()["items"])

    gateways = ("gateway-1", "gateway-2")
    assert [await counted(gateway) for gateway in gateways] == [(0, 0), (0, 0)]
    assert (await stack.contribute(topic, "Mehr Bänke")).status_code == 201
    async with asyncio.timeout(10):
        while [await counted(gateway) for gateway in gateways] != [(1, 1), (1, 1)]:  # noqa: ASYNC110 - as a reader
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "EMPTY"),
        (" \n\t ", "EMPTY"),
        ("\u200b\u200d\ufeff", "EMPTY"),
        ("a\u0000b", "CONTROL_CHARACTER"),
        ("a" + "\u0301" * 10, "COMBINING_MARKS"),
        ("x" * 10_001, "TOO_LONG"),
        ("ä" * 100_000, "TOO_LONG"),
    ],
)
async def test_text_that_cannot_be_taken_is_explained(stack: Stack, topic: str, text: str, reason: str) -> None:
    for language, label in (("de", "Text"), ("en", "Text")):
        answer = await stack.http.post(
            stack.api(f"topics/{topic}/contributions"),
            json={"title": "Mehr Bänke", "text": text},
            headers=stack.person("anna") | {"Accept-Language": language},
        )
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["field"], error["reason"]) == ("text", reason)
        assert error["detail"].startswith(f"{label}: ")
        assert error.get("limit") == {"EMPTY": 1, "CONTROL_CHARACTER": None, "COMBINING_MARKS": 8}.get(reason, 10_000)


async def test_text_that_looks_dangerous_is_taken_as_it_is(stack: Stack, topic: str) -> None:
    text = "<script>alert(1)</script> 👩‍👩‍👧‍👦 \u202eumgekehrt\u202c [x](javascript:alert(1))\r\nZeile 2"
    answer = await stack.http.post(
        stack.api(f"topics/{topic}/contributions"),
        json={"title": "<b>Titel</b>", "text": text},
        headers=stack.person("anna"),
    )
    assert answer.status_code == 201
    # Marks that turn the direction of reading are taken out, line breaks are made one.
    expected = text.replace("\u202e", "").replace("\u202c", "").replace("\r\n", "\n")
    assert (answer.json()["title"], answer.json()["text"]) == ("<b>Titel</b>", expected)


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("topics/nothing", 404, {"TOPIC_NOT_FOUND", "NOT_FOUND"}),
        ("topics/01935b5e-7c00-7000-8000-0000000000ff", 404, {"TOPIC_NOT_FOUND"}),
        ("contributions/01935b5e-7c00-7000-8000-0000000000ff", 404, {"CONTRIBUTION_NOT_FOUND"}),
        ("topics?page_token=AAAA", 400, {"PAGE_TOKEN_INVALID"}),
        ("topics?phase=gone", 422, {"INVALID_ARGUMENT"}),
    ],
)
async def test_what_is_not_there_is_explained(stack: Stack, path: str, status: int, reason: set[str]) -> None:
    answer = await stack.http.get(stack.api(path))
    assert answer.status_code == status
    assert answer.json()["reason"] in reason


async def test_a_topic_of_another_tenant_is_not_found(stack: Stack, topic: str) -> None:
    answer = await stack.http.get(stack.url(f"/api/v1/hohenau/discussion/topics/{topic}"))
    assert (answer.status_code, answer.json()["reason"]) == (404, "TOPIC_NOT_FOUND")


async def test_a_page_token_of_another_list_is_refused(stack: Stack, topic: str) -> None:
    for number in range(2):
        assert (await stack.contribute(topic, f"Beitrag {number}")).status_code == 201
    address = stack.api(f"topics/{topic}/contributions?page_size=1")
    token = (await stack.http.get(address, headers=stack.person("anna"))).json()["next_page_token"]
    ordered = await stack.http.get(f"{address}&order=oldest&page_token={token}")
    assert (ordered.status_code, ordered.json()["reason"]) == (400, "PAGE_TOKEN_INVALID")
    following = await stack.http.get(f"{address}&page_token={token}")
    assert [item["title"] for item in following.json()["items"]] == ["Beitrag 0"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("signed_in", [True, False])
async def test_no_input_leads_to_an_undocumented_answer(
    stack: Stack, topic: str, tmp_path: Path, signed_in: bool
) -> None:
    contribution = (await stack.contribute(topic, "Mehr Bänke")).json()["id"]
    known: dict[str, Any] = {"path.tenant": "lindental", "path.topic": topic, "path.contribution": contribution}
    config = tmp_path / "schemathesis.toml"
    lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in known.items()]
    config.write_text("\n".join(["[parameters]", *lines]), "utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)]
    command += ["run", stack.url("/api/openapi.json"), "--seed", SEED, "--no-color", "--continue-on-failure"]
    command += ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "6"]
    command += ["--warnings", "off"]
    if signed_in:
        staff = stack.person("meyer", "admin", "editor")
        command += ["--header", f"Authorization: {staff['authorization']}"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
