"""Exports as work: memory, readers who go away, limits, and how far one is."""

import asyncio
import tracemalloc
from uuid import UUID

import pytest

from tests.gateway import scripted
from tests.gateway.conftest import Run
from tests.gateway.test_exports import FORMS, Desk, connected, database, desk, portal
from tests.service.discussion.conftest import Portal

__all__ = ["connected", "database", "desk", "portal"]


async def fill(portal: Portal, topic_id: str, number: int) -> None:
    """Many contributions at once."""
    await portal.rows(
        "INSERT INTO contribution (tenant_id, id, topic_id, row_version, create_time, update_time, author_subject,"
        " author_name, name_public, title, text) SELECT $1, uuidv7(), $2::uuid, 1, $4, $4, 'x' || n, 'x', true,"
        " 'Beitrag ' || n, repeat('Text ', 100) || n FROM generate_series(1, $3::int) AS n RETURNING 1",
        portal.tenant,
        topic_id,
        number,
        portal.clock.now(),
    )


@pytest.mark.parametrize("form", FORMS)
async def test_memory_is_that_of_a_page_however_much_there_is(desk: Desk, form: str) -> None:
    """Of both sides: service and gateway run in this process."""
    topic = await desk.portal.add_topic()
    peaks = []
    for number in (1_500, 6_000):
        await fill(desk.portal, topic.id, number)
        tracemalloc.start()
        size = 0
        path = desk.path(topic.id, f"export.{form}")
        # Watched like this everything takes its time.
        async with desk.gateway.http.stream("GET", path, timeout=120) as answer:
            async for chunk in answer.aiter_bytes():
                size += len(chunk)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert size > 4_000
    assert peaks[1] < peaks[0] * 1.5 + 1_000_000
    assert peaks[1] < 24 * 1024 * 1024


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_reader_who_goes_away_ends_the_work(desk: Desk, form: str) -> None:
    topic = await desk.portal.add_topic()
    await fill(desk.portal, topic.id, 30_000)
    running = desk.gateway.gateway.exports.running
    _, writer = await asyncio.open_connection(desk.gateway.host, desk.gateway.port)
    writer.write(f"GET {desk.path(topic.id, f'export.{form}')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await scripted.eventually(lambda: running.total() == 1)
    writer.close()
    await scripted.eventually(lambda: running.total() == 0)


async def test_one_address_has_so_many_exports_at_a_time(desk: Desk) -> None:
    topic = await desk.portal.add_topic()
    await fill(desk.portal, topic.id, 30_000)
    running = desk.gateway.gateway.exports.running
    writers = []
    for number in (1, 2):
        # Reads nothing, so that the export waits for it.
        _, writer = await asyncio.open_connection(desk.gateway.host, desk.gateway.port, limit=1)
        writer.write(f"GET {desk.path(topic.id, 'export.csv')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        writers.append(writer)
        await scripted.eventually(lambda number=number: running.total() == number)  # type: ignore[misc]
    answer = await desk.get(topic.id, "export.json")
    assert (answer.status_code, answer.json()["reason"]) == (429, "RATE_LIMITED")
    assert answer.headers["retry-after"] == "5"
    for writer in writers:
        writer.close()
    await scripted.eventually(lambda: running.total() == 0)
    assert (await desk.get(topic.id, "export.json")).status_code == 200


@pytest.mark.parametrize(("form", "rows_there", "reads"), [("xlsx", 8_000, 8_000), ("zip", 3_000, 9_000)])
async def test_how_far_an_export_is_can_be_asked_while_it_is_written(
    desk: Desk, run: Run, form: str, rows_there: int, reads: int
) -> None:
    # Behind a balancer another gateway is asked than the one that writes.
    other = await run()
    await scripted.eventually(lambda: other.gateway.cache.connected)
    topic = await desk.portal.add_topic()
    await fill(desk.portal, topic.id, rows_there)
    counted = "INSERT INTO topic_counter (tenant_id, topic_id, stripe, contributions) VALUES ($1, $2, 40, $3)"
    await desk.portal.database.pool.execute(counted, desk.portal.tenant, UUID(topic.id), rows_there)
    key = "0123456789abcdef"
    asked = f"/api/v1/{desk.portal.tenant}/discussion/export-progress/{key}"
    assert (await desk.gateway.http.get(asked)).status_code == 404
    writing = asyncio.create_task(desk.get(topic.id, f"export.{form}?progress={key}"))
    seen: list[dict[str, int]] = []
    assert (await other.http.get(asked.replace(key, "*"))).status_code == 404
    while not writing.done():
        answer = await (other if form == "zip" else desk.gateway).http.get(asked)
        seen += [answer.json()] if answer.status_code == 200 else []
    assert (await writing).status_code == 200
    assert {each["total"] for each in seen} == {reads}
    rows = [each["rows"] for each in seen]
    assert rows == sorted(rows)
    # It was told on the way, not at the end alone.
    assert len({number for number in rows if 0 < number < reads}) > 1
    for gateway in (desk.gateway, other):
        assert (await gateway.http.get(asked)).status_code == 404
    wrong = await desk.get(topic.id, f"export.{form}?progress=kurz")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "progress")
