"""The JSON API: shapes, statuses, headers, and what reaches the service."""

from typing import Any

import pytest
from civic.discussion.v1 import (
    comment_service_pb2,
    contribution_pb2,
    contribution_service_pb2,
    topic_service_pb2,
)
from civic_chassis.grpc.call import current_call
from civic_chassis.kernel.call import Call

from tests.gateway import scripted
from tests.gateway.conftest import Running

BASE = "/api/v1/lindental/discussion"
TOPIC = f"{BASE}/topics/{scripted.TOPIC}"
CONTRIBUTION = f"{BASE}/contributions/{scripted.CONTRIBUTION}"

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
