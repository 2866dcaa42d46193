"""The realm away: reading goes on, and so does everybody who is signed in."""

from uuid import uuid4

from civic_chassis.testing.waiting import eventually
from civic_gateway.oidc.sessions import Sessions

from tests.chaos.browsers import signed_in
from tests.chaos.stack import Stack


async def test_reading_and_sessions_go_on(stack: Stack, sessions: Sessions) -> None:
    topic = await stack.new_topic()
    browser = await signed_in(stack, sessions, "anna")
    assert (await browser.contribute(topic, "Vor der Störung")).status_code == 201
    stack.issuer.close()

    read = await stack.http.get(stack.api(f"topics/{topic}/contributions"))
    assert read.status_code == 200
    assert [item["title"] for item in read.json()["items"]] == ["Vor der Störung"]
    page = await stack.http.get(stack.url("/lindental/dialoge"))
    assert page.status_code == 200
    written = await browser.contribute(topic, "Während der Störung")
    assert written.status_code == 201, written.text
    assert written.json()["author_name"] == "anna"
    # A person whom the services have not met before: the key that they know is enough.
    assert (
        await (await signed_in(stack, sessions, f"neu-{uuid4().hex[:6]}")).contribute(topic, "Neu")
    ).status_code == 201


async def test_a_service_that_starts_meanwhile_serves_readers(stack: Stack, sessions: Sessions) -> None:
    topic = await stack.new_topic()
    browser = await signed_in(stack, sessions, "anna")
    assert (await browser.contribute(topic, "Vor der Störung")).status_code == 201
    stack.issuer.close()
    stack.kill("api")
    await stack.start("api")

    async def readable() -> bool:
        return (await stack.http.get(stack.api(f"topics/{topic}"))).status_code == 200

    await eventually(readable)
    # It has never seen a key, so it cannot tell who this is, and says that it is the realm's absence, not the token.
    refused = await browser.contribute(topic, "Während der Störung")
    assert (refused.status_code, refused.json()["reason"]) == (503, "UNAVAILABLE")
    stack.issuer.open()

    async def written() -> bool:
        return (await browser.contribute(topic, "Nach der Störung")).status_code == 201

    await eventually(written)
    assert await stack.titles(topic) == ["Vor der Störung", "Nach der Störung"]
