"""The sample service behind a real port, on a real database, with a live tenant for each test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest_asyncio
from civic.sample.v1 import specimen_pb2, specimen_service_pb2, specimen_service_pb2_grpc
from civic_chassis.db import Database
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.service import Person, ServiceUnderTest, Stub
from civic_participation.tenants import KnownTenant, TenantKind, TenantState, keep
from civic_sample.main import SCHEMA, servicers

ANNA = Person(name="anna")


@dataclass(slots=True)
class Portal:
    """One tenant's specimens. Stubs carry a token of the clock's present time."""

    service: ServiceUnderTest
    database: Database
    clock: FrozenClock
    tenant: str

    @property
    def editor(self) -> Person:
        return Person(name="schulze", roles=(f"{self.tenant}/editor",))

    @property
    def moderator(self) -> Person:
        return Person(name="okafor", roles=(f"{self.tenant}/moderator",))

    def specimens(self, caller: Person | None = None) -> Stub:
        stub = specimen_service_pb2_grpc.SpecimenServiceStub
        return self.service.stub(stub, caller=caller, tenant=self.tenant)

    async def add(self, title: str = "Ein Fund", *, text: str = "Am Ufer.", key: str = "") -> specimen_pb2.Specimen:
        request = specimen_service_pb2.CreateSpecimenRequest(title=title, text=text, request_id=key)
        made: specimen_pb2.Specimen = (await self.specimens(self.editor).CreateSpecimen(request)).specimen
        return made

    async def get(self, specimen_id: str) -> specimen_pb2.Specimen:
        request = specimen_service_pb2.GetSpecimenRequest(id=specimen_id)
        found: specimen_pb2.Specimen = (await self.specimens().GetSpecimen(request)).specimen
        return found

    async def know(self, state: TenantState, *, version: int) -> None:
        """What an event of the tenant service tells."""
        call = Call(ANONYMOUS, self.tenant, datetime.now(UTC), "test", None)
        async with self.database.unit_of_work(call) as work:
            known = KnownTenant(self.tenant, version, self.tenant.title(), state, TenantKind.MUNICIPALITY)
            await keep(work, known)

    async def rows(self, sql: str) -> list[Any]:
        """Rows as the app role sees them within the tenant."""
        async with self.database.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('civic.tenant', $1, true)", self.tenant)
            rows: list[Any] = await connection.fetch(sql)
            return rows

    async def events(self) -> list[str]:
        """Types of the events that wait in the outbox for this tenant, in order."""
        rows = await self.rows("SELECT subject FROM outbox ORDER BY id")
        return [row["subject"].rpartition(".")[0] for row in rows if row["subject"].endswith(f".{self.tenant}")]


@pytest_asyncio.fixture(loop_scope="session")
async def database(worker_database: Any, clock: FrozenClock) -> AsyncIterator[Database]:
    addresses = await worker_database(SCHEMA)
    made = await Database.connect(addresses.app_url, clock=clock)
    yield made
    await made.close()


async def _portal(database: Database, service: ServiceUnderTest, clock: FrozenClock) -> Portal:
    made = Portal(service, database, clock, f"ort-{uuid4().hex[:12]}")
    await made.know(TenantState.LIVE, version=1)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def portal(database: Database, serve: Any, clock: FrozenClock) -> Portal:
    return await _portal(database, await serve(servicers(database)), clock)


@pytest_asyncio.fixture(loop_scope="session")
async def neighbour(portal: Portal) -> Portal:
    """Another live tenant of the same service."""
    return await _portal(portal.database, portal.service, portal.clock)
