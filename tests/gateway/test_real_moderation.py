"""Moderation through real gateways and services: what is hidden is gone for everybody, and nobody runs a log."""

import asyncio
import csv
import io
import re
import time
from typing import Any

import httpx
import pytest
from civic_gateway.web.addresses import code_of

from tests.chaos.stack import Stack

LINKS = "https://a.example https://b.example https://c.example"
_CODE = re.compile(r"/lindental/moderation/beitrag/([0-9a-z]{25})/melden")


@pytest.fixture
async def topic(stack: Stack) -> str:
    return await stack.new_topic()


def moderation(stack: Stack, path: str) -> str:
    return stack.url(f"/api/v1/lindental/moderation/{path}")


async def page_of(stack: Stack, contribution: str, topic: str, gateway: str = "gateway-1") -> httpx.Response:
    """The contribution's page as nobody reads it."""
    path = f"/lindental/dialoge/{code_of(topic)}/beitraege/{code_of(contribution)}"
    return await stack.http.get(stack.url(path, gateway), follow_redirects=True, headers={"accept-language": "de"})


async def case_of(stack: Stack, text_id: str, **query: str) -> dict[str, Any]:
    listed = await stack.http.get(
        moderation(stack, "cases"), params={"page_size": 100, **query}, headers=stack.person("okafor", "moderator")
    )
    assert listed.status_code == 200, listed.text
    (found,) = [case for case in listed.json()["items"] if case["text_id"] == text_id]
    return dict(found)


async def test_what_is_hidden_is_gone_within_a_second_everywhere(stack: Stack, topic: str) -> None:
    made = (await stack.contribute(topic, "Beleidigung 4711")).json()
    contribution = made["id"]
    reported = await stack.http.post(
        stack.api(f"contributions/{contribution}:report"), json={"reason": "insult", "text": "Beleidigend."}
    )
    assert (reported.status_code, reported.json()) == (200, {"repeated": False})
    staff = stack.person("okafor", "moderator")
    gateways = ("gateway-1", "gateway-2")

    async def shown() -> list[bool]:
        found = []
        for gateway in gateways:
            address = stack.api(f"contributions/{contribution}", gateway)
            found.append((await stack.http.get(address)).status_code == 200)
            listed = (await stack.http.get(stack.api(f"topics/{topic}/contributions", gateway))).json()["items"]
            found.append(contribution in [each["id"] for each in listed])
            found.append((await stack.http.get(stack.api(f"topics/{topic}", gateway))).json()["contribution_count"] > 0)
            dialog = await stack.http.get(
                stack.url(f"/lindental/dialoge/{code_of(topic)}", gateway), follow_redirects=True
            )
            found.append("Beleidigung 4711" in dialog.text)
            found.append((await page_of(stack, contribution, topic, gateway)).status_code == 200)
        return found

    await _until(lambda: shown(), [True] * 10)
    case = await case_of(stack, contribution, reported="true")
    decision = {"decision": "hide", "reason": "insult", "text": "Bitte sachlich."}
    decided = await stack.http.post(moderation(stack, f"cases/{case['id']}:decide"), json=decision, headers=staff)
    began = time.monotonic()
    assert (decided.status_code, decided.json()["text_state"]) == (200, "hidden")
    await _until(lambda: shown(), [False] * 10)
    # Ten answers of two gateways are asked for one after the other, over and over, until none shows it.
    assert time.monotonic() - began < 2.0
    own = await stack.http.get(stack.api(f"contributions/{contribution}"), headers=stack.person("anna"))
    assert (own.status_code, own.json()["state"]) == (200, "hidden")
    told = await stack.http.get(stack.api(f"contributions/{contribution}/moderation"), headers=stack.person("anna"))
    assert (told.json()["reason"], told.json()["may_object"]) == ("insult", True)
    objected = await stack.http.post(
        stack.api(f"contributions/{contribution}:object"),
        json={"text": "Das war ein Zitat."},
        headers=stack.person("anna"),
    )
    assert objected.status_code == 200
    undone = await stack.http.post(moderation(stack, "cases:undo"), json={"cases": [case["id"]]}, headers=staff)
    assert (undone.status_code, undone.json()["reason"]) == (409, "UNDO_TOO_LATE")
    kept = await stack.http.post(
        moderation(stack, "cases:decide"), json={"cases": [case["id"]], "decision": "keep"}, headers=staff
    )
    assert [each["text_state"] for each in kept.json()["items"]] == ["published"]
    await _until(lambda: shown(), [True] * 10)


async def test_a_held_text_is_named_with_its_rule(stack: Stack, topic: str) -> None:
    body = {"title": "Drei Links", "text": LINKS}
    made = await stack.http.post(stack.api(f"topics/{topic}/contributions"), json=body, headers=stack.person("bora"))
    assert (made.status_code, made.json()["state"]) == (201, "held")
    assert (await stack.http.get(stack.api(f"contributions/{made.json()['id']}"))).status_code == 404
    case = await case_of(stack, made.json()["id"], rule="links")
    assert [(hold["rule"], hold["detail"]) for hold in case["holds"]] == [("links", "3")]


