"""Topics in the JSON API: shapes, statuses, headers, and what reaches the service."""

from typing import Any

import pytest
from civic.common.v1 import place_pb2
from civic.discussion.v1 import (
    topic_pb2,
    topic_service_pb2,
)
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind, Violation

from tests.gateway import scripted
from tests.gateway.conftest import Running
from tests.gateway.test_api import BASE, TOPIC, bearer

SHOWN_TOPIC = {
    "id": scripted.TOPIC,
    "tenant": "lindental",
    "etag": "3",
    "create_time": "2026-11-01T08:00:00.000000Z",
    "update_time": "2026-11-02T08:00:00.123456Z",
    "language": "de",
    "title": "Marktplatz",
    "teaser": "Was fehlt?",
    "text": "Der **Marktplatz**.",
    "translations": {"en": {"title": "Market square", "teaser": "", "text": "The square."}},
    "published": True,
    "phase": "active",
    "start_time": "2026-11-09T23:00:00.000000Z",
    "end_time": "2126-12-12T23:00:00.000000Z",
    "archive_time": "2127-03-12T23:00:00.000000Z",
    "names_public": True,
    "contribution_count": 2,
    "comment_count": 3,
    "rating_count": 4,
    "end_reason": "",
    "settings": {
        "preset": "ideas",
        "categories": [],
        "category_required": False,
        "labels": [],
        "moderation": "after",
        "place": "optional",
        "max_attachments": 5,
        "max_contributions": 0,
        "max_text": 10_000,
        "max_comment": 4_000,
        "edit_minutes": 0,
        "without_account": False,
        "without_public_name": False,
        "without_office_name": False,
        "closed": False,
        "support_goal": 0,
    },
    "site": None,
    "outcome": None,
    "extensions": [],
}
SHOWN_SITE = {
    "lat": 50.11,
    "lon": 8.68,
    "address": "Marktplatz 3",
    "district": "Altstadt",
    "area": [8.65, 50.1, 8.7, 50.12],
}


async def test_a_topic_is_shown_in_german_with_its_version(gateway: Running) -> None:
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    response = await gateway.http.get(TOPIC)
    assert response.status_code == 200
    assert response.json() == SHOWN_TOPIC
    version, _, digest = response.headers["etag"].strip('"').partition(".")
    assert (version, len(digest)) == ("3", 18)
    assert response.headers["content-language"] == "de"


@pytest.mark.parametrize(
    ("query", "header", "title", "language"),
    [
        ("", "en-GB,de;q=0.5", "Market square", "en"),
        ("?lang=en", "de", "Market square", "en"),
        ("?lang=de", "en", "Marktplatz", "de"),
        ("?lang=fr", "en", "Market square", "en"),
    ],
)
async def test_a_topic_speaks_the_chosen_language(
    gateway: Running, query: str, header: str, title: str, language: str
) -> None:
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    response = await gateway.http.get(TOPIC + query, headers={"Accept-Language": header})
    assert (response.json()["title"], response.json()["language"]) == (title, language)


async def test_a_topic_without_english_texts_is_shown_in_german_and_says_so(gateway: Running) -> None:
    topic = scripted.topic(translations={})
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=topic))
    response = await gateway.http.get(TOPIC, headers={"Accept-Language": "en"})
    assert (response.json()["title"], response.json()["language"]) == ("Marktplatz", "de")


async def test_lists_of_topics_leave_long_texts_out_and_link_to_the_next_page(gateway: Running) -> None:
    answer = topic_service_pb2.ListTopicsResponse(topics=[scripted.topic()], next_page_token="abc_-")
    gateway.script.answer("ListTopics", answer)
    response = await gateway.http.get(f"{BASE}/topics", params={"phase": "active", "q": "Markt platz", "page_size": 1})
    long = ("text", "settings", "site", "outcome", "extensions")
    card = {name: value for name, value in SHOWN_TOPIC.items() if name not in long}
    card["translations"] = {"en": {"title": "Market square", "teaser": ""}}
    assert response.json() == {"items": [card], "next_page_token": "abc_-"}
    first = f"<{BASE}/topics?phase=active&q=Markt+platz&page_size=1"
    assert response.headers["link"] == f'{first}&page_token=abc_->; rel="next", {first}>; rel="first"'
    assert gateway.script.requests("ListTopics") == [
        topic_service_pb2.ListTopicsRequest(page_size=1, phase=topic_pb2.PHASE_ACTIVE, query="Markt platz")
    ]


