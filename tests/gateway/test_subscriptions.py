"""Subscriptions in the JSON API, and who learns what of an address."""

from typing import Any

import pytest
from civic.catalog.v1 import subscription_service_pb2
from civic.notification.v1 import following_pb2, following_service_pb2, guest_service_pb2, notice_pb2

from tests.gateway.conftest import Run, Running

API = "/api/v1/catalog/subscriptions"
MADE = "01935b5e-7c00-7000-8000-000000000009"
WANTED = {"q": "Park", "tenant": "lindental", "rhythm": "weekly"}
FOLLOWING = following_pb2.Following(
    tenant="lindental",
    object=notice_pb2.FollowedObject(kind="catalog.subscription", id=MADE),
    rhythm=following_pb2.RHYTHM_WEEKLY,
    title="Park · Stadt Lindental",
    path=f"/abonnement/{MADE}",
)


def scripted(gateway: Running) -> None:
    made = subscription_service_pb2.CreateSubscriptionResponse(subscription_id=MADE)
    gateway.script.answer("CreateSubscription", made)
    gateway.script.answer("RequestFollowing", guest_service_pb2.RequestFollowingResponse())
    gateway.script.answer("PutFollowing", following_service_pb2.PutFollowingResponse(following=FOLLOWING))
    gateway.script.answer("DeleteFollowing", following_service_pb2.DeleteFollowingResponse())
    page = following_service_pb2.ListMyFollowingsResponse(followings=[FOLLOWING])
    gateway.script.answer("ListMyFollowings", page)


def bearer(gateway: Running) -> dict[str, str]:
    return {"authorization": f"Bearer {gateway.token('anna')}"}


async def test_an_address_is_asked_and_the_catalog_never_sees_it(gateway: Running) -> None:
    scripted(gateway)
    body = WANTED | {"address": "Gast@hessen.example"}
    for address in ("Gast@hessen.example", " gast@hessen.example "):
        answer = await gateway.http.post(API, json=body | {"address": address})
        assert (answer.status_code, answer.json()) == (200, {"id": None, "state": "asked"})
    first, second = gateway.script.requests("CreateSubscription")
    assert (first.filter.query, first.filter.tenant, len(first.subscriber)) == ("Park", "lindental", 64)
    assert second.subscriber == first.subscriber
    assert "hessen" not in str(first)
    asked = gateway.script.requests("RequestFollowing")[0]
    assert (asked.address, asked.object, asked.rhythm) == (
        "Gast@hessen.example",
        FOLLOWING.object,
        following_pb2.RHYTHM_WEEKLY,
    )


async def test_a_person_subscribes_changes_and_ends(gateway: Running) -> None:
    scripted(gateway)
    made = await gateway.http.post(API, json=WANTED | {"address": "other@hessen.example"}, headers=bearer(gateway))
    assert (made.status_code, made.json()) == (200, {"id": MADE, "state": "active"})
    assert gateway.script.requests("RequestFollowing") == []
    one = f"/api/v1/me/subscriptions/{MADE}"
    changed = await gateway.http.put(one, json={"rhythm": "now"}, headers=bearer(gateway))
    assert (changed.status_code, changed.json()) == (200, {"rhythm": "now"})
    ended = await gateway.http.delete(one, headers=bearer(gateway))
    assert (ended.status_code, ended.json()) == (200, {"rhythm": None})
    assert [each.object for each in gateway.script.requests("DeleteFollowing")] == [FOLLOWING.object]
    other = await gateway.http.delete(f"{one[:-1]}8", headers=bearer(gateway))
    assert (other.status_code, other.json()["reason"]) == (404, "SUBSCRIPTION_NOT_FOUND")
    nobody = await gateway.http.delete(one)
    assert (nobody.status_code, nobody.json()["reason"]) == (401, "SIGN_IN_REQUIRED")


@pytest.mark.parametrize("changes", [{"rhythm": "never"}, {"bbox": "1,2"}, {"kind": "x"}, {"more": 1}])
async def test_what_cannot_be_subscribed_to_is_named(gateway: Running, changes: dict[str, Any]) -> None:
    scripted(gateway)
    refused = await gateway.http.post(API, json=WANTED | changes)
    assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (422, list(changes))


async def test_one_client_enters_few_addresses(run: Run) -> None:
    gateway = await run(questions_per_hour_client=2)
    scripted(gateway)
    body = WANTED | {"address": "gast@hessen.example"}
    answers = [(await gateway.http.post(API, json=body)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert len(gateway.script.requests("RequestFollowing")) == 2
