"""PostgreSQL away: a readable answer, and recovery without a restart of anything."""

from uuid import uuid4

from civic_chassis.testing.waiting import eventually
from civic_gateway.web.addresses import address_of

from tests.chaos.stack import Stack


async def test_answers_say_so_and_everything_comes_back(stack: Stack) -> None:
    topic = await stack.new_topic()
    pids = {name: child.process.pid for name, child in stack.parts.items() if child.process}
    stack.postgres.stop()

    written = await stack.contribute(topic, "Mehr Bänke")
    assert written.status_code == 503
    assert written.headers["content-type"].startswith("application/problem+json")
    problem = written.json()
    assert problem["reason"] == "UNAVAILABLE"
    assert problem["trace_id"]
    assert "Traceback" not in written.text
    # An address that no cache has seen.
    read = await stack.http.get(stack.api(f"topics/{uuid4()}"))
    assert (read.status_code, read.json()["reason"]) == (503, "UNAVAILABLE")
    alive = await stack.http.get(stack.url("/healthz"))
    assert alive.status_code == 200

    stack.postgres.start()

    async def written_again() -> bool:
        return (await stack.contribute(topic, "Nach der Störung")).status_code == 201

    await eventually(written_again)
    await eventually(stack.outbox_is_empty)
    assert await stack.titles(topic) == ["Nach der Störung"]
    assert {name: child.process.pid for name, child in stack.parts.items() if child.process} == pids
    assert all(child.running for child in stack.parts.values())


async def test_a_reader_gets_a_page(stack: Stack) -> None:
    topic = await stack.new_topic()
    stack.postgres.stop()
    address = stack.url(f"/lindental/dialoge/{address_of('Sanierung', topic)}")
    page = await stack.http.get(address, headers={"accept": "text/html", "accept-language": "de"})
    assert page.status_code == 503
    assert page.headers["content-type"].startswith("text/html")
    assert int(page.headers["retry-after"]) > 0
    assert "nicht erreichbar" in page.text
