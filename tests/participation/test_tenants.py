"""The projection of tenants: what it lets through, and which events it takes."""

import asyncio
from datetime import datetime, timedelta

import pytest
from civic.tenant.v1 import tenant_pb2
from civic.tenant.v1.tenant_events_pb2 import TenantChanged
from civic_chassis.db import Database
from civic_chassis.db.relay import Relay
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.event import Event
from civic_chassis.nats import Connection, Consumer, Stream
from civic_chassis.nats.outbox import OutboxPublisher
from civic_chassis.nats.streams import apply
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.waiting import eventually
from civic_participation.api.tenants import tenant_subscription
from civic_participation.store import tenants as store
from civic_participation.tenants import KnownTenant, TenantKind, TenantState, all_known, ensure_open, keep

STREAM = Stream(name="TENANT", subjects=("civic.tenant.>",), max_bytes=10_000_000, max_age=timedelta(days=1))


def call_at(at: datetime, tenant: str = "lindental") -> Call:
    return Call(ANONYMOUS, tenant, at, "test", None)


def tenant(state: TenantState, version: int = 1, slug: str = "lindental") -> KnownTenant:
    return KnownTenant(slug, version, "Stadt Lindental", state, TenantKind.MUNICIPALITY)


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers for a second is tested by itself."""
    monkeypatch.setattr(store, "OPEN_SECONDS", 0.0)


async def refusal(database: Database, clock: FrozenClock) -> tuple[Kind, str] | None:
    try:
        async with database.unit_of_work(call_at(clock.now())) as work:
            await ensure_open(work)
    except DomainError as error:
        return error.kind, error.reason
    return None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (TenantState.LIVE, None),
        (TenantState.SUSPENDED, (Kind.PRECONDITION, "TENANT_SUSPENDED")),
        (TenantState.CLOSED, (Kind.GONE, "TENANT_CLOSED")),
    ],
)
async def test_the_state_decides(
    database: Database, clock: FrozenClock, state: TenantState, expected: tuple[Kind, str] | None
) -> None:
    async with database.unit_of_work(call_at(clock.now())) as work:
        assert await keep(work, tenant(state))
    assert await refusal(database, clock) == expected


async def test_a_tenant_of_which_no_event_told_is_not_found(database: Database, clock: FrozenClock) -> None:
    assert await refusal(database, clock) == (Kind.NOT_FOUND, "TENANT_NOT_FOUND")


async def test_an_older_event_changes_nothing(database: Database, clock: FrozenClock) -> None:
    async with database.unit_of_work(call_at(clock.now())) as work:
        assert await keep(work, tenant(TenantState.SUSPENDED, version=5))
        assert not await keep(work, tenant(TenantState.LIVE, version=5))
        assert not await keep(work, tenant(TenantState.LIVE, version=4))
    assert await refusal(database, clock) == (Kind.PRECONDITION, "TENANT_SUSPENDED")
    async with database.unit_of_work(call_at(clock.now())) as work:
        assert await keep(work, tenant(TenantState.LIVE, version=6))
        assert await all_known(work) == [tenant(TenantState.LIVE, version=6)]
    assert await refusal(database, clock) is None


async def test_a_live_tenant_is_remembered_for_a_moment(
    database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(store, "OPEN_SECONDS", 1.0)
    monkeypatch.setattr(store, "monotonic", lambda: now)
    async with database.unit_of_work(call_at(clock.now())) as work:
        await keep(work, tenant(TenantState.LIVE))
    assert await refusal(database, clock) is None
    await database.pool.execute("UPDATE known_tenant SET state = 'suspended'")
    now = 100.9
    assert await refusal(database, clock) is None
    now = 101.1
    assert await refusal(database, clock) == (Kind.PRECONDITION, "TENANT_SUSPENDED")


async def test_an_event_of_this_process_is_seen_at_once(
    database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "OPEN_SECONDS", 3600.0)
    for state, version in ((TenantState.LIVE, 1), (TenantState.CLOSED, 2)):
        async with database.unit_of_work(call_at(clock.now())) as work:
            await keep(work, tenant(state, version=version))
        if state is TenantState.LIVE:
            assert await refusal(database, clock) is None
    assert await refusal(database, clock) == (Kind.GONE, "TENANT_CLOSED")


async def test_it_is_kept_from_events(database: Database, clock: FrozenClock, nats_server: NatsServer) -> None:
    connection = Connection.open(nats_server.url, name="test")
    await connection.ready()
    await apply(connection.jetstream, [STREAM])
    # What other tests left there would be heard, too.
    await connection.jetstream.purge_stream("TENANT")
    async with database.unit_of_work(call_at(clock.now())) as work:
        for version, state in ((1, tenant_pb2.TENANT_STATE_LIVE), (2, tenant_pb2.TENANT_STATE_SUSPENDED)):
            event = TenantChanged(
                slug="lindental",
                version=version,
                display_name="Stadt Lindental",
                state=state,
                kind=tenant_pb2.TENANT_KIND_MUNICIPALITY,
            )
            content = event.SerializeToString()
            work.stage(
                Event(area="tenant", resource="tenant", verb="changed", payload=content, aggregate_id="lindental")
            )
    tasks = [
        asyncio.create_task(Relay(database, OutboxPublisher(connection).publish).run()),
        asyncio.create_task(Consumer(database, connection, tenant_subscription("tool")).run()),
    ]

    async def suspended() -> bool:
        return await refusal(database, clock) == (Kind.PRECONDITION, "TENANT_SUSPENDED")

    try:
        await eventually(suspended)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await connection.jetstream.delete_stream("TENANT")
        await connection.close()
    async with database.read(call_at(clock.now())) as seen:
        assert await all_known(seen) == [tenant(TenantState.SUSPENDED, version=2)]
