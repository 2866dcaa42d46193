"""The real Keycloak with the demo realm, and two real gateways in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import Postgres
from civic_chassis.testing.processes import Child, free_port
from civic_devstack import identity
from civic_devstack.keycloak import Keycloak

from tests.keycloak.portals import (
    ADMIN_PASSWORD,
    CLIENT_SECRET,
    START_SECONDS,
    Portal,
    Realm,
    open_browser,
    open_portal,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test comes first waits for Keycloak to start."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(2 * START_SECONDS))


@pytest.fixture(scope="session")
def realm(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """Built once into the cache that the local stack uses; a database of its own."""
    ports = (free_port(), free_port())
    folder = tmp_path_factory.mktemp("keycloak")
    keycloak = Keycloak(
        data=folder,
        cache=Path.home() / ".cache" / "civic",
        logs=folder,
        host="127.0.0.1",
        port=free_port(),
        database=f"127.0.0.1:{postgres.port}/keycloak",
        database_user="postgres",
        database_password=urlsplit(postgres.url()).password or "",
        admin_password=ADMIN_PASSWORD,
        state="hessen",
        realm=lambda: identity.demo_realm(
            state="hessen",
            portal_urls=[f"http://localhost:{port}" for port in ports],
            client_secret=CLIENT_SECRET,
            smtp="localhost:1",
        ),
        themes=identity.THEMES,
    )

    async def prepare() -> Any:
        connection = await postgres.superuser()
        await connection.execute("CREATE DATABASE keycloak")
        await connection.close()
        await keycloak.prepare()
        return await keycloak.command()

    command = asyncio.run(prepare())
    child = Child(command.argv, log=folder / "keycloak.log", env=command.environment)
    discovery = f"{keycloak.issuer}/.well-known/openid-configuration"

    def ready() -> bool:
        try:
            return httpx.get(discovery, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    made = Realm(child, ready, keycloak.url, keycloak.issuer, ports)
    made.start()
    yield made
    child.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def portals(realm: Realm, nats_server: NatsServer) -> AsyncIterator[list[Portal]]:
    """Two gateways that share everything but their memory."""
    started = [await open_portal(realm, nats_server, index) for index in (0, 1)]
    yield started
    for portal in started:
        await portal.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with open_browser() as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def other_browser() -> AsyncIterator[httpx.AsyncClient]:
    async with open_browser() as client:
        yield client