async def test_the_log_runs_nothing_in_a_spreadsheet(stack: Stack, topic: str) -> None:
    made = (await stack.contribute(topic, "Zum Protokoll")).json()
    await stack.http.post(stack.api(f"contributions/{made['id']}:report"), json={"reason": "off_topic"})
    case = await case_of(stack, made["id"])
    staff = stack.person("okafor", "moderator")
    note = '=HYPERLINK("https://evil.example";"hier")\n+1; "quoted"'
    decision = {"decision": "hide", "reason": "off_topic", "text": note}
    await stack.http.post(moderation(stack, f"cases/{case['id']}:decide"), json=decision, headers=staff)
    for headers, status in (({}, 401), (stack.person("anna"), 403), (stack.person("meyer", "editor"), 403)):
        assert (await stack.http.get(moderation(stack, "log.csv"), headers=headers)).status_code == status
    answer = await stack.http.get(moderation(stack, "log.csv"), headers=staff)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="moderation-lindental.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    mine = [row for row in rows if row["text_id"] == made["id"]]
    assert [(row["action"], row["actor"], row["reason"]) for row in mine] == [
        ("report", "reader", "off_topic"),
        ("hide", "staff", "off_topic"),
    ]
    assert mine[1]["note"] == "'" + note
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


async def test_anybody_reports_on_a_page_without_a_script_or_an_account(stack: Stack, topic: str) -> None:
    made = (await stack.contribute(topic, "Bitte prüfen")).json()
    page = await page_of(stack, made["id"], topic)
    code = _CODE.search(page.text)
    assert code is not None
    form = stack.url(f"/lindental/moderation/beitrag/{code[1]}/melden?zurueck=/lindental")
    asked = await stack.http.get(form, headers={"accept-language": "de"})
    assert asked.status_code == 200
    assert "Beleidigung oder Herabwürdigung" in asked.text
    empty = await stack.http.post(form, data={"reason": "", "text": "Mein Text bleibt."})
    assert empty.status_code == 422
    assert "Mein Text bleibt." in empty.text
    sent = await stack.http.post(form, data={"reason": "insult", "text": "", "zurueck": "https://evil.example/"})
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/lindental/moderation/beitrag/{code[1]}/melden/danke?zurueck=%2F",
    )
    assert (await case_of(stack, made["id"]))["report_count"] == 1
    for path in ("/lindental/moderation/unsinn/x/melden", "/lindental/moderation/beitrag/xyz/melden"):
        assert (await stack.http.get(stack.url(path))).status_code == 404


async def test_the_policy_is_public_with_its_numbers(stack: Stack) -> None:
    admin = stack.person("meyer", "admin")
    before = (await stack.http.get(moderation(stack, "settings/discussion"), headers=admin)).json()
    body = {name: before[name] for name in ("rules", "links_max", "per_minute", "remind_hours", "reasons")}
    body |= {"words": ["*"], "policy": {"de": "Wir lesen **alles**."}}
    refused = await stack.http.put(
        moderation(stack, "settings/discussion"), json=body, headers=admin | {"if-match": before["etag"]}
    )
    assert (refused.status_code, refused.json()["errors"][0]["reason"]) == (422, "MATCHES_EVERYTHING")
    blind = await stack.http.put(moderation(stack, "settings/discussion"), json=body, headers=admin)
    assert (blind.status_code, blind.json()["reason"]) == (428, "ETAG_REQUIRED")
    body["words"] = ["unsinn"]
    changed = await stack.http.put(
        moderation(stack, "settings/discussion"), json=body, headers=admin | {"if-match": before["etag"]}
    )
    assert (changed.status_code, changed.json()["words"]) == (200, ["unsinn"])
    policy = (await stack.http.get(moderation(stack, "policy"))).json()["items"][0]
    assert policy["policy"] == {"de": "Wir lesen **alles**."}
    page = await stack.http.get(stack.url("/lindental/moderation"), headers={"accept-language": "de"})
    assert page.status_code == 200
    assert "<strong>alles</strong>" in page.text


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("settings/0", 404, "CASE_NOT_FOUND"),
        ("cases/discussion.nothing", 404, "CASE_NOT_FOUND"),
        ("cases/nothing", 404, "CASE_NOT_FOUND"),
        ("cases?page_token=W1tb", 400, "PAGE_TOKEN_INVALID"),
        ("cases?page_token=eyJkaXNjdXNzaW9uIjoieCJ9", 400, "PAGE_TOKEN_INVALID"),
        ("cases?rule=x", 422, "INVALID_ARGUMENT"),
    ],
)
async def test_what_is_not_there_is_explained(stack: Stack, path: str, status: int, reason: str) -> None:
    answer = await stack.http.get(moderation(stack, path), headers=stack.person("meyer", "admin"))
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


async def test_one_address_reports_so_often_and_no_more(stack: Stack, topic: str) -> None:
    made = (await stack.contribute(topic, "Oft gemeldet")).json()
    answers = [
        (await stack.http.post(stack.api(f"contributions/{made['id']}:report", "gateway-2"), json={"reason": "insult"}))
        for _ in range(14)
    ]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert answers[-1].json()["reason"] == "RATE_LIMITED"
    assert (await case_of(stack, made["id"]))["report_count"] == 1


async def _until(ask: Any, expected: Any) -> None:
    async with asyncio.timeout(10):
        while await ask() != expected:  # noqa: ASYNC110 - as a reader
            await asyncio.sleep(0.02)
