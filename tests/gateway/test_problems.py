"""Errors: every kind as the right status, in both languages, with the field and its limit."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind, Violation
from civic_gateway.web import i18n

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

BASE = "/api/v1/lindental/discussion"
TOPIC = f"{BASE}/topics/{scripted.TOPIC}"


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        (Kind.INVALID, "INVALID_ARGUMENT", 422),
        (Kind.INVALID, "PAGE_TOKEN_INVALID", 400),
        (Kind.UNAUTHENTICATED, "TOKEN_INVALID", 401),
        (Kind.FORBIDDEN, "ROLE_REQUIRED", 403),
        (Kind.NOT_FOUND, "TOPIC_NOT_FOUND", 404),
        (Kind.GONE, "TENANT_CLOSED", 410),
        (Kind.CONFLICT, "REQUEST_ID_REUSED", 409),
        (Kind.PRECONDITION, "TENANT_SUSPENDED", 409),
        (Kind.VERSION, "ETAG_MISMATCH", 412),
        (Kind.VERSION, "ETAG_REQUIRED", 428),
        (Kind.LIMIT, "RATE_LIMITED", 429),
        (Kind.UNAVAILABLE, "UNAVAILABLE", 503),
        (Kind.DEADLINE, "DEADLINE_EXCEEDED", 504),
        (Kind.INTERNAL, "INTERNAL", 500),
    ],
)
async def test_each_kind_has_its_status(gateway: Running, kind: Kind, reason: str, status: int) -> None:
    gateway.script.answer("GetTopic", DomainError(kind, reason, "for developers"))
    response = await gateway.http.get(TOPIC)
    problem = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert (problem["reason"], problem["status"], problem["instance"]) == (reason, status, TOPIC)
    assert problem["type"] == f"/api/problems#{reason}"
    assert problem["trace_id"] == response.headers["x-request-id"]
    assert len(problem["trace_id"]) == 32
    assert "for developers" not in response.text
    assert ("retry-after" in response.headers) == (status in (503, 504))


@pytest.mark.parametrize(
    ("language", "title", "detail"),
    [
        (
            "de",
            "Der Dialog ist beendet",
            "Seit Samstag, 12. Dezember 2026, 24 Uhr werden keine Beiträge, Kommentare und Bewertungen mehr "
            "angenommen.",
        ),
        (
            "en",
            "The Dialog has ended",
            "No contributions, comments or ratings have been taken since Saturday, 12 December 2026, 24:00.",
        ),
    ],
)
async def test_the_reader_learns_since_when_in_their_language(
    gateway: Running, language: str, title: str, detail: str
) -> None:
    metadata = {"end_time": "2026-12-12T23:00:00.000000Z"}
    gateway.script.answer("GetTopic", DomainError(Kind.PRECONDITION, "TOPIC_ENDED", "ended", metadata=metadata))
    response = await gateway.http.get(TOPIC, headers={"Accept-Language": language})
    assert (response.status_code, response.json()["title"], response.json()["detail"]) == (409, title, detail)


async def test_every_wrong_field_is_named_with_its_limit(gateway: Running) -> None:
    violations = [
        Violation("topic.texts.title", "TOO_LONG", "long", {"max": "200", "actual": "100000"}),
        Violation("topic.translations.en.title", "TOO_SHORT", "short", {"min": "3", "actual": "1"}),
        Violation("query", "EMPTY", "empty", {"min": "1"}),
        Violation("request_id", "MALFORMED", "malformed"),
        Violation("something", "NEVER_HEARD_OF", "new"),
    ]
    gateway.script.answer("GetTopic", DomainError(Kind.INVALID, "INVALID_ARGUMENT", "x", violations=violations))
    response = await gateway.http.get(TOPIC)
    assert response.json()["errors"] == [
        {
            "field": "title",
            "reason": "TOO_LONG",
            "detail": "Titel: Erlaubt sind höchstens 200 Zeichen, es sind 100.000.",
            "limit": 200,
        },
        {
            "field": "translations.en.title",
            "reason": "TOO_SHORT",
            "detail": "Titel: Bitte schreiben Sie mindestens 3 Zeichen.",
            "limit": 3,
        },
        {
            "field": "q",
            "reason": "EMPTY",
            "detail": "Suche: Bitte schreiben Sie etwas. Leerzeichen allein genügen nicht.",
            "limit": 1,
        },
        {
            "field": "Idempotency-Key",
            "reason": "MALFORMED",
            "detail": "Idempotency-Key: Diese Angabe hat nicht die richtige Form.",
        },
        {"field": "something", "reason": "NEVER_HEARD_OF", "detail": "something: Diese Angabe ist nicht gültig."},
    ]


@pytest.mark.parametrize("size", ["-1", "0", "101", "1e9", "1000000000", "99999999999999999999", "abc", "", "²"])
async def test_a_page_size_out_of_range_names_the_range(gateway: Running, size: str) -> None:
    response = await gateway.http.get(f"{BASE}/topics", params={"page_size": size})
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {
            "field": "page_size",
            "reason": "OUT_OF_RANGE",
            "detail": "Einträge je Seite: Erlaubt sind Werte von 1 bis 100.",
            "limit": 100,
        }
    ]


async def post(
    gateway: Running,
    body: bytes,
    *,
    address: str = f"{TOPIC}/contributions",
    content_type: str | None = "application/json",
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {gateway.token()}"} | ({"Content-Type": content_type} if content_type else {})
    return await gateway.http.post(address, content=body, headers=headers)


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (b'{"title": "a', "MALFORMED_JSON", "Der Inhalt der Anfrage ist kein gültiges JSON in UTF-8."),
        (b'{"title": "\xff\xfe"}', "MALFORMED_JSON", "Der Inhalt der Anfrage ist kein gültiges JSON in UTF-8."),
        (b'{"title": "\\ud800"}', "MALFORMED_JSON", "Der Inhalt der Anfrage ist kein gültiges JSON in UTF-8."),
        (b'{"title": NaN}', "MALFORMED_JSON", "Der Inhalt der Anfrage ist kein gültiges JSON in UTF-8."),
        (
            b'{"title": "a", "text": "b", "title": "c"}',
            "DUPLICATE_KEY",
            "Das Feld „title“ kommt im selben Objekt mehrmals vor.",
        ),
        (
            b'{"title": {"x": 1, "\\u0078": 2}}',
            "DUPLICATE_KEY",
            "Das Feld „x“ kommt im selben Objekt mehrmals vor.",
        ),
        (b"[" * 100_000 + b"]" * 100_000, "TOO_DEEP", "Erlaubt sind 16 Ebenen."),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "TOO_DEEP", "Erlaubt sind 16 Ebenen."),
        # A text that never ends, in which each mark might be the beginning of another one.
        (b"[" * 17 + b'"' + b'\\"' * 500_000, "TOO_DEEP", "Erlaubt sind 16 Ebenen."),
        (
            b"[" * 16 + b'"[' + b'\\"' * 500_000,
            "MALFORMED_JSON",
            "Der Inhalt der Anfrage ist kein gültiges JSON in UTF-8.",
        ),
    ],
)
async def test_doubtful_json_is_refused(gateway: Running, body: bytes, reason: str, detail: str) -> None:
    response = await post(gateway, body)
    assert (response.status_code, response.json()["reason"], response.json()["detail"]) == (400, reason, detail)
    assert gateway.script.calls == [] or gateway.script.requests("CreateContribution") == []


async def test_brackets_inside_of_texts_are_no_levels(gateway: Running) -> None:
    response = await post(gateway, json.dumps({"title": "[" * 50 + '\\"{[', "text": "x", "more": 1}).encode())
    assert [error["reason"] for error in response.json()["errors"]] == ["UNKNOWN_FIELD"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b"", [("body", "REQUIRED", "Inhalt der Anfrage: Die Angabe fehlt.")]),
        (b"{}", [("title", "REQUIRED", "Titel: Die Angabe fehlt."), ("text", "REQUIRED", "Text: Die Angabe fehlt.")]),
        (
            b"[]",
            [("body", "WRONG_TYPE", "Inhalt der Anfrage: Die Angabe hat die falsche Art. Erwartet wird ein Objekt.")],
        ),
        (
            b'{"title": 7, "text": null}',
            [
                ("title", "WRONG_TYPE", "Titel: Die Angabe hat die falsche Art. Erwartet wird ein Text."),
                ("text", "WRONG_TYPE", "Text: Die Angabe hat die falsche Art. Erwartet wird ein Text."),
            ],
        ),
        (
            b'{"title": "abc", "text": "x", "colour": "red"}',
            [("colour", "UNKNOWN_FIELD", "colour: Dieses Feld gibt es hier nicht.")],
        ),
    ],
)
async def test_fields_that_are_missing_wrong_or_unknown_are_named(
    gateway: Running, body: bytes, errors: list[Any]
) -> None:
    response = await post(gateway, body)
    assert response.status_code == 422
    assert [(error["field"], error["reason"], error["detail"]) for error in response.json()["errors"]] == errors


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"start_time": "2026-12-01"}, [("start_time", "NOT_A_TIME")]),
        ({"start_time": "2026-12-01T08:00:00"}, [("start_time", "NOT_A_TIME")]),
        ({"start_time": 1764576000}, [("start_time", "NOT_A_TIME")]),
        ({"start_time": "2026-02-30T08:00:00Z"}, [("start_time", "NOT_A_TIME")]),
        ({"start_time": "0001-01-01T00:00:00+14:00"}, [("start_time", "NOT_A_TIME")]),
        ({"end_date": "2026-12-01T08:00:00Z"}, [("end_date", "NOT_A_DAY")]),
        ({"end_date": "2026-13-01"}, [("end_date", "NOT_A_DAY")]),
        ({"end_date": "9999-12-31"}, [("end_date", "NOT_A_DAY")]),
        ({"start_date": "0001-01-01"}, [("start_date", "NOT_A_DAY")]),
        ({"end_date": "2026-12-01", "end_time": "2026-12-01T08:00:00Z"}, [("end_date", "NOT_BOTH")]),
        ({"names_public": "yes"}, [("names_public", "WRONG_TYPE")]),
        (
            {"translations": {"en": {"titel": "x"}}},
            [("translations.en.title", "REQUIRED"), ("translations.en.titel", "UNKNOWN_FIELD")],
        ),
        ({"translations": []}, [("translations", "WRONG_TYPE")]),
    ],
)
async def test_wrong_times_and_days_are_named(gateway: Running, fields: dict[str, Any], errors: list[Any]) -> None:
    body = json.dumps({"title": "Marktplatz", **fields}).encode()
    response = await post(gateway, body, address=f"{BASE}/topics")
    assert response.status_code == 422
    assert [(error["field"], error["reason"]) for error in response.json()["errors"]] == errors
    assert gateway.script.requests("CreateTopic") == []


async def test_a_rating_that_is_none_names_those_that_are(gateway: Running) -> None:
    response = await gateway.http.put(
        f"{BASE}/contributions/{scripted.CONTRIBUTION}/rating",
        json={"value": "great"},
        headers={"Authorization": f"Bearer {gateway.token()}"},
    )
    assert response.json()["errors"] == [
        {
            "field": "value",
            "reason": "NOT_ALLOWED",
            "detail": "Bewertung: Erlaubt ist nur for, neutral, against.",
        }
    ]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_body_that_does_not_say_json_is_refused(gateway: Running, content_type: str | None) -> None:
    response = await post(gateway, b'{"title": "abc", "text": "x"}', content_type=content_type)
    assert (response.status_code, response.json()["reason"]) == (415, "MEDIA_TYPE")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer abc", "Bearer a.b.c", "Bearer a.e30.c"])
async def test_an_authorization_that_is_no_token_is_refused(gateway: Running, header: str) -> None:
    response = await gateway.http.get(TOPIC, headers={"Authorization": header})
    assert (response.status_code, response.json()["reason"]) == (401, "TOKEN_INVALID")


async def test_a_forged_token_is_refused_by_the_service(gateway: Running) -> None:
    header, payload, _ = gateway.token().split(".")
    response = await gateway.http.get(TOPIC, headers={"Authorization": f"Bearer {header}.{payload}.AAAA"})
    assert (response.status_code, response.json()["reason"]) == (401, "TOKEN_INVALID")


async def test_an_unknown_address_and_method_are_explained(gateway: Running) -> None:
    missing = await gateway.http.get("/api/v1/lindental/discussion/nothing", headers={"Accept-Language": "en"})
    assert (missing.status_code, missing.json()["title"]) == (404, "This does not exist here")
    refused = await gateway.http.delete(TOPIC)
    assert (refused.status_code, refused.json()["reason"]) == (405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == "GET, PATCH"
    assert refused.json()["detail"] == "Erlaubt sind hier GET, PATCH."


async def test_a_service_that_is_away_is_said_to_be_away(run: Run) -> None:
    gateway = await run(discussion_target="127.0.0.1:1", call_timeout_seconds=2)
    response = await gateway.http.get(TOPIC)
    assert (response.status_code, response.json()["reason"]) == (503, "UNAVAILABLE")
    assert response.headers["retry-after"] == "5"


async def test_a_service_that_hangs_meets_the_deadline(run: Run) -> None:
    gateway = await run(call_timeout_seconds=0.3)

    async def hang(_: Any, __: Call) -> Any:
        await asyncio.sleep(30)

    gateway.script.on["GetTopic"] = hang
    response = await gateway.http.get(TOPIC)
    assert (response.status_code, response.json()["reason"]) == (504, "DEADLINE_EXCEEDED")


async def test_without_the_tenant_service_dialoge_can_still_be_read(run: Run) -> None:
    from civic.discussion.v1 import topic_service_pb2

    gateway = await run(tenant_target="127.0.0.1:1", call_timeout_seconds=1)
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    response = await gateway.http.get(TOPIC)
    assert (response.status_code, response.json()["id"]) == (200, scripted.TOPIC)


async def test_every_reason_is_listed_with_its_title(gateway: Running) -> None:
    response = await gateway.http.get("/api/problems", headers={"Accept-Language": "en"})
    titles = {item["reason"]: item["title"] for item in response.json()["items"]}
    assert titles["TOPIC_ENDED"] == "The Dialog has ended"
    assert len(titles) > 30


async def test_every_parameter_and_field_of_the_api_has_a_name_in_both_languages(gateway: Running) -> None:
    document = (await gateway.http.get("/api/openapi.json")).json()
    schemas = document["components"]["schemas"]
    asked = {
        parameter["name"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }
    taken = {
        schemas[body["schema"]["$ref"].rpartition("/")[2]]["title"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if (body := operation.get("requestBody", {}).get("content", {}).get("application/json"))
    }
    fields = {name for title in taken for name in schemas[title].get("properties", ())}
    for language in ("de", "en"):
        words = i18n.load().words(language)
        assert [name for name in sorted(asked | fields) if f"errors.field.{name}" not in words] == []


@pytest.mark.parametrize(("count", "limit"), [(0, 1), (101, 100)])
async def test_a_list_names_how_many_entries_it_takes(gateway: Running, count: int, limit: int) -> None:
    body = {"decision": "keep", "cases": ["discussion.x"] * count}
    headers = {"Authorization": f"Bearer {gateway.token()}"}
    answer = await gateway.http.post("/api/v1/lindental/moderation/cases:decide", json=body, headers=headers)
    words = {
        1: "Auswahl: Zu wenige Einträge, mindestens nötig: 1.",
        100: "Auswahl: Zu viele Einträge, höchstens erlaubt: 100.",
    }
    reason = "TOO_FEW" if limit == 1 else "TOO_MANY"
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"field": "cases", "reason": reason, "detail": words[limit], "limit": limit}],
    )


async def test_a_box_is_named_as_in_the_address(gateway: Running) -> None:
    answer = await gateway.http.get(f"{TOPIC}/contributions", params={"bbox": "1,2"})
    assert answer.json()["errors"][0]["detail"] == "Kartenausschnitt: Diese Angabe hat nicht die richtige Form."
    wrong = Violation("bounding_box", "MALFORMED", "not numbers")
    gateway.script.answer("ListContributions", DomainError(Kind.INVALID, "INVALID_ARGUMENT", "x", violations=(wrong,)))
    answer = await gateway.http.get(f"{TOPIC}/contributions", params={"bbox": "8,49,9,50"})
    assert answer.json()["errors"][0]["field"] == "bbox"
