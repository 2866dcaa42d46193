"""The JSON API: shapes, statuses, headers, and what reaches the service."""

from pathlib import Path
from typing import Any

import pytest
from civic.common.v1 import place_pb2
from civic.discussion.v1 import (
    comment_service_pb2,
    contribution_pb2,
    contribution_service_pb2,
    topic_pb2,
    topic_service_pb2,
)
from civic.tenant.v1 import tenant_service_pb2
from civic_chassis.files import Files
from civic_chassis.grpc.call import current_call
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind, Violation

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

BASE = "/api/v1/lindental/discussion"
TOPIC = f"{BASE}/topics/{scripted.TOPIC}"
CONTRIBUTION = f"{BASE}/contributions/{scripted.CONTRIBUTION}"

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
SHOWN_CONTRIBUTION = {
    "id": scripted.CONTRIBUTION,
    "topic_id": scripted.TOPIC,
    "etag": "1",
    "create_time": "2026-11-20T08:00:00.000000Z",
    "update_time": "2026-11-20T08:00:00.000000Z",
    "title": "Mehr Bänke",
    "text": "Unter den Linden.",
    "author_name": "anna",
    "ratings": {"for": 2, "neutral": 1, "against": 0},
    "comment_count": 3,
    "mine": False,
    "my_rating": None,
    "state": "published",
    "category": None,
    "labels": [],
    "place": None,
    "anchor": None,
    "answer": None,
    "merged_into": None,
    "goal_reached": None,
    "attachments": [],
}


def bearer(gateway: Running, name: str = "anna", *roles: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateway.token(name, *roles)}"}


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


async def test_contributions_are_forwarded_as_the_service_wrote_them(gateway: Running) -> None:
    ready = b'[{"id":"1","text":"\xc3\xa4  \\u00e4"}]'
    answer = contribution_service_pb2.ListContributionsResponse(items_json=ready, next_page_token="t")
    gateway.script.answer("ListContributions", answer)
    response = await gateway.http.get(f"{TOPIC}/contributions?order=most_supported")
    assert response.content == b'{"items":' + ready + b',"next_page_token":"t"}'
    request = gateway.script.requests("ListContributions")[0]
    assert request.order == contribution_service_pb2.CONTRIBUTION_ORDER_MOST_SUPPORTED
    assert request.page_size == 20


async def test_comments_are_forwarded_as_the_service_wrote_them(gateway: Running) -> None:
    gateway.script.answer("ListComments", comment_service_pb2.ListCommentsResponse(items_json=b"[]"))
    response = await gateway.http.get(f"{CONTRIBUTION}/comments")
    assert response.content == b'{"items":[],"next_page_token":null}'


async def test_a_contribution_is_created_with_location_version_and_key(gateway: Running) -> None:
    async def behave(request: Any, call: Call) -> Any:
        assert (call.tenant, call.caller.name) == ("lindental", "anna")
        return contribution_service_pb2.CreateContributionResponse(contribution=scripted.contribution(mine=True))

    gateway.script.on["CreateContribution"] = behave
    response = await gateway.http.post(
        f"{TOPIC}/contributions",
        json={"title": "Mehr Bänke", "text": "Unter den Linden."},
        headers=bearer(gateway) | {"Idempotency-Key": "k-1"},
    )
    assert response.status_code == 201
    assert response.json() == SHOWN_CONTRIBUTION | {"mine": True}
    assert response.headers["location"] == CONTRIBUTION
    assert response.headers["etag"].startswith('"1.')
    assert gateway.script.requests("CreateContribution") == [
        contribution_service_pb2.CreateContributionRequest(
            topic_id=scripted.TOPIC, title="Mehr Bänke", text="Unter den Linden.", request_id="k-1"
        )
    ]


async def test_an_empty_idempotency_key_is_no_key(gateway: Running) -> None:
    response = await gateway.http.post(
        f"{TOPIC}/contributions",
        json={"title": "Mehr Bänke", "text": "Unter den Linden."},
        headers=bearer(gateway) | {"Idempotency-Key": "", "Accept-Language": "en"},
    )
    assert (response.status_code, response.headers["content-language"]) == (422, "en")
    assert [(error["field"], error["reason"]) for error in response.json()["errors"]] == [
        ("Idempotency-Key", "MALFORMED")
    ]
    assert gateway.script.requests("CreateContribution") == []


