"""Following, notifications and mail texts: pages and API in front of the notification service."""

from typing import Any

import pytest
from civic.discussion.v1 import topic_pb2, topic_service_pb2
from civic.notification.v1 import (
    following_pb2,
    following_service_pb2,
    notice_pb2,
    preference_service_pb2,
    recipient_service_pb2,
    template_service_pb2,
    unsubscribe_service_pb2,
)
from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from civic_gateway.web.addresses import address_of

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

OBJECT = unsubscribe_service_pb2.SUBSCRIPTION_SCOPE_OBJECT
PAGE = f"/lindental/dialoge/{address_of('Marktplatz', scripted.TOPIC)}"
API = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}/following"
FOLLOWING = following_pb2.Following(
    tenant="lindental",
    object=notice_pb2.FollowedObject(kind="discussion.topic", id=scripted.TOPIC),
    rhythm=following_pb2.RHYTHM_DAILY,
    title="Marktplatz",
    path=PAGE,
    create_time=scripted.timestamp("2026-11-23T08:00:00Z"),
)
TEXT = template_service_pb2.Template(
    kind="phase.ended", language="de", subject_line="Beendet: {title}", text="Text {link}", etag="3", version=3
)


def bearer(gateway: Running, *roles: str, **claims: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {gateway.token('anna', *roles, **claims)}"}


def follows(gateway: Running) -> None:
    topic = scripted.topic(texts=topic_pb2.TopicTexts(title="Marktplatz"))
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=topic))
    gateway.script.answer("PutFollowing", following_service_pb2.PutFollowingResponse(following=FOLLOWING))
    gateway.script.answer("GetFollowing", following_service_pb2.GetFollowingResponse(following=FOLLOWING))
    gateway.script.answer("DeleteFollowing", following_service_pb2.DeleteFollowingResponse())


async def test_a_topic_is_followed_by_the_api(gateway: Running) -> None:
    follows(gateway)
    put = await gateway.http.put(API, json={"rhythm": "daily"}, headers=bearer(gateway))
    assert (put.status_code, put.json()) == (200, {"rhythm": "daily"})
    [sent] = gateway.script.requests("PutFollowing")
    assert (sent.object, sent.rhythm, sent.title, sent.path) == (
        FOLLOWING.object,
        following_pb2.RHYTHM_DAILY,
        "Marktplatz",
        PAGE,
    )
    assert (await gateway.http.get(API, headers=bearer(gateway))).json() == {"rhythm": "daily"}
    gone = await gateway.http.delete(API, headers=bearer(gateway))
    assert (gone.status_code, gone.json()) == (200, {"rhythm": None})
    missing = DomainError(Kind.NOT_FOUND, "FOLLOWING_NOT_FOUND", "none", domain="notification.civic")
    gateway.script.answer("GetFollowing", missing)
    assert (await gateway.http.get(API, headers=bearer(gateway))).json() == {"rhythm": None}


@pytest.mark.parametrize("body", [{"rhythm": "never"}, {"rhythm": 1}, {}, {"rhythm": "daily", "more": 1}])
async def test_the_api_takes_a_rhythm_and_nothing_else(gateway: Running, body: dict[str, Any]) -> None:
    refused = await gateway.http.put(API, json=body, headers=bearer(gateway))
    assert (refused.status_code, len(refused.json()["errors"])) == (422, 1)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_following_needs_a_person(gateway: Running, method: str) -> None:
    body = {"json": {"rhythm": "now"}} if method == "PUT" else {}
    refused = await gateway.http.request(method, API, **body)  # type: ignore[arg-type]
    assert (refused.status_code, refused.json()["reason"]) == (401, "SIGN_IN_REQUIRED")


async def test_my_followings_and_preferences(gateway: Running) -> None:
    page = following_service_pb2.ListMyFollowingsResponse(followings=[FOLLOWING], next_page_token="more")
    gateway.script.answer("ListMyFollowings", page)
    listed = (await gateway.http.get("/api/v1/me/followings", headers=bearer(gateway))).json()
    assert listed == {
        "items": [
            {
                "tenant": "lindental",
                "kind": "discussion.topic",
                "id": scripted.TOPIC,
                "rhythm": "daily",
                "title": "Marktplatz",
                "path": PAGE,
                "create_time": "2026-11-23T08:00:00.000000Z",
            }
        ],
        "next_page_token": "more",
    }
    kept = preference_service_pb2.Preference(kind="phase.ended", rhythm=following_pb2.RHYTHM_NEVER, followed=True)
    gateway.script.answer("PutPreference", preference_service_pb2.PutPreferenceResponse(preference=kept))
    answer = await gateway.http.put(
        "/api/v1/me/preferences/phase.ended", json={"rhythm": "never"}, headers=bearer(gateway)
    )
    assert answer.json() == {"kind": "phase.ended", "rhythm": "never", "followed": True, "staff": False}


async def test_people_are_made_known_once_and_in_the_background(gateway: Running) -> None:
    follows(gateway)
    kept = recipient_service_pb2.KeepRecipientResponse()
    gateway.script.answer("KeepRecipient", kept)
    known = bearer(gateway, email="anna@hessen.example", email_verified=True)
    for _ in range(3):
        await gateway.http.get(API, headers=known)
    await scripted.eventually(lambda: len(gateway.script.requests("KeepRecipient")) == 1)
    await gateway.http.get(API, headers=bearer(gateway, email="anna@hessen.example", email_verified=True))
    await gateway.http.get(API, headers=bearer(gateway, email="new@hessen.example", email_verified=True))
    await scripted.eventually(lambda: len(gateway.script.requests("KeepRecipient")) == 2)
    await gateway.http.get(API, headers=bearer(gateway))
    assert len(gateway.script.requests("KeepRecipient")) == 2


