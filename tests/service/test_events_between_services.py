"""Tenant and discussion as processes with one NATS: what one tells, the other acts on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from civic.discussion.v1 import contribution_service_pb2_grpc, topic_pb2, topic_service_pb2, topic_service_pb2_grpc
from civic.discussion.v1.contribution_service_pb2 import CreateContributionRequest
from civic.discussion.v1.discussion_events_pb2 import ContributionCreated, TopicPhaseChanged
from civic_chassis.kernel.clock import FrozenClock, SystemClock
from civic_chassis.kernel.errors import DomainError
from civic_chassis.nats import streams
from civic_chassis.service import Parts, Process, Role, Service, open_parts
from civic_chassis.testing.service import Person
from civic_chassis.testing.waiting import eventually
from civic_discussion import main as discussion
from civic_participation.domain.videos import DEFAULT_HOSTS
from civic_tenant import main as tenant
from civic_tenant.api import tenant_file
from civic_tenant.api.wire import encode
from civic_tenant.application.tenants import TenantLoader
from google.protobuf.timestamp_pb2 import Timestamp

FILE = """
state: hessen
tenants:
  - {slug: lindental, display_name: Lindental, kind: municipality, ags: "06635990", colour: "#1e6b3a", state: STATE}
"""
WORK = frozenset({Role.CONSUMER, Role.RELAY, Role.TIMERS})


def timestamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def running(
    new_database: Any, nats_server: Any, tmp_path: Path
) -> AsyncIterator[Callable[[Service], Awaitable[Parts]]]:
    """`await running(SERVICE)`: the service's background roles in this process."""
    async with AsyncExitStack() as stack:

        async def start(service: Service) -> Parts:
            addresses = await new_database(service.schema)
            settings = service.settings(
                state="hessen",
                database_url=addresses.app_url,
                nats_url=nats_server.url,
                oidc_issuer="http://localhost/realms/hessen",
                files_url=(tmp_path / "files").as_uri(),
            )
            parts = await stack.enter_async_context(open_parts(service, settings, SystemClock()))
            await parts.nats.ready()
            await streams.apply(parts.nats.jetstream, service.streams)
            process = Process(service, parts, roles=WORK)
            await process.start()
            stack.push_async_callback(process.stop)
            return parts

        yield start


async def test_a_tenant_opens_and_closes_dialoge(
    running: Callable[[Service], Awaitable[Parts]], serve: Any, clock: FrozenClock, tmp_path: Path
) -> None:
    clock.move_to(datetime.now(UTC))
    tenants, dialoge = await running(tenant.SERVICE), await running(discussion.SERVICE)
    assert tenants.files is not None
    loader = TenantLoader(tenants.database, tenants.files, encode, DEFAULT_HOSTS)

    async def load(state: str) -> None:
        (tmp_path / "tenants.yaml").write_text(FILE.replace("STATE", state))
        await loader.load(tenant_file.read(tmp_path / "tenants.yaml", state="hessen"))

    await load("live")
    await eventually(lambda: dialoge.database.pool.fetchval("SELECT slug FROM known_tenant WHERE state = 'live'"))

    service = await serve(discussion.servicers(dialoge.database))
    staff = Person(name="meyer", roles=("lindental/admin",))
    topics = service.stub(topic_service_pb2_grpc.TopicServiceStub, caller=staff, tenant="lindental")
    stub = contribution_service_pb2_grpc.ContributionServiceStub
    contributions = service.stub(stub, caller=Person(name="anna"), tenant="lindental")

    received: list[Any] = []
    subscription = await dialoge.nats.client.subscribe("civic.discussion.>", cb=_collect(received))
    draft = topic_service_pb2.TopicDraft(
        texts=topic_pb2.TopicTexts(title="Neugestaltung des Marktplatzes"),
        start_time=timestamp(clock.now()),
        end_time=timestamp(clock.now() + timedelta(days=1)),
    )
    topic = (await topics.CreateTopic(topic_service_pb2.CreateTopicRequest(topic=draft))).topic
    await topics.PublishTopic(topic_service_pb2.PublishTopicRequest(id=topic.id))
    request = CreateContributionRequest(topic_id=topic.id, title="Mehr Bänke", text="Im Schatten.")
    made = (await contributions.CreateContribution(request)).contribution
    await topics.EndTopic(topic_service_pb2.EndTopicRequest(id=topic.id, reason="Fertig."))
    await eventually(lambda: _long_enough(received, 4))
    await subscription.unsubscribe()
    assert [message.subject.removesuffix(".v1.lindental") for message in received] == [
        "civic.discussion.topic.changed",
        "civic.discussion.contribution.created",
        "civic.discussion.topic.changed",
        "civic.discussion.topic.phase_changed",
    ]
    assert ContributionCreated.FromString(received[1].data).contribution_id == made.id
    assert TopicPhaseChanged.FromString(received[3].data).phase == topic_pb2.PHASE_ENDED

    await load("suspended")
    await eventually(lambda: dialoge.database.pool.fetchval("SELECT slug FROM known_tenant WHERE state = 'suspended'"))
    try:
        await contributions.CreateContribution(request)
        reason = ""
    except DomainError as error:
        reason = error.reason
    assert reason == "TENANT_SUSPENDED"


def _collect(received: list[Any]) -> Callable[[Any], Awaitable[None]]:
    async def take(message: Any) -> None:
        received.append(message)

    return take


async def _long_enough(received: list[Any], size: int) -> bool:
    return len(received) >= size