async def test_a_contribution_with_hidden_author_shows_null(gateway: Running) -> None:
    hidden = scripted.contribution(author_name="", my_rating=contribution_pb2.RATING_VALUE_AGAINST)
    gateway.script.answer("GetContribution", contribution_service_pb2.GetContributionResponse(contribution=hidden))
    response = await gateway.http.get(CONTRIBUTION)
    assert response.json() == SHOWN_CONTRIBUTION | {"author_name": None, "my_rating": "against"}


async def test_an_edit_sends_only_what_was_given_and_the_version(gateway: Running) -> None:
    answer = contribution_service_pb2.UpdateContributionResponse(contribution=scripted.contribution(etag="2"))
    gateway.script.answer("UpdateContribution", answer)
    response = await gateway.http.patch(
        CONTRIBUTION, json={"text": "Neu"}, headers=bearer(gateway) | {"If-Match": '"1.abc"'}
    )
    assert response.status_code == 200
    request = gateway.script.requests("UpdateContribution")[0]
    assert (request.etag, request.HasField("title"), request.text) == ('"1.abc"', False, "Neu")


async def test_a_rating_is_put_and_taken_back(gateway: Running) -> None:
    tally = contribution_pb2.RatingTally(**{"for": 3}, neutral=1)
    gateway.script.answer(
        "SetRating",
        contribution_service_pb2.SetRatingResponse(ratings=tally, my_rating=contribution_pb2.RATING_VALUE_FOR),
    )
    gateway.script.answer("DeleteRating", contribution_service_pb2.DeleteRatingResponse(ratings=tally))
    put = await gateway.http.put(f"{CONTRIBUTION}/rating", json={"value": "for"}, headers=bearer(gateway))
    assert (put.status_code, put.json()) == (
        200,
        {"ratings": {"for": 3, "neutral": 1, "against": 0}, "my_rating": "for"},
    )
    assert gateway.script.requests("SetRating")[0].value == contribution_pb2.RATING_VALUE_FOR
    taken = await gateway.http.delete(f"{CONTRIBUTION}/rating", headers=bearer(gateway))
    assert (taken.status_code, taken.json()["my_rating"]) == (200, None)


async def test_a_comment_is_created_as_a_reply(gateway: Running) -> None:
    gateway.script.answer("CreateComment", comment_service_pb2.CreateCommentResponse(comment=scripted.comment()))
    response = await gateway.http.post(
        f"{CONTRIBUTION}/comments", json={"text": "Gern.", "parent_id": scripted.TOPIC}, headers=bearer(gateway, "bora")
    )
    assert response.status_code == 201
    assert response.json() == {
        "id": scripted.COMMENT,
        "contribution_id": scripted.CONTRIBUTION,
        "parent_id": None,
        "etag": "1",
        "create_time": "2026-11-21T08:00:00.000000Z",
        "text": "Gern.",
        "author_name": "bora",
        "depth": 0,
        "mine": False,
        "state": "published",
    }
    assert gateway.script.requests("CreateComment")[0].parent_id == scripted.TOPIC


async def test_what_a_person_did_needs_a_person(gateway: Running) -> None:
    entry = contribution_service_pb2.Participation(
        id=scripted.COMMENT,
        kind=contribution_service_pb2.PARTICIPATION_KIND_COMMENT,
        tenant="lindental",
        topic_id=scripted.TOPIC,
        topic_title="Marktplatz",
        contribution_id=scripted.CONTRIBUTION,
        contribution_title="Mehr Bänke",
        create_time=scripted.timestamp("2026-11-21T08:00:00Z"),
    )
    gateway.script.answer(
        "ListMyParticipation", contribution_service_pb2.ListMyParticipationResponse(participation=[entry])
    )
    refused = await gateway.http.get("/api/v1/me/participation")
    assert (refused.status_code, refused.json()["reason"]) == (401, "SIGN_IN_REQUIRED")
    assert refused.headers["www-authenticate"] == 'Bearer realm="civic"'
    shown = await gateway.http.get("/api/v1/me/participation", headers=bearer(gateway))
    assert shown.json()["items"][0]["kind"] == "comment"
    assert shown.headers["cache-control"] == "private, no-cache"


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


