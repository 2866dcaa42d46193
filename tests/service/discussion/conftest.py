"""The discussion service behind a real port, and shorthands for people who use it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from civic.common.v1 import moderation_service_pb2_grpc
from civic.discussion.v1 import (
    attachment_service_pb2_grpc,
    comment_service_pb2,
    comment_service_pb2_grpc,
    contribution_pb2,
    contribution_service_pb2,
    contribution_service_pb2_grpc,
    desk_service_pb2_grpc,
    export_service_pb2_grpc,
    invitation_service_pb2,
    invitation_service_pb2_grpc,
    object_pb2,
    object_service_pb2,
    object_service_pb2_grpc,
    statistics_service_pb2_grpc,
    topic_pb2,
    topic_service_pb2,
    topic_service_pb2_grpc,
)
from civic_chassis.db import Database
from civic_chassis.files import Files
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.objects import Objects
from civic_chassis.testing.service import Person, ServiceUnderTest, Stub
from civic_chassis.testing.waiting import eventually
from civic_discussion.main import SCHEMA, servicers
from civic_participation.domain.moderation_settings import DEFAULTS, Rule
from civic_participation.store.moderation_settings import change_settings, stored_settings
from civic_participation.tenants import KnownTenant, TenantKind, TenantState, keep
from google.protobuf.timestamp_pb2 import Timestamp

ANNA = Person(name="anna")
BORA = Person(name="bora")
CLARA = Person(name="clara")
# An id that nothing has.
NOWHERE = "01a20000-0000-7000-8000-000000000000"


def timestamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made


@dataclass(slots=True)
class Portal:
    """One tenant's Dialoge. Stubs carry a token of the clock's present time."""

    service: ServiceUnderTest
    database: Database
    clock: FrozenClock
    tenant: str
    files: Objects
    titles: int = field(default=0)

    @property
    def admin(self) -> Person:
        return Person(name="meyer", roles=(f"{self.tenant}/admin",))

    @property
    def editor(self) -> Person:
        return Person(name="schulze", roles=(f"{self.tenant}/editor",))

    @property
    def moderator(self) -> Person:
        return Person(name="okafor", roles=(f"{self.tenant}/moderator",))

    def topics(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        return self.service.stub(topic_service_pb2_grpc.TopicServiceStub, caller=caller, tenant=self._tenant(tenant))

    def contributions(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        stub = contribution_service_pb2_grpc.ContributionServiceStub
        return self.service.stub(stub, caller=caller, tenant=self._tenant(tenant))

    def comments(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        stub = comment_service_pb2_grpc.CommentServiceStub
        return self.service.stub(stub, caller=caller, tenant=self._tenant(tenant))

    def exports(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        return self.service.stub(export_service_pb2_grpc.ExportServiceStub, caller=caller, tenant=self._tenant(tenant))

    def statistics(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        stub = statistics_service_pb2_grpc.StatisticsServiceStub
        return self.service.stub(stub, caller=caller, tenant=self._tenant(tenant))

    def moderation(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        stub = moderation_service_pb2_grpc.ModerationServiceStub
        return self.service.stub(stub, caller=caller, tenant=self._tenant(tenant))

    def desk(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        return self.service.stub(desk_service_pb2_grpc.DeskServiceStub, caller=caller, tenant=self._tenant(tenant))

    def invitations(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        stub = invitation_service_pb2_grpc.InvitationServiceStub
        return self.service.stub(stub, caller=caller, tenant=self._tenant(tenant))

    async def invite(self, topic_id: str, *invitees: str) -> list[str]:
        """The tokens of new invitations."""
        request = invitation_service_pb2.PutInvitationsRequest(topic_id=topic_id, invitee_ids=invitees)
        answer = await self.invitations(self.editor).PutInvitations(request)
        return [each.token for each in answer.tokens]

    async def join(self, topic_id: str, *members: Person) -> None:
        """Makes them members of a closed topic."""
        tokens = await self.invite(topic_id, *(str(uuid4()) for _ in members))
        for member, token in zip(members, tokens, strict=True):
            await self.invitations(member).AcceptInvitation(invitation_service_pb2.AcceptInvitationRequest(token=token))

    def objects(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        return self.service.stub(object_service_pb2_grpc.ObjectServiceStub, caller=caller, tenant=self._tenant(tenant))

    async def put_object(
        self, topic_id: str, key: str, *, etag: str = "", note: str = "", validate_only: bool = False, **values: Any
    ) -> object_pb2.Object:
        """An object of staff; without values a text of two sections."""
        if not values:
            values = {"text": object_pb2.TextContent(markdown="# Eins\n\nErster Text.\n\n# Zwei\n\nZweiter Text.")}
        name = next(name for name in ("text", "document", "image", "map", "video") if name in values)
        shown: dict[str, Any] = {
            "kind": object_pb2.ObjectKind.Value(f"OBJECT_KIND_{name.upper()}"),
            "title": "Entwurf",
        }
        request = object_service_pb2.PutObjectRequest(
            topic_id=topic_id,
            id=key,
            etag=etag,
            note=note,
            validate_only=validate_only,
            object=object_pb2.Object(**(shown | values)),
        )
        answer = await self.objects(self.editor).PutObject(request)
        found: object_pb2.Object = answer.object
        return found

    async def get_object(
        self, topic_id: str, key: str, caller: Person | None = None, *, version: int = 0
    ) -> object_pb2.Object:
        request = object_service_pb2.GetObjectRequest(topic_id=topic_id, id=key, version=version)
        answer = await self.objects(caller).GetObject(request)
        found: object_pb2.Object = answer.object
        return found

    def attachments(self, caller: Person | None = None, *, tenant: str | None = "") -> Stub:
        stub = attachment_service_pb2_grpc.AttachmentServiceStub
        return self.service.stub(stub, caller=caller, tenant=self._tenant(tenant))

    def draft(self, **changes: Any) -> topic_service_pb2.TopicDraft:
        """A valid draft that runs from an hour ago for ten days."""
        now = self.clock.now()
        self.titles += 1
        values: dict[str, Any] = {
            "texts": topic_pb2.TopicTexts(
                title=f"Neugestaltung des Marktplatzes {self.titles}",
                teaser="Was soll bleiben, was soll anders werden?",
                text="Der **Marktplatz** wird umgebaut.",
            ),
            "start_time": timestamp(now - timedelta(hours=1)),
            "end_time": timestamp(now + timedelta(days=10)),
            "names_public": True,
        }
        return topic_service_pb2.TopicDraft(**(values | changes))

    async def add_draft(self, **changes: Any) -> topic_pb2.Topic:
        request = topic_service_pb2.CreateTopicRequest(topic=self.draft(**changes))
        answer = await self.topics(self.admin).CreateTopic(request)
        found: topic_pb2.Topic = answer.topic
        return found

    async def add_topic(self, **changes: Any) -> topic_pb2.Topic:
        """A published topic."""
        made = await self.add_draft(**changes)
        request = topic_service_pb2.PublishTopicRequest(id=made.id)
        answer = await self.topics(self.admin).PublishTopic(request)
        found: topic_pb2.Topic = answer.topic
        return found

    async def get_topic(self, topic_id: str, caller: Person | None = None) -> topic_pb2.Topic:
        request = topic_service_pb2.GetTopicRequest(id=topic_id)
        answer = await self.topics(caller).GetTopic(request)
        found: topic_pb2.Topic = answer.topic
        return found

    async def contribute(
        self,
        topic_id: str,
        caller: Person = ANNA,
        *,
        title: str = "Mehr Bänke",
        text: str = "Im Schatten.",
        key: str = "",
        **fields: Any,
    ) -> contribution_pb2.Contribution:
        request = contribution_service_pb2.CreateContributionRequest(
            topic_id=topic_id, title=title, text=text, request_id=key, **fields
        )
        answer = await self.contributions(caller).CreateContribution(request)
        found: contribution_pb2.Contribution = answer.contribution
        return found

    async def get_contribution(
        self, contribution_id: str, caller: Person | None = None
    ) -> contribution_pb2.Contribution:
        request = contribution_service_pb2.GetContributionRequest(id=contribution_id)
        answer = await self.contributions(caller).GetContribution(request)
        found: contribution_pb2.Contribution = answer.contribution
        return found

    async def comment(
        self, contribution_id: str, caller: Person = BORA, *, text: str = "Gute Idee.", parent: str = "", key: str = ""
    ) -> contribution_pb2.Comment:
        request = comment_service_pb2.CreateCommentRequest(
            contribution_id=contribution_id, parent_id=parent, text=text, request_id=key
        )
        answer = await self.comments(caller).CreateComment(request)
        found: contribution_pb2.Comment = answer.comment
        return found

    async def rate(
        self, contribution_id: str, caller: Person, value: "contribution_pb2.RatingValue.ValueType"
    ) -> contribution_service_pb2.SetRatingResponse:
        request = contribution_service_pb2.SetRatingRequest(contribution_id=contribution_id, value=value)
        answer: contribution_service_pb2.SetRatingResponse = await self.contributions(caller).SetRating(request)
        return answer

    async def know(self, state: TenantState, *, version: int) -> None:
        """What an event of the tenant service tells."""
        call = Call(ANONYMOUS, self.tenant, datetime.now(UTC), "test", None)
        async with self.database.unit_of_work(call) as work:
            known = KnownTenant(self.tenant, version, self.tenant.title(), state, TenantKind.MUNICIPALITY)
            await keep(work, known)

    async def hold(self, *rules: Rule, **changes: Any) -> None:
        """Lets these rules alone hold texts back. The clock of most tests stands still: all is said in one minute."""
        call = Call(ANONYMOUS, self.tenant, datetime.now(UTC), "test", None)
        async with self.database.unit_of_work(call) as work:
            before = (await stored_settings(work)).row_version
            await change_settings(work, replace(DEFAULTS, row_version=before + 1, rules=frozenset(rules), **changes))

    async def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """Rows as the app role sees them within the tenant."""
        async with self.database.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('civic.tenant', $1, true)", self.tenant)
            found: list[Any] = await connection.fetch(sql, *arguments)
            return found

    async def wait_for_locks(self, number: int) -> None:
        """Until so many statements wait for rows that somebody else holds."""

        async def all_wait() -> bool:
            sql = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            return len(await self.rows(sql)) == number

        await eventually(all_wait)

    def beside(self, tenant: str) -> "Portal":
        return Portal(self.service, self.database, self.clock, tenant, self.files)

    def _tenant(self, tenant: str | None) -> str | None:
        return self.tenant if tenant == "" else tenant


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def connected(worker_database: Any) -> AsyncIterator[Database]:
    """One pool for all tests: its connections know the statements already."""
    made = await Database.connect((await worker_database(SCHEMA)).app_url)
    yield made
    await made.close()


@pytest.fixture
def database(connected: Database, clock: FrozenClock) -> Database:
    return Database(connected.pool, url=connected.url, clock=clock)


@pytest_asyncio.fixture(loop_scope="session")
async def portal(database: Database, serve: Any, clock: FrozenClock, tmp_path: Path) -> Portal:
    """A live tenant of its own for each test."""
    objects = Files.open((tmp_path / "files").as_uri()).objects
    service = await serve(servicers(database, objects=objects))
    made = Portal(service, database, clock, f"ort-{uuid4().hex[:12]}", objects)
    await made.know(TenantState.LIVE, version=1)
    await made.hold()
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def neighbour(portal: Portal) -> Portal:
    """Another live tenant of the same service."""
    made = portal.beside(f"ort-{uuid4().hex[:12]}")
    await made.know(TenantState.LIVE, version=1)
    await made.hold()
    return made


@pytest.fixture
def people() -> tuple[Person, Person, Person]:
    return ANNA, BORA, CLARA
