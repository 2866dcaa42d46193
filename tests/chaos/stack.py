"""The portal as real processes, each of which a test may kill, stop and start again."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
from civic_catalog.main import SERVICE as CATALOG
from civic_chassis.db import Database, statement
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.nats import Connection
from civic_chassis.nats.streams import apply
from civic_chassis.testing.issuer import Issuer
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import Postgres
from civic_chassis.testing.processes import Child, free_port, listens
from civic_chassis.testing.waiting import eventually
from civic_discussion.main import SERVICE as DISCUSSION
from civic_discussion.store.tables import contribution
from civic_notification.main import SERVICE as NOTIFICATION
from civic_participation.domain.moderation_settings import DEFAULTS, Rule
from civic_participation.store.moderation_settings import change_settings
from civic_tenant.main import SERVICE as TENANT
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig
from sqlalchemy import bindparam, select

from tests.chaos.wires import Wire

ROOT = Path(__file__).parents[2]
TENANTS = ROOT / "devstack" / "demo" / "hessen" / "tenants.yaml"
TENANT_OF_TESTS = "lindental"
SECRET = "chaos-session-secret-0123456789"


class Stack:
    """PostgreSQL, NATS, an issuer, the services in separate roles, and two gateways.

    The API and the relay of the discussion service reach PostgreSQL through wires of their own.
    """

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.issuer = Issuer()
        self.postgres = Postgres(durable=True)
        self.nats = NatsServer()
        self.folder = Path(tempfile.mkdtemp(prefix="civic-chaos-"))
        self.parts: dict[str, Child] = {}
        self._ports: dict[str, int] = {}
        self.smtp_port = free_port()
        self._stack = AsyncExitStack()
        self.database: Database
        self.api_wire: Wire
        self.relay_wire: Wire
        self.http: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        self.postgres.start()
        self.nats.start()
        tenant = await self.postgres.database(TENANT.schema, "chaos_tenant")
        discussion = await self.postgres.database(DISCUSSION.schema, "chaos_discussion")
        catalog = await self.postgres.database(CATALOG.schema, "chaos_catalog")
        self.api_wire = await self._stack.enter_async_context(Wire(self.postgres.port))
        self.relay_wire = await self._stack.enter_async_context(Wire(self.postgres.port))
        self.database = await Database.connect(discussion.app_url)
        self._stack.push_async_callback(self.database.close)
        self.http = await self._stack.enter_async_context(httpx.AsyncClient(timeout=20.0))
        notification = await self.postgres.database(NOTIFICATION.schema, "chaos_notification")
        self._urls = {
            "tenant": tenant.app_url,
            "discussion": discussion.app_url,
            "catalog": catalog.app_url,
            "notification": notification.app_url,
        }
        await self._declare_streams()
        await self.load_tenants(TENANTS)
        await asyncio.gather(
            self._add_service("tenant", "tenant", "api,consumer,relay,timers"),
            self._add_service("api", "discussion", "api", wire=self.api_wire),
            self._add_service("relay", "discussion", "relay", wire=self.relay_wire),
            self._add_service("catalog", "catalog", "api,consumer,relay,timers"),
            self._add_service("worker", "discussion", "consumer,timers"),
            self._add_service("notification", "notification", "api,consumer,relay,timers"),
        )
        await asyncio.gather(*(self._add_gateway(name) for name in ("gateway-1", "gateway-2")))
        await eventually(self._takes_part)
        # Tests write faster than people do.
        call = Call(ANONYMOUS, TENANT_OF_TESTS, self.clock.now(), "test", None)
        async with self.database.unit_of_work(call) as work:
            await change_settings(work, replace(DEFAULTS, row_version=1, rules=DEFAULTS.rules - {Rule.TOO_MANY}))
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in self.parts.values():
            child.kill()
        await self._stack.aclose()
        self.issuer.close()
        self.nats.remove()
        self.postgres.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def restore(self) -> None:
        """Everything runs again, whatever the test before has left."""
        self.issuer.open()
        if not self.postgres.child.running:
            self.postgres.start()
        if not self.nats.child.running:
            self.nats.start()
        await asyncio.gather(*(self.start(name) for name, child in self.parts.items() if not child.running))
        await eventually(self._takes_part)

    async def start(self, name: str) -> None:
        port = self._ports[name]
        await asyncio.to_thread(self.parts[name].start, lambda: listens(port))

    def kill(self, name: str) -> None:
        self.parts[name].kill()

    def url(self, path: str, gateway: str = "gateway-1") -> str:
        return f"http://127.0.0.1:{self._ports[gateway]}{path}"

    def api(self, path: str, gateway: str = "gateway-1") -> str:
        return self.url(f"/api/v1/{TENANT_OF_TESTS}/discussion/{path}", gateway)

    def person(self, name: str, *roles: str) -> dict[str, str]:
        """Headers of a person; roles are those in the tenant of the tests."""
        groups = [f"/tenants/{TENANT_OF_TESTS}/{role}" for role in roles]
        token = self.issuer.issue(name, clock=self.clock, groups=groups, lifetime=timedelta(hours=1))
        return {"authorization": f"Bearer {token}"}

    async def load_tenants(self, file: Path) -> None:
        await self._command("civic_tenant", "load", str(file), env=self._service_env("tenant"))

    async def new_topic(self, **changes: Any) -> str:
        """An active topic; its id."""
        staff = self.person("meyer", "admin", "editor")
        now = datetime.now(UTC)
        body = {
            "title": f"Sanierung der Brücke {uuid4().hex[:8]}",
            "text": "Die Brücke wird saniert.",
            "start_time": (now - timedelta(hours=1)).isoformat(),
            "end_time": (now + timedelta(days=30)).isoformat(),
        } | changes
        made = await self.http.post(self.api("topics"), json=body, headers=staff)
        assert made.status_code == 201, made.text
        topic = made.json()["id"]
        published = await self.http.post(self.api(f"topics/{topic}:publish"), json={}, headers=staff)
        assert published.status_code == 200, published.text
        return str(topic)

    async def contribute(
        self, topic: str, title: str, *, key: str | None = None, person: str = "anna", gateway: str = "gateway-1"
    ) -> httpx.Response:
        headers = self.person(person) | {"idempotency-key": key or str(uuid4())}
        body = {"title": title, "text": "Ein Text."}
        return await self.http.post(self.api(f"topics/{topic}/contributions", gateway), json=body, headers=headers)

    async def titles(self, topic: str) -> list[str]:
        """Titles of all contributions of the topic as they are stored, oldest first."""
        call = Call(ANONYMOUS, TENANT_OF_TESTS, self.clock.now(), "test", None)
        async with self.database.read(call) as work:
            return [row["title"] for row in await work.rows(_TITLES, {"topic": UUID(topic)})]

    async def outbox_is_empty(self) -> bool:
        return int(await self.database.pool.fetchval("SELECT count(*) FROM outbox")) == 0

    async def events(self, kind: str) -> list[Msg]:
        """All events of the stream with this resource and verb (`contribution.created`), oldest first."""
        connection = Connection.open(self.nats.url, name="chaos")
        await connection.ready()
        try:
            config = ConsumerConfig(ack_policy=AckPolicy.NONE)
            subject = f"civic.discussion.{kind}.v1.*"
            source = await connection.jetstream.pull_subscribe(subject, stream="DISCUSSION", config=config)
            waiting = (await source.consumer_info()).num_pending or 0
            found: list[Msg] = []
            while len(found) < waiting:
                found += await source.fetch(min(500, waiting - len(found)), timeout=10)
            return found
        finally:
            await connection.close()

    async def _takes_part(self) -> bool:
        """The tenants have arrived, and a write goes all the way."""
        try:
            answer = await self.http.get(self.api("topics"))
            known = await self.database.pool.fetchval("SELECT count(*) FROM known_tenant")
        except (httpx.TransportError, OSError):
            return False
        return answer.status_code == 200 and known == 4

    async def _add_service(self, name: str, service: str, roles: str, *, wire: Wire | None = None) -> None:
        port = self._ports[name] = free_port()
        env = self._service_env(service, wire)
        env |= {"CIVIC_LISTEN": f"127.0.0.1:{port}"} if "api" in roles else {"CIVIC_HEALTH_LISTEN": f"127.0.0.1:{port}"}
        command = [sys.executable, "-m", f"civic_{service}", "serve", "--roles", roles]
        self.parts[name] = Child(command, log=self._log(name), env=env)
        await self.start(name)

    async def _add_gateway(self, name: str) -> None:
        port = self._ports[name] = free_port()
        env = self._env() | {
            "CIVIC_LISTEN": f"127.0.0.1:{port}",
            "CIVIC_PUBLIC_URL": "http://portal.test",
            "CIVIC_TENANT_TARGET": f"dns:///127.0.0.1:{self._ports['tenant']}",
            "CIVIC_DISCUSSION_TARGET": f"dns:///127.0.0.1:{self._ports['api']}",
            "CIVIC_CATALOG_TARGET": f"dns:///127.0.0.1:{self._ports['catalog']}",
            "CIVIC_NOTIFICATION_TARGET": f"dns:///127.0.0.1:{self._ports['notification']}",
            "CIVIC_OIDC_CLIENT_SECRET": "secret",
            "CIVIC_SESSION_SECRET": SECRET,
            # What the tests ask for in a minute is no attack.
            "CIVIC_WRITES_PER_MINUTE_PERSON": "100000",
            "CIVIC_WRITES_PER_MINUTE_CLIENT": "100000",
            "CIVIC_READS_PER_MINUTE_CLIENT": "1000000",
        }
        self.parts[name] = Child([sys.executable, "-m", "civic_gateway"], log=self._log(name), env=env)
        await self.start(name)

    def _service_env(self, service: str, wire: Wire | None = None) -> dict[str, str]:
        url = self._urls[service]
        if wire is not None:
            url = re.sub(r":\d+/", f":{wire.port}/", url)
        return self._env() | {"CIVIC_DATABASE_URL": url}

    def _env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "CIVIC_STATE": "hessen",
            "CIVIC_NATS_URL": self.nats.url,
            "CIVIC_OIDC_ISSUER": self.issuer.url,
            "CIVIC_FILES_URL": f"file://{self.folder}/files",
            # Where no test opens a mail server, mail waits.
            "CIVIC_SMTP": f"127.0.0.1:{self.smtp_port}",
            "CIVIC_SMTP_SECURITY": "none",
            "CIVIC_MAIL_FROM": "portal@hessen.example",
            "CIVIC_MAIL_SECRET": SECRET,
        }

    async def _declare_streams(self) -> None:
        """As the command of each service does, whose process would take longer to start."""
        connection = Connection.open(self.nats.url, name="chaos")
        await connection.ready()
        try:
            for service in (TENANT, DISCUSSION, CATALOG, NOTIFICATION):
                await apply(connection.jetstream, service.streams)
        finally:
            await connection.close()

    async def _command(self, module: str, *arguments: str, env: Mapping[str, str]) -> None:
        (self.folder / "files").mkdir(exist_ok=True)
        command: list[Any] = [sys.executable, "-m", module, *arguments]
        done = await asyncio.to_thread(
            subprocess.run, command, env=dict(env), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


_TITLES = statement(
    select(contribution.c.title)
    .where(contribution.c.topic_id == bindparam("topic"))
    .order_by(contribution.c.create_time, contribution.c.id)
)