async def test_the_link_of_a_page_leads_to_the_next_page(gateway: Running) -> None:
    answer = topic_service_pb2.ListTopicsResponse(topics=[scripted.topic()], next_page_token="abc")
    gateway.script.answer("ListTopics", answer)
    first = await gateway.http.get(f"{BASE}/topics?page_size=1")
    gateway.script.answer("ListTopics", topic_service_pb2.ListTopicsResponse())
    second = await gateway.http.get(first.links["next"]["url"])
    assert second.json() == {"items": [], "next_page_token": None}
    assert second.headers["link"] == f'<{BASE}/topics?page_size=1>; rel="first"'
    assert gateway.script.requests("ListTopics")[-1].page_token == "abc"


async def test_the_state_list_names_no_tenant_in_the_call(gateway: Running) -> None:
    seen = []

    async def behave(request: Any, call: Call) -> Any:
        seen.append((call.tenant, request))
        return topic_service_pb2.ListStateTopicsResponse(topics=[scripted.topic()])

    gateway.script.on["ListStateTopics"] = behave
    response = await gateway.http.get("/api/v1/topics?tenant=lindental&phase=archived&q=baum")
    assert [item["id"] for item in response.json()["items"]] == [scripted.TOPIC]
    assert seen == [
        (
            None,
            topic_service_pb2.ListStateTopicsRequest(
                page_size=20, phase=topic_pb2.PHASE_ARCHIVED, query="baum", tenant="lindental"
            ),
        )
    ]


async def test_days_of_a_new_topic_are_days_in_berlin_and_the_last_one_counts(gateway: Running) -> None:
    gateway.script.answer("CreateTopic", topic_service_pb2.CreateTopicResponse(topic=scripted.topic()))
    body = {
        "title": "Marktplatz",
        "teaser": "Kurz",
        "text": "Lang",
        "translations": {"en": {"title": "Square"}},
        "start_date": "2026-03-29",
        "end_date": "2026-10-25",
    }
    response = await gateway.http.post(f"{BASE}/topics", json=body, headers=bearer(gateway, "meyer", "lindental/admin"))
    assert response.status_code == 201
    assert response.headers["location"] == TOPIC
    draft = gateway.script.requests("CreateTopic")[0].topic
    # Both days change the clock: 23 and 25 hours long.
    assert draft.start_time == scripted.timestamp("2026-03-29T00:00:00+01:00")
    assert draft.end_time == scripted.timestamp("2026-10-26T00:00:00+01:00")
    assert not draft.HasField("archive_time")
    assert draft.names_public is True
    assert draft.texts == topic_pb2.TopicTexts(title="Marktplatz", teaser="Kurz", text="Lang")
    assert dict(draft.translations) == {"en": topic_pb2.TopicTexts(title="Square")}


async def test_a_change_of_a_topic_leaves_what_it_does_not_name(gateway: Running) -> None:
    present = scripted.topic(names_public=False, site=scripted.SITE)
    changed = scripted.topic(etag="4", site=scripted.SITE)
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=present))
    gateway.script.answer("UpdateTopic", topic_service_pb2.UpdateTopicResponse(topic=changed))
    response = await gateway.http.patch(
        TOPIC,
        json={"teaser": "Neu", "translations": {"fr": {"title": "Place"}, "en": None}, "end_date": "2126-12-31"},
        headers=bearer(gateway, "meyer", "lindental/admin") | {"If-Match": '"3"'},
    )
    assert (response.status_code, response.json()["etag"]) == (200, "4")
    assert response.json()["site"] == SHOWN_SITE
    request = gateway.script.requests("UpdateTopic")[0]
    assert (request.id, request.etag) == (scripted.TOPIC, '"3"')
    assert request.topic == topic_service_pb2.TopicDraft(
        texts=topic_pb2.TopicTexts(title="Marktplatz", teaser="Neu", text="Der **Marktplatz**."),
        translations={"fr": topic_pb2.TopicTexts(title="Place")},
        start_time=scripted.timestamp("2026-11-10T00:00:00+01:00"),
        end_time=scripted.timestamp("2127-01-01T00:00:00+01:00"),
        # As far from the new end as it was from the old one.
        archive_time=scripted.timestamp("2127-04-01T00:00:00+01:00"),
        names_public=False,
        settings=scripted.settings(),
        site=scripted.SITE,
    )


