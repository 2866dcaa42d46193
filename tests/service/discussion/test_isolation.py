"""Every method as nobody, as a citizen, as staff of another tenant, and in another tenant."""

from importlib import import_module
from pkgutil import iter_modules

import asyncpg
import pytest
from civic.common.v1 import moderation_service_pb2
from civic.discussion import v1
from civic.discussion.v1.contribution_service_pb2 import (
    ListMyParticipationRequest,
)
from civic.discussion.v1.topic_service_pb2 import (
    ListStateTopicsRequest,
)
from civic_chassis.db.tenancy import Tenancy, tenancy_of
from civic_chassis.kernel.errors import Kind
from civic_chassis.testing.service import Person
from civic_discussion.store.tables import metadata

from tests.service.discussion.conftest import ANNA, Portal
from tests.service.discussion.methods import METHODS, Method, ask, refusal, snapshot, things_of

# What another tenant answers about itself, whatever ids are sent.
OF_ITSELF = (
    "ListTopics",
    "CreateTopic",
    "FindSimilarContributions",
    "ListCases",
    "GetModerationSettings",
    "ListDeskContributions",
    "GetDesk",
    "ListModerationLog",
    "GetModerationPolicy",
)
MISSING = {
    "invitation": "INVITATION_NOT_FOUND",
    "file": "FILE_NOT_FOUND",
    "topic": "TOPIC_NOT_FOUND",
    "contribution": "CONTRIBUTION_NOT_FOUND",
}


def test_every_method_is_here() -> None:
    modules = [each.name for each in iter_modules(v1.__path__) if each.name.endswith("_service_pb2")]
    files = [import_module(f"civic.discussion.v1.{name}") for name in modules]
    files.append(moderation_service_pb2)
    services = [service for file in files for service in file.DESCRIPTOR.services_by_name.values()]
    names = {method.name for service in services for method in service.methods}
    assert {method.name for method in METHODS} | {"ListStateTopics", "ListMyParticipation"} == names


async def test_as_nobody(portal: Portal) -> None:
    things = await things_of(portal)
    before = await snapshot(portal)
    for method in METHODS:
        if method.level == "public":
            await ask(portal, method, things, None)
        elif method.level != "reader":
            error = await refusal(ask(portal, method, things, None))
            assert (method.name, error.kind, error.reason) == (method.name, Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED")
        assert await snapshot(portal) == before, method.name


async def test_staff_methods_as_others(portal: Portal, neighbour: Portal) -> None:
    things = await things_of(portal)
    before = await snapshot(portal)
    for method in METHODS:
        if method.level not in ("staff", "moderator"):
            continue
        for stranger in strangers_to(method, portal, neighbour):
            error = await refusal(ask(portal, method, things, stranger))
            assert (method.name, error.kind, error.reason) == (method.name, Kind.FORBIDDEN, "ROLE_REQUIRED")
        assert await snapshot(portal) == before, method.name


def strangers_to(method: Method, portal: Portal, neighbour: Portal) -> list[Person]:
    return [
        ANNA,
        # A role that the method leaves out; where it takes every role, that of a neighbour alone.
        portal.moderator
        if method.level == "staff" and "moderator" not in method.roles
        else portal.editor
        if method.level == "moderator"
        else neighbour.moderator,
        neighbour.admin,
        neighbour.editor,
        Person(name="land", realm_roles=("state-admin",)),
        Person(name="kkv", realm_roles=("competence-centre",)),
        Person(name="schlau", roles=(f"{portal.tenant}/admin/x", f"x/{portal.tenant}/admin", f"{portal.tenant}/")),
    ]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
async def test_in_another_tenant_nothing_of_this_one_exists(portal: Portal, neighbour: Portal, method: Method) -> None:
    """The ids are right, the tenant of the call is another one, and the caller is its admin and the author."""
    things = await things_of(portal)
    before = await snapshot(portal)
    caller = Person(name="anna", roles=(f"{neighbour.tenant}/admin",))
    call = ask(portal, method, things, caller, neighbour.tenant)
    if method.name in OF_ITSELF:
        answer = await call
        told = [
            name for name in ("topics", "contributions", "cases", "entries") if name in answer.DESCRIPTOR.fields_by_name
        ]
        assert [list(getattr(answer, name)) for name in told] in ([], [[]])
    elif method.name == "GetTenantStatistics":
        answer = await call
        assert (answer.topic_count, answer.statistics.totals.contributions) == (0, 0)
    elif method.name == "UpdateModerationSettings":
        assert (await refusal(call)).reason == "INVALID_ARGUMENT"
    elif method.stub == "moderation":
        error = await refusal(call)
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "CASE_NOT_FOUND")
    elif method.name == "ListAttachmentGaps":
        assert list((await call).gaps) == []
    else:
        error = await refusal(call)
        named = (
            "file"
            if method.stub == "attachments"
            else "invitation"
            if method.name in ("RevokeInvitation", "GetInvitation", "AcceptInvitation")
            else "topic"
            if method.stub in ("topics", "objects")
            or (
                "topic_id" in (fields := method.request(portal, things).DESCRIPTOR.fields_by_name)
                and "id" not in fields
            )
            else "contribution"
        )
        missing = "OBJECT_NOT_FOUND" if method.name in ("GetObject", "CompareObject") else MISSING[named]
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, missing)
    assert await snapshot(portal) == before


