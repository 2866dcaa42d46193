"""Leichte Sprache and German Sign Language as a tenant's staff writes them."""

from typing import Any

import pytest
from civic.tenant.v1 import tenant_pb2
from civic.tenant.v1.tenant_events_pb2 import TenantChanged
from civic.tenant.v1.tenant_service_pb2 import UpdatePlainRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person

from tests.service.tenant.conftest import State

ADMIN = Person(name="keller", roles=("lindental/admin",))
EDITOR = Person(name="meyer", roles=("lindental/editor", "lindental/moderator"))
NEIGHBOUR = Person(name="lang", roles=("hohenau/admin",))
VIDEO = "https://video.example/dgs?id=1"


def file(state: str = "live", text: str = "Aus der Datei.", *, colour: str = "#1e6b3a") -> str:
    return (
        "state: hessen\ntenants:\n"
        f"  - {{slug: lindental, display_name: Lindental, kind: municipality, ags: '06635990', state: {state},"
        f" colour: '{colour}', plain: {{content: {{text: '{text}'}}}}}}\n"
    )


def plain(**parts: tuple[str, str]) -> tenant_pb2.Plain:
    return tenant_pb2.Plain(**{name: tenant_pb2.PlainPart(text=t, video=v) for name, (t, v) in parts.items()})


async def update(state: State, given: tenant_pb2.Plain, *, etag: str = "1", caller: Person | None = ADMIN) -> Any:
    stub = state.stub(caller=caller, tenant="lindental")
    return (await stub.UpdatePlain(UpdatePlainRequest(etag=etag, plain=given))).tenant


async def refusal(state: State, given: tenant_pb2.Plain, **how: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await update(state, given, **how)
    return caught.value


async def test_UpdatePlain_replaces_all_parts_and_a_load_leaves_them_alone(state: State) -> None:
    await state.load(file())
    changed = await update(state, plain(content=(" Hier **reden** Sie mit. ", ""), further=("", f" {VIDEO} ")))
    wanted = plain(content=("Hier **reden** Sie mit.", ""), further=("", VIDEO))
    assert (changed.etag, changed.plain) == ("2", wanted)
    told = TenantChanged.FromString((await state.outbox())[-1]["payload"])
    assert (told.slug, told.version) == ("lindental", 2)
    async with state.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('civic.tenant', 'lindental', true)")
        audit = await connection.fetch("SELECT action, resource_id FROM audit ORDER BY id")
    assert [tuple(row) for row in audit] == [("tenant.load", "lindental"), ("tenant.update_plain", "lindental")]
    assert (await state.load(file(text="Neu in der Datei."))).unchanged == ["lindental"]
    assert (await state.load(file(colour="#1a5276"))).changed == ["lindental"]
    assert (await state.get("lindental")).plain == wanted
    # The same once more is no new version; nothing at all is a decision too.
    assert (await update(state, wanted, etag="3")).etag == "3"
    assert not (await update(state, tenant_pb2.Plain(), etag="3")).HasField("plain")
    assert (await state.load(file())).changed == ["lindental"]
    assert not (await state.get("lindental")).HasField("plain")


async def test_of_two_administrators_the_second_looks_again(state: State) -> None:
    await state.load(file())
    for etag, reason in (("", "ETAG_REQUIRED"), ("7", "ETAG_MISMATCH")):
        refused = await refusal(state, plain(content=("Neu.", "")), etag=etag)
        assert (refused.kind, refused.reason) == (Kind.VERSION, reason)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/dgs",
        "http://video.example/dgs",
        "https://video.example@evil.example/",
        "https://video.example:8443/",
        "https://sub.video.example/",
        "javascript:alert(1)",
        "https://video.example/a b",
        "https://[video.example/",
    ],
)
async def test_a_video_elsewhere_is_refused_naming_the_hosts(state: State, address: str) -> None:
    await state.load(file())
    refused = await refusal(state, plain(navigation=("Text.", address)))
    assert [(each.field, each.reason, dict(each.metadata)) for each in refused.violations] == [
        ("plain.navigation.video", "NOT_ALLOWED", {"allowed": "dgs.example, video.example"})
    ]
    with pytest.raises(DomainError) as caught:
        await state.load(file().replace("text: 'Aus der Datei.'", f"video: '{address}'"))
    assert caught.value.violations[0].field == "tenants[0].plain.content.video"
    assert (await state.get("lindental")).plain == plain(content=("Aus der Datei.", ""))


async def test_what_is_too_long_is_refused_by_name(state: State) -> None:
    await state.load(file())
    refused = await refusal(
        state, plain(content=("x" * 50_001, ""), further=("", f"https://video.example/{'x' * 500}"))
    )
    found = [(each.field, each.reason, each.metadata["max"]) for each in refused.violations]
    assert found == [("plain.content.text", "TOO_LONG", "50000"), ("plain.further.video", "TOO_LONG", "500")]


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        (None, "SIGN_IN_REQUIRED"),
        (Person(name="anna"), "ROLE_REQUIRED"),
        (EDITOR, "ROLE_REQUIRED"),
        (NEIGHBOUR, "ROLE_REQUIRED"),
    ],
)
async def test_nobody_but_administrators_of_the_tenant_changes_it(
    state: State, caller: Person | None, reason: str
) -> None:
    await state.load(file())
    assert (await refusal(state, plain(), caller=caller)).reason == reason
    assert (await state.get("lindental")).etag == "1"


@pytest.mark.parametrize(("standing", "reason"), [("suspended", "TENANT_SUSPENDED"), ("closed", "TENANT_CLOSED")])
async def test_a_tenant_that_takes_no_part_is_not_changed(state: State, standing: str, reason: str) -> None:
    await state.load(file(standing))
    assert (await refusal(state, plain())).reason == reason
    stub = state.stub(caller=NEIGHBOUR, tenant="hohenau")
    with pytest.raises(DomainError) as caught:
        await stub.UpdatePlain(UpdatePlainRequest(etag="1"))
    assert caught.value.reason == "TENANT_NOT_FOUND"