async def test_a_service_that_is_away_is_asked_again_and_holds_nobody_up(run: Run) -> None:
    gateway = await run(notification_target="127.0.0.1:9", call_timeout_seconds=0.5)
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    topic = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}"
    known = bearer(gateway, email="anna@hessen.example", email_verified=True)
    assert (await gateway.http.get(topic, headers=known)).status_code == 200
    assert (await gateway.http.get(API, headers=known)).status_code == 503


async def test_one_click_needs_no_session_and_no_token_of_a_form(gateway: Running) -> None:
    gateway.script.answer("Unsubscribe", unsubscribe_service_pb2.UnsubscribeResponse())
    found = unsubscribe_service_pb2.GetSubscriptionResponse(scope=OBJECT, title="<b>Marktplatz</b>", tenant="lindental")
    gateway.script.answer("GetSubscription", found)
    for headers in (
        {"content-type": "application/x-www-form-urlencoded"},
        {"origin": "https://mail.example", "sec-fetch-site": "cross-site", "cookie": "civic_session=old"},
    ):
        done = await gateway.http.post("/abbestellen/a-token", content=b"List-Unsubscribe=One-Click", headers=headers)
        assert done.status_code == 200
        assert "Abbestellt" in done.text
    assert [request.token for request in gateway.script.requests("Unsubscribe")] == ["a-token"] * 2


async def test_opening_the_link_changes_nothing(gateway: Running) -> None:
    found = unsubscribe_service_pb2.GetSubscriptionResponse(
        scope=OBJECT, title="<b>Marktplatz</b>", tenant="lindental", active=True
    )
    gateway.script.answer("GetSubscription", found)
    page = await gateway.http.get("/abbestellen/a-token")
    assert page.status_code == 200
    assert "&lt;b&gt;Marktplatz&lt;/b&gt;" in page.text
    assert 'action="/abbestellen/a-token"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert gateway.script.requests("Unsubscribe") == []
    unknown = DomainError(Kind.NOT_FOUND, "TOKEN_UNKNOWN", "none", domain="notification.civic")
    gateway.script.answer("GetSubscription", unknown)
    page = await gateway.http.get("/abbestellen/a-token")
    assert (page.status_code, "Dieser Link gilt nicht" in page.text) == (404, True)


@pytest.mark.parametrize("scope", [1, 2, 3])
async def test_the_page_says_what_the_link_ends(gateway: Running, scope: Any) -> None:
    found = unsubscribe_service_pb2.GetSubscriptionResponse(
        scope=scope, title="Marktplatz", kind="text.held", tenant="lindental", active=True
    )
    gateway.script.answer("GetSubscription", found)
    page = (await gateway.http.get("/abbestellen/a-token", headers={"accept-language": "en"})).text
    expected = {
        1: "more mails about: Marktplatz",
        2: "this overview of Stadt Lindental",
        3: "of this kind: Your text is being checked",
    }
    assert expected[scope] in page


@pytest.mark.parametrize(
    "path", [f"{PAGE}/folgen", "/mein-bereich/benachrichtigungen", "/lindental/verwaltung/mail-texte"]
)
async def test_pages_ask_to_sign_in(gateway: Running, path: str) -> None:
    follows(gateway)
    page = await gateway.http.get(path)
    assert page.status_code == 401
    assert "<title>Bitte melden Sie sich an" in page.text


async def test_mail_texts_name_the_placeholder_that_is_wrong(gateway: Running) -> None:
    staff = bearer(gateway, "lindental/editor")
    wrong = invalid(
        Violation("text", "UNKNOWN_PLACEHOLDER", "x", {"placeholder": "{titel}", "allowed": "{title}, {link}"})
    )
    gateway.script.answer("UpdateTemplate", wrong)
    address = "/api/v1/lindental/mail-texts/phase.ended/de"
    body = {"subject_line": "Beendet", "text": "Hallo {titel}, schön."}
    refused = await gateway.http.put(address, json=body, headers=staff | {"if-match": '"3"'})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["detail"] == (
        "Text: Den Platzhalter „{titel}“ gibt es hier nicht. Möglich sind {title}, {link}."
    )
    gateway.script.answer("UpdateTemplate", template_service_pb2.UpdateTemplateResponse(template=TEXT))
    changed = await gateway.http.put(address, json=body, headers=staff | {"if-match": '"3"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 3)
    gateway.script.answer("ResetTemplate", template_service_pb2.ResetTemplateResponse(template=TEXT))
    assert (await gateway.http.delete(address, headers=staff | {"if-match": '"3"'})).status_code == 200
    shown = template_service_pb2.PreviewTemplateResponse(subject_line="S", text="T", html="<p>T</p>")
    gateway.script.answer("PreviewTemplate", shown)
    preview = await gateway.http.post(f"{address}:preview", json=body, headers=staff)
    assert preview.json() == {"subject_line": "S", "text": "T", "html": "<p>T</p>"}
    gateway.script.answer("ListTemplates", template_service_pb2.ListTemplatesResponse(templates=[TEXT]))
    listed = (await gateway.http.get("/api/v1/lindental/mail-texts", headers=staff)).json()
    assert [each["kind"] for each in listed["items"]] == ["phase.ended"]