async def test_tenants_are_listed_in_pages_without_asking_twice(gateway: Running) -> None:
    first = await gateway.http.get("/api/v1/tenants?page_size=3")
    assert [item["slug"] for item in first.json()["items"]] == ["hessen", "brueckstadt", "hohenau"]
    second = await gateway.http.get(first.links["next"]["url"])
    assert [item["slug"] for item in second.json()["items"]] == ["lindental"]
    assert second.json()["next_page_token"] is None
    assert second.json()["items"][0]["design"] == {
        "colour": "#1a5276",
        "on_colour": "#ffffff",
        "link_colour": "#1a5276",
        "logo_url": None,
    }
    # The directory read two pages of the service, once.
    assert len(gateway.script.requests("ListTenants")) == 2


async def test_a_tenant_is_shown_with_its_texts(gateway: Running) -> None:
    response = await gateway.http.get("/api/v1/tenants/hohenau")
    assert response.json()["state"] == "suspended"
    assert response.json()["texts"] == {
        "de": {"welcome": "Willkommen", "imprint": "Impressum", "privacy": "", "accessibility": ""}
    }


async def test_a_logo_is_served_without_rights_and_kept_for_ever(run: Run, tmp_path: Path) -> None:
    gateway = await run(files_url=tmp_path.as_uri())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    stored = await Files.open(tmp_path.as_uri()).put(svg)
    town = scripted.tenant("lindental", "Stadt Lindental")
    town.design.logo, town.design.logo_media_type = stored.key, "image/svg+xml"
    gateway.script.answer("ListTenants", tenant_service_pb2.ListTenantsResponse(tenants=[town]))
    address = (await gateway.http.get("/api/v1/tenants")).json()["items"][0]["design"]["logo_url"]
    assert address == "/api/v1/tenants/lindental/logo?v=1"
    logo = await gateway.http.get(address)
    assert (logo.status_code, logo.content, logo.headers["content-type"]) == (200, svg, "image/svg+xml")
    assert logo.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert logo.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert logo.headers["x-content-type-options"] == "nosniff"
    town.design.logo = "0" * 64
    gateway.script.answer("ListTenants", tenant_service_pb2.ListTenantsResponse(tenants=[town]))
    gateway.gateway.changes._forget()
    assert (await gateway.http.get(address)).status_code == 404


@pytest.mark.parametrize(
    ("tenant", "status", "reason"),
    [("nirgends", 404, "TENANT_NOT_FOUND"), ("altdorf", 410, "TENANT_CLOSED")],
)
async def test_a_tenant_that_is_not_there_has_no_topics(
    gateway: Running, tenant: str, status: int, reason: str
) -> None:
    for address in (f"/api/v1/tenants/{tenant}", f"/api/v1/{tenant}/discussion/topics"):
        response = await gateway.http.get(address)
        assert (response.status_code, response.json()["reason"]) == (status, reason)
    assert gateway.script.requests("ListTopics") == []
    # What is not there is remembered for a moment.
    assert len(gateway.script.requests("GetTenant")) == 1


async def test_a_head_request_is_a_get_without_body(gateway: Running) -> None:
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    response = await gateway.http.head(TOPIC)
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 500


async def test_the_trace_goes_on_in_the_service(gateway: Running) -> None:
    traceparents = []

    async def behave(_: Any, __: Call) -> Any:
        from opentelemetry import trace

        traceparents.append(trace.get_current_span().get_span_context().trace_id)
        assert current_call().tenant == "lindental"
        return topic_service_pb2.GetTopicResponse(topic=scripted.topic())

    gateway.script.on["GetTopic"] = behave
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    response = await gateway.http.get(TOPIC, headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-00"})
    assert response.headers["x-request-id"] == trace_id
    assert [f"{number:032x}" for number in traceparents] == [trace_id]
