"""How often one address and one person may call."""

import httpx
import pytest
from civic.discussion.v1 import contribution_service_pb2, topic_service_pb2
from civic_gateway.limits import Buckets, client_of

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

BASE = "/api/v1/lindental/discussion"
TOPIC = f"{BASE}/topics/{scripted.TOPIC}"
BODY = {"title": "Mehr Bänke", "text": "Unter den Linden."}


def takes_contributions(gateway: Running) -> None:
    answer = contribution_service_pb2.CreateContributionResponse(contribution=scripted.contribution())
    gateway.script.answer("CreateContribution", answer)


async def write(gateway: Running, token: str) -> httpx.Response:
    return await gateway.http.post(
        f"{TOPIC}/contributions", json=BODY, headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    )


async def test_a_person_that_writes_too_often_learns_when_to_go_on(run: Run) -> None:
    gateway = await run(writes_per_minute_person=2)
    takes_contributions(gateway)
    anna = gateway.token("anna")
    statuses = [(await write(gateway, anna)).status_code for _ in range(2)]
    refused = await write(gateway, anna)
    assert statuses == [201, 201]
    assert (refused.status_code, refused.json()["reason"]) == (429, "RATE_LIMITED")
    seconds = int(refused.headers["retry-after"])
    assert 1 <= seconds <= 30
    assert refused.json()["detail"].endswith(f"Please try again in {seconds} seconds.")
    # A fresh token is the same person; somebody else is not.
    assert (await write(gateway, gateway.token("anna"))).status_code == 429
    assert (await write(gateway, gateway.token("bora"))).status_code == 201


async def test_an_address_that_writes_too_often_is_slowed_down(run: Run) -> None:
    gateway = await run(writes_per_minute_client=2)
    takes_contributions(gateway)
    people = [await write(gateway, gateway.token(name)) for name in ("anna", "bora", "clara")]
    assert [answer.status_code for answer in people] == [201, 201, 429]


async def test_reads_that_the_cache_answers_are_not_counted(run: Run) -> None:
    gateway = await run(reads_per_minute_client=2)
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    cached = [(await gateway.http.get(TOPIC)).status_code for _ in range(5)]
    fresh = [(await gateway.http.get(f"{BASE}/nothing/{number}")).status_code for number in range(2)]
    assert cached == [200] * 5
    assert fresh == [404, 429]


async def test_probes_are_never_limited(run: Run) -> None:
    gateway = await run(reads_per_minute_client=1)
    assert [(await gateway.http.get("/healthz")).status_code for _ in range(3)] == [200] * 3


async def test_addresses_behind_a_proxy_are_told_apart_only_where_it_is_trusted(run: Run) -> None:
    trusting = await run(reads_per_minute_client=1, forwarded_allow_ips="127.0.0.1")
    doubting = await run(reads_per_minute_client=1, forwarded_allow_ips="10.0.0.1")
    statuses = {
        name: [
            (await gateway.http.get(f"{BASE}/nothing", headers={"X-Forwarded-For": address})).status_code
            for address in ("203.0.113.1", "203.0.113.2")
        ]
        for name, gateway in (("trusting", trusting), ("doubting", doubting))
    }
    assert statuses == {"trusting": [404, 404], "doubting": [404, 429]}


def test_a_bucket_is_refilled_evenly() -> None:
    now = 0.0
    buckets = Buckets(60, clock=lambda: now)
    assert [buckets.take("a") for _ in range(61)] == [0] * 60 + [1]
    now = 0.5
    assert buckets.take("a") == 1
    now = 1.0
    assert [buckets.take("a"), buckets.take("a"), buckets.take("b")] == [0, 1, 0]
    now = 3600.0
    assert [buckets.take("a") for _ in range(61)] == [0] * 60 + [1]


def test_the_number_of_buckets_is_bounded() -> None:
    buckets = Buckets(1, clock=lambda: 0.0)
    assert buckets.take("first") == 0
    for number in range(50_000):
        buckets.take(str(number))
    assert buckets.take("49999") == 60
    assert buckets.take("first") == 0


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("odd", "odd"),
    ],
)
def test_an_ipv6_household_is_one_client(address: str, client: str) -> None:
    assert client_of({"client": (address, 1)}) == client