async def test_a_topic_moves_or_loses_its_place(gateway: Running) -> None:
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    gateway.script.answer("UpdateTopic", topic_service_pb2.UpdateTopicResponse(topic=scripted.topic()))
    staff = bearer(gateway, "meyer", "lindental/admin") | {"If-Match": '"3"'}
    for site in (SHOWN_SITE, dict[str, object]()):
        await gateway.http.patch(TOPIC, json={"site": site}, headers=staff)
    moved, lost = gateway.script.requests("UpdateTopic")
    assert moved.topic.site == scripted.SITE
    assert lost.topic.site == place_pb2.Site()
    half = await gateway.http.patch(TOPIC, json={"site": {"lat": 50.1}}, headers=staff)
    edges = await gateway.http.patch(TOPIC, json={"site": {"area": [8.6, 50.1]}}, headers=staff)
    fields = [error["field"] for refused in (half, edges) for error in refused.json()["errors"]]
    assert fields == ["site.lon", "site.area"]


async def test_a_change_of_whatever_is_there_is_based_on_what_was_read(gateway: Running) -> None:
    etags = iter(["3", "5"])

    async def read(_: Any, __: Call) -> Any:
        return topic_service_pb2.GetTopicResponse(topic=scripted.topic(etag=next(etags)))

    async def update(request: Any, _: Call) -> Any:
        if request.etag == "3":
            raise DomainError(Kind.VERSION, "ETAG_MISMATCH", "changed", metadata={"etag": "5"})
        return topic_service_pb2.UpdateTopicResponse(topic=scripted.topic(etag="6"))

    gateway.script.on |= {"GetTopic": read, "UpdateTopic": update}
    response = await gateway.http.patch(
        TOPIC, json={"teaser": "Neu"}, headers=bearer(gateway, "meyer", "lindental/admin") | {"If-Match": "*"}
    )
    assert (response.status_code, response.json()["etag"]) == (200, "6")
    assert [request.etag for request in gateway.script.requests("UpdateTopic")] == ["3", "5"]


async def test_verbs_of_a_topic_reach_their_methods(gateway: Running) -> None:
    staff = bearer(gateway, "meyer", "lindental/admin")
    for method, response in {
        "PublishTopic": topic_service_pb2.PublishTopicResponse,
        "ExtendTopic": topic_service_pb2.ExtendTopicResponse,
        "EndTopic": topic_service_pb2.EndTopicResponse,
    }.items():
        gateway.script.answer(method, response(topic=scripted.topic()))
    published = await gateway.http.post(f"{TOPIC}:publish", headers=staff)
    extended = await gateway.http.post(
        f"{TOPIC}:extend", json={"end_date": "2127-01-31", "reason": "Ferien"}, headers=staff
    )
    ended = await gateway.http.post(f"{TOPIC}:end", json={"reason": "Erledigt"}, headers=staff | {"If-Match": '"3"'})
    assert [answer.status_code for answer in (published, extended, ended)] == [200, 200, 200]
    assert gateway.script.requests("ExtendTopic") == [
        topic_service_pb2.ExtendTopicRequest(
            id=scripted.TOPIC, end_time=scripted.timestamp("2127-02-01T00:00:00+01:00"), reason="Ferien"
        )
    ]
    assert gateway.script.requests("EndTopic") == [
        topic_service_pb2.EndTopicRequest(id=scripted.TOPIC, etag='"3"', reason="Erledigt")
    ]


async def test_what_a_day_gets_wrong_is_said_of_the_day(gateway: Running) -> None:
    violation = Violation("topic.end_time", "NOT_AFTER", "too early", {"after": "2026-11-30T23:00:00.000000Z"})
    gateway.script.answer(
        "CreateTopic", DomainError(Kind.INVALID, "INVALID_ARGUMENT", "invalid", violations=[violation])
    )
    body = {"title": "Marktplatz", "start_date": "2026-12-01", "end_date": "2026-11-01"}
    response = await gateway.http.post(f"{BASE}/topics", json=body, headers=bearer(gateway, "meyer", "lindental/admin"))
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {
            "field": "end_date",
            "reason": "NOT_AFTER",
            "detail": "Letzter Tag: Der Zeitpunkt muss nach Dienstag, 1. Dezember 2026, 0:00 Uhr liegen.",
        }
    ]
