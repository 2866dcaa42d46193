"""The notification service behind a real port, with a real mail server, and a live tenant for each test."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from civic.notification.v1 import (
    following_pb2,
    following_service_pb2,
    following_service_pb2_grpc,
    notice_pb2,
    preference_service_pb2_grpc,
    recipient_service_pb2,
    recipient_service_pb2_grpc,
    template_service_pb2_grpc,
    unsubscribe_service_pb2_grpc,
)
from civic_chassis.db import Database, inbox
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.service import Person, ServiceUnderTest, Stub
from civic_notification.api.mail import Composer
from civic_notification.api.smtp import Server, SmtpTransport
from civic_notification.application.delivery import Compose, Delivery
from civic_notification.application.hearing import hear
from civic_notification.main import SCHEMA, servicers
from civic_participation.domain.notices import Audience, FollowersOf, Notice, NoticeKind
from civic_participation.tenants import KnownTenant, TenantKind, TenantState, keep

from tests.service.notification.mailserver import MailServer, mail_server

SECRET = b"a secret of tests alone"
TOPIC = "discussion.topic"


@dataclass(slots=True)
class Portal:
    """One tenant's mail. Stubs carry a token of the clock's present time."""

    service: ServiceUnderTest
    database: Database
    clock: FrozenClock
    tenant: str
    mail: MailServer
    composer: Composer
    followed: str = field(default_factory=lambda: uuid4().hex)

    @property
    def admin(self) -> Person:
        return Person(name="meyer", roles=(f"{self.tenant}/admin",), address=f"meyer@{self.tenant}.example")

    @property
    def editor(self) -> Person:
        return Person(name="schulze", roles=(f"{self.tenant}/editor",), address=f"schulze@{self.tenant}.example")

    @property
    def moderator(self) -> Person:
        return Person(name="okafor", roles=(f"{self.tenant}/moderator",), address=f"okafor@{self.tenant}.example")

    def person(self, name: str = "anna") -> Person:
        """Somebody whom no other test knows."""
        return Person(name=f"{name} of {self.tenant}", address=f"{name}@{self.tenant}.example")

    def stub(self, stub: Callable[[Any], Any], caller: Person | None) -> Stub:
        return self.service.stub(stub, caller=caller, tenant=self.tenant)

    def recipients(self, caller: Person | None = None) -> Stub:
        return self.stub(recipient_service_pb2_grpc.RecipientServiceStub, caller)

    def followings(self, caller: Person | None = None) -> Stub:
        return self.stub(following_service_pb2_grpc.FollowingServiceStub, caller)

    def preferences(self, caller: Person | None = None) -> Stub:
        return self.stub(preference_service_pb2_grpc.PreferenceServiceStub, caller)

    def templates(self, caller: Person | None = None) -> Stub:
        return self.stub(template_service_pb2_grpc.TemplateServiceStub, caller)

    def unsubscribing(self, caller: Person | None = None) -> Stub:
        return self.stub(unsubscribe_service_pb2_grpc.UnsubscribeServiceStub, caller)

    async def keep(self, person: Person, language: str = "de") -> recipient_service_pb2.Recipient:
        request = recipient_service_pb2.KeepRecipientRequest(language=language)
        kept: recipient_service_pb2.Recipient = (await self.recipients(person).KeepRecipient(request)).recipient
        return kept

    def named(self, object_id: str = "") -> notice_pb2.FollowedObject:
        return notice_pb2.FollowedObject(kind=TOPIC, id=object_id or self.followed)

    async def follow(
        self, person: Person, rhythm: following_pb2.Rhythm.ValueType = following_pb2.RHYTHM_NOW, object_id: str = ""
    ) -> following_pb2.Following:
        request = following_service_pb2.PutFollowingRequest(
            object=self.named(object_id),
            rhythm=rhythm,
            title="Neuer Stadtpark",
            path=f"/{self.tenant}/dialoge/stadtpark",
        )
        kept: following_pb2.Following = (await self.followings(person).PutFollowing(request)).following
        return kept

    async def follower(
        self,
        name: str = "anna",
        rhythm: following_pb2.Rhythm.ValueType = following_pb2.RHYTHM_NOW,
        language: str = "de",
    ) -> Person:
        """Somebody who has an address and follows the portal's object."""
        person = self.person(name)
        await self.keep(person, language)
        await self.follow(person, rhythm)
        return person

    async def tell(
        self,
        kind: NoticeKind = NoticeKind.PHASE_ENDED,
        audience: Audience | None = None,
        *,
        notice_id: UUID | None = None,
        event_id: UUID | None = None,
        words: dict[str, str] | None = None,
        **values: Any,
    ) -> UUID:
        """What the consumer does with a notice of the tenant."""
        notice = Notice(
            id=notice_id or uuid4(),
            kind=kind,
            audience=audience or FollowersOf(TOPIC, self.followed),
            path=values.pop("path", f"/{self.tenant}/dialoge/stadtpark"),
            happen_time=self.clock.now(),
            words={"title": "Neuer Stadtpark", "item": "Mehr Bänke"} if words is None else words,
            times={"end": self.clock.now()},
            **values,
        )
        call = Call(ANONYMOUS, self.tenant, self.clock.now(), "event", None)
        async with self.database.unit_of_work(call) as work:
            if await inbox.claim(work, "notification-notices", event_id or uuid4()):
                await hear(work, notice)
        return notice.id

    def delivery(self, *, connections: int = 2, compose: Compose | None = None) -> Delivery:
        server = Server(host=self.mail.host, port=self.mail.port, security="none", timeout_seconds=5.0)
        transport = SmtpTransport(server, connections=connections)
        return Delivery(self.database, transport, compose or self.composer.mail)

    async def deliver(self) -> None:
        """Sends all that is due at the clock's present time, as far as the mail server lets it."""
        delivery = self.delivery()
        while await delivery.step() and not delivery.waits:
            pass

    async def know(self, state: TenantState, *, version: int) -> None:
        """What an event of the tenant service tells."""
        call = Call(ANONYMOUS, self.tenant, datetime.now(UTC), "test", None)
        async with self.database.unit_of_work(call) as work:
            await keep(work, KnownTenant(self.tenant, version, "Stadt Lindental", state, TenantKind.MUNICIPALITY))

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        """Rows as the app role sees them within the tenant."""
        async with self.database.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('civic.tenant', $1, true)", self.tenant)
            rows: list[Any] = await connection.fetch(sql, *arguments)
            return rows

    async def letters(self) -> list[tuple[str, int, str]]:
        """State, attempts and error of the tenant's letters, oldest first."""
        rows = await self.rows(
            "SELECT state, attempts, error FROM letter WHERE tenant_id = $1 ORDER BY create_time, id", self.tenant
        )
        return [tuple(row) for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def database(new_database: Any, clock: FrozenClock) -> AsyncIterator[Database]:
    addresses = await new_database(SCHEMA)
    made = await Database.connect(addresses.app_url, clock=clock)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def portal(database: Database, serve: Any, clock: FrozenClock, mail: MailServer) -> Portal:
    composer = Composer("https://portal.example", "portal@portal.example", "back.portal.example", SECRET)
    service = await serve(servicers(database, composer))
    made = Portal(service, database, clock, f"ort-{uuid4().hex[:12]}", mail, composer)
    await made.know(TenantState.LIVE, version=1)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def neighbour(portal: Portal) -> Portal:
    """Another live tenant of the same service."""
    tenant = f"ort-{uuid4().hex[:12]}"
    made = Portal(portal.service, portal.database, portal.clock, tenant, portal.mail, portal.composer, portal.followed)
    await made.know(TenantState.LIVE, version=1)
    return made
