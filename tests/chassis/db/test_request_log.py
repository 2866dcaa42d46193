"""Repeats of a call under the same request id."""

import asyncio

import pytest
from civic_chassis.db import Database
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id

from tests.chassis.probe import ADD, TEXTS, call_at, happened


async def create(
    database: Database,
    clock: FrozenClock,
    request_id: str,
    body: bytes = b"body",
    *,
    tenant: str = "lindental",
    subject: str = "s-1",
    early: bool = False,
) -> str:
    """A verb as services write it; `early` gives the new id with the claim."""
    note = new_id()
    async with database.unit_of_work(call_at(clock.now(), tenant, subject)) as work:
        earlier = await work.remembered(request_id, body, note if early else None)
        if earlier is not None:
            return earlier
        work.stage(happened(note))
        if not early:
            work.remember(request_id, body, note)
        await work.last(ADD, {"tenant": tenant, "id": note, "text": "x"})
    return str(note)


async def written(database: Database, clock: FrozenClock, tenant: str = "lindental") -> int:
    async with database.read(call_at(clock.now(), tenant)) as work:
        return len(await work.rows(TEXTS))


@pytest.mark.parametrize("early", [False, True])
async def test_a_repeat_finds_what_the_first_call_made(database: Database, clock: FrozenClock, early: bool) -> None:
    first = await create(database, clock, "key", early=early)
    assert await create(database, clock, "key", early=early) == first
    assert await written(database, clock) == 1


@pytest.mark.parametrize("early", [False, True])
async def test_the_same_key_with_another_body_is_refused(database: Database, clock: FrozenClock, early: bool) -> None:
    await create(database, clock, "key", early=early)
    with pytest.raises(DomainError) as refused:
        await create(database, clock, "key", b"other", early=early)
    assert (refused.value.kind, refused.value.reason) == (Kind.CONFLICT, "REQUEST_ID_REUSED")
    assert await written(database, clock) == 1


async def test_a_key_belongs_to_tenant_and_person(database: Database, clock: FrozenClock) -> None:
    made = {
        await create(database, clock, "key"),
        await create(database, clock, "key", tenant="hohenau"),
        await create(database, clock, "key", subject="s-2"),
    }
    assert len(made) == 3


@pytest.mark.parametrize("early", [False, True])
async def test_repeats_at_the_same_time_make_one(database: Database, clock: FrozenClock, early: bool) -> None:
    made = await asyncio.gather(*(create(database, clock, "key", early=early) for _ in range(12)))
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