@pytest.mark.parametrize("tenant", [None, "GROSS", "a b", "x" * 41, "-x-"])
async def test_without_a_tenant_nothing_happens(portal: Portal, tenant: str | None) -> None:
    things = await things_of(portal)
    for method in METHODS:
        error = await refusal(ask(portal, method, things, portal.admin, tenant))
        assert (method.name, error.kind, error.reason) == (method.name, Kind.INVALID, "TENANT_REQUIRED")


async def test_state_wide_methods_need_no_tenant_and_show_public_things_alone(portal: Portal) -> None:
    things = await things_of(portal)
    answer = await portal.topics(tenant=None).ListStateTopics(ListStateTopicsRequest(tenant=portal.tenant))
    assert [topic.id for topic in answer.topics] == [things.topic]
    stranger = portal.contributions(Person(name="fremd"), tenant=None)
    answer = await stranger.ListMyParticipation(ListMyParticipationRequest())
    assert list(answer.participation) == []


async def test_the_app_role_sees_nothing_without_a_tenant(portal: Portal) -> None:
    await things_of(portal)
    for table in metadata.sorted_tables:
        tenancy = tenancy_of(table)
        if tenancy is Tenancy.STATE_WIDE:
            continue
        for setting in (None, ""):
            async with portal.database.pool.acquire() as connection, connection.transaction():
                if setting is not None:
                    await connection.execute(f"SET LOCAL civic.{tenancy.value} = ''")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.fetch(f'SELECT * FROM "{table.name}"')


async def test_the_app_role_writes_for_its_tenant_alone(portal: Portal, neighbour: Portal) -> None:
    things = await things_of(portal)
    async with portal.database.pool.acquire() as connection:
        for sql in (
            "INSERT INTO rating (tenant_id, contribution_id, subject, value, update_time)"
            " VALUES ($1, gen_random_uuid(), 'x', 'for', now())",
            "UPDATE contribution SET tenant_id = $1",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await connection.execute("SELECT set_config('civic.tenant', $1, true)", portal.tenant)
                    await connection.execute(sql, neighbour.tenant)
        async with connection.transaction():
            await connection.execute("SELECT set_config('civic.tenant', $1, true)", neighbour.tenant)
            assert await connection.execute("UPDATE contribution SET title = 'x'") == "UPDATE 0"
            assert await connection.execute("DELETE FROM rating") == "DELETE 0"
    assert (await portal.get_contribution(things.contribution)).title == "Mehr Bänke"
