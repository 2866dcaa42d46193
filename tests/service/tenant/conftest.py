"""The tenant service behind a real port, with an empty database for each test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
from civic.tenant.v1 import tenant_pb2, tenant_service_pb2, tenant_service_pb2_grpc
from civic_chassis.db import Database
from civic_chassis.files import Files
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.service import ServiceUnderTest, Stub
from civic_tenant.api import tenant_file
from civic_tenant.api.wire import encode
from civic_tenant.application.tenants import Loaded, TenantLoader
from civic_tenant.main import SCHEMA, servicers

VIDEO_HOSTS = frozenset({"video.example", "dgs.example"})


@dataclass(slots=True)
class State:
    """The tenants of one state."""

    service: ServiceUnderTest
    database: Database
    files: Files
    clock: FrozenClock
    folder: Path

    def stub(self, *, caller: Any = None, tenant: str | None = None) -> Stub:
        return self.service.stub(tenant_service_pb2_grpc.TenantServiceStub, caller=caller, tenant=tenant)

    async def load(self, text: str, *, announce: bool = False) -> Loaded:
        """Loads a file of that text, with the test's folder around it."""
        file = self.folder / "tenants.yaml"
        file.write_text(text, encoding="utf-8")
        return await self.load_file(file, announce=announce)

    async def load_file(self, file: Path, *, announce: bool = False) -> Loaded:
        entries = tenant_file.read(file, state="hessen")
        return await TenantLoader(self.database, self.files, encode, VIDEO_HOSTS).load(entries, announce=announce)

    async def get(self, slug: str) -> tenant_pb2.Tenant:
        answer = await self.stub().GetTenant(tenant_service_pb2.GetTenantRequest(slug=slug))
        found: tenant_pb2.Tenant = answer.tenant
        return found

    async def outbox(self) -> list[Any]:
        rows: list[Any] = await self.database.pool.fetch("SELECT subject, payload FROM outbox ORDER BY id")
        return rows


@pytest_asyncio.fixture(loop_scope="session")
async def state(new_database: Any, serve: Any, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[State]:
    addresses = await new_database(SCHEMA)
    database = await Database.connect(addresses.app_url, clock=clock)
    yield State(await serve(servicers(database, VIDEO_HOSTS)), database, Files.open("memory:///"), clock, tmp_path)
    await database.close()
