"""NATS away under writes: nothing is lost, nothing handled twice, order is kept per aggregate."""

import asyncio
from uuid import uuid4

import httpx
import yaml
from civic.discussion.v1.discussion_events_pb2 import ContributionChanged, ContributionCreated
from civic_chassis.testing.waiting import eventually

from tests.chaos.stack import TENANTS, Stack


async def _write_until(stack: Stack, topic: str, stop: asyncio.Event, person: str) -> dict[str, int]:
    """Creates and changes contributions all the time. Returns the last version of each."""
    versions: dict[str, int] = {}
    while not stop.is_set():
        made = await stack.contribute(topic, f"Beitrag {uuid4().hex}", person=person)
        assert made.status_code == 201, made.text
        found = made.json()
        for number in range(3):
            headers = stack.person(person) | {"if-match": f'"{found["etag"]}"'}
            changed = await stack.http.patch(
                stack.api(f"contributions/{found['id']}"), json={"text": f"Fassung {number}"}, headers=headers
            )
            assert changed.status_code == 200, changed.text
            found = changed.json()
        versions[found["id"]] = int(found["etag"])
    return versions


async def test_writes_go_on_and_events_follow(stack: Stack, outage_seconds: float) -> None:
    topic = await stack.new_topic()
    stop = asyncio.Event()
    writers = [asyncio.create_task(_write_until(stack, topic, stop, f"person-{number}")) for number in range(4)]
    await asyncio.sleep(0.5)
    stack.nats.child.kill()
    await asyncio.sleep(outage_seconds)
    assert not await stack.outbox_is_empty()
    stack.nats.start()
    await asyncio.sleep(0.5)
    stop.set()
    expected: dict[str, int] = {}
    for writer in writers:
        expected |= await writer
    await eventually(stack.outbox_is_empty)

    assert len(expected) >= 4
    created = await stack.events("contribution.created")
    changed = await stack.events("contribution.changed")
    ids = [(message.headers or {})["Nats-Msg-Id"] for message in (*created, *changed)]
    assert len(set(ids)) == len(ids)
    seen: dict[str, list[int]] = {}
    for message in sorted((*created, *changed), key=lambda message: message.metadata.sequence.stream):
        kind = ContributionCreated if ".created." in message.subject else ContributionChanged
        event = kind.FromString(message.data)
        if event.topic_id == topic:
            seen.setdefault(event.contribution_id, []).append(event.version)
    assert seen == {contribution: list(range(1, last + 1)) for contribution, last in expected.items()}


async def test_consumers_catch_up(stack: Stack, outage_seconds: float) -> None:
    """A tenant is suspended while NATS is away: refused as soon as it is back, and open again afterwards."""
    topic = await stack.new_topic()
    described = yaml.safe_load(TENANTS.read_text("utf-8"))
    tenant = next(entry for entry in described["tenants"] if entry["slug"] == "lindental")
    file = TENANTS.with_name("chaos.yaml")

    async def load(state: str) -> None:
        tenant["state"] = state
        await asyncio.to_thread(file.write_text, yaml.safe_dump(described, allow_unicode=True), "utf-8")
        try:
            await stack.load_tenants(file)
        finally:
            await asyncio.to_thread(file.unlink)

    async def answers(status: int, reason: str | None) -> bool:
        answer: httpx.Response = await stack.contribute(topic, f"Beitrag {uuid4().hex}")
        return answer.status_code == status and answer.json().get("reason") == reason

    stack.nats.stop()
    await load("suspended")
    assert await answers(201, None)
    await asyncio.sleep(outage_seconds)
    stack.nats.start()
    await eventually(lambda: answers(409, "TENANT_SUSPENDED"))
    assert (await stack.http.get(stack.api(f"topics/{topic}/contributions"))).status_code == 200
    await load("live")
    await eventually(lambda: answers(201, None))
