"""Repeats of a call under the same request id."""

import asyncio

import pytest
from civic_chassis.db import Database, Repeated, Statement
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id

from tests.chassis.probe import ADD, TEXTS, call_at, happened

READ = Statement("SELECT $1::text AS tenant, civic_tenant() AS setting", ("tenant",))


WAYS = ("late", "early", "in one write")


async def create(
    database: Database,
    clock: FrozenClock,
    request_id: str,
    body: bytes = b"body",
    *,
    tenant: str = "lindental",
    subject: str = "s-1",
    way: str = "late",
) -> str:
    """A verb as services write it: the new id given at the end, with the claim, or in a single write."""
    note = new_id()
    if way == "in one write":
        return await create_in_one_write(database, call_at(clock.now(), tenant, subject), request_id, body)
    async with database.unit_of_work(call_at(clock.now(), tenant, subject)) as work:
        earlier = await work.remembered(request_id, body, note if way == "early" else None)
        if earlier is not None:
            return earlier
        work.stage(happened(note))
        if way == "late":
            work.remember(request_id, body, note)
        await work.last(ADD, {"tenant": tenant, "id": note, "text": "x"})
    return str(note)


async def create_in_one_write(database: Database, call: Call, request_id: str, body: bytes) -> str:
    note = new_id()
    try:
        async with database.single_write(call) as work:
            row = await work.row_unless_done(request_id, body, note, READ, {"tenant": call.tenant})
            assert row is not None
            assert (row["tenant"], row["setting"]) == (call.tenant, call.tenant)
            work.stage(happened(note))
            await work.last(ADD, {"tenant": call.tenant, "id": note, "text": "x"})
    except Repeated as repeated:
        return repeated.resource_id
    return str(note)


async def written(database: Database, clock: FrozenClock, tenant: str = "lindental") -> int:
    async with database.read(call_at(clock.now(), tenant)) as work:
        return len(await work.rows(TEXTS))


@pytest.mark.parametrize("way", WAYS)
async def test_a_repeat_finds_what_the_first_call_made(database: Database, clock: FrozenClock, way: str) -> None:
    first = await create(database, clock, "key", way=way)
    assert await create(database, clock, "key", way=way) == first
    assert await written(database, clock) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_the_same_key_with_another_body_is_refused(database: Database, clock: FrozenClock, way: str) -> None:
    await create(database, clock, "key", way=way)
    with pytest.raises(DomainError) as refused:
        await create(database, clock, "key", b"other", way=way)
    assert (refused.value.kind, refused.value.reason) == (Kind.CONFLICT, "REQUEST_ID_REUSED")
    assert await written(database, clock) == 1


async def test_a_key_belongs_to_tenant_and_person(database: Database, clock: FrozenClock) -> None:
    made = {
        await create(database, clock, "key"),
        await create(database, clock, "key", tenant="hohenau"),
        await create(database, clock, "key", subject="s-2"),
    }
    assert len(made) == 3


@pytest.mark.parametrize("way", WAYS)
async def test_repeats_at_the_same_time_make_one(database: Database, clock: FrozenClock, way: str) -> None:
    made = await asyncio.gather(*(create(database, clock, "key", way=way) for _ in range(12)))
    assert len(set(made)) == 1
    assert await written(database, clock) == 1


async def test_a_failed_call_leaves_the_key_free(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(DomainError, match="TOPIC_ENDED"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            assert await work.remembered("key", b"body") is None
            raise DomainError(Kind.PRECONDITION, "TOPIC_ENDED", "ended")
    await create(database, clock, "key", b"another body")
    assert await written(database, clock) == 1


async def test_an_empty_key_remembers_nothing(database: Database, clock: FrozenClock) -> None:
    assert await create(database, clock, "") != await create(database, clock, "")
    assert await written(database, clock) == 2


async def test_a_claim_must_be_remembered(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(RuntimeError, match="nothing was remembered"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.remembered("key", b"body")


async def test_a_row_that_is_not_there(database: Database, clock: FrozenClock) -> None:
    missing = Statement("SELECT id FROM note WHERE id = $1", ("note",))
    for request_id in ("key", ""):
        with pytest.raises(LookupError, match="no topic"):
            async with database.single_write(call_at(clock.now())) as work:
                found = await work.row_unless_done(request_id, b"body", new_id(), missing, {"note": new_id()})
                assert found is None
                raise LookupError("no topic")
    # Nothing stays of the refused call.
    await create(database, clock, "key", b"another body")
