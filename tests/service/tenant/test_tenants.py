"""Reading tenants through gRPC, as anybody."""

from datetime import timedelta
from typing import Any

import pytest
from civic.tenant.v1 import tenant_pb2
from civic.tenant.v1.tenant_service_pb2 import GetTenantRequest, ListTenantsRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person

from tests.service.tenant.conftest import State

ONE = """
state: hessen
tenants:
  - slug: lindental
    display_name: Stadt Lindental
    kind: municipality
    ags: "06635990"
    colour: "#1e6b3a"
    contact: {address: "Marktplatz 1\\n36990 Lindental", phone: 069 90009-210, email: rathaus@lindental.example}
    texts:
      de: {welcome: "Willkommen **hier**.", imprint: Impressum, privacy: Datenschutz, accessibility: Barrierefreiheit}
      en: {welcome: Welcome}
"""


def entry(slug: str, name: str, *, kind: str = "municipality", ags: str = "06635990", state: str = "live") -> str:
    return (
        f"  - {{slug: {slug}, display_name: {name}, kind: {kind}, ags: '{ags}', state: {state}, colour: '#1e6b3a'}}\n"
    )


async def test_GetTenant_tells_everything_to_everybody(state: State) -> None:
    await state.load(ONE)
    for caller in (None, Person(name="anna"), Person(name="meyer", roles=("hohenau/admin",))):
        answer = await state.stub(caller=caller).GetTenant(GetTenantRequest(slug="lindental"))
        assert answer.tenant == tenant_pb2.Tenant(
            name="tenants/lindental",
            slug="lindental",
            etag="1",
            create_time=answer.tenant.create_time,
            update_time=answer.tenant.create_time,
            display_name="Stadt Lindental",
            kind=tenant_pb2.TENANT_KIND_MUNICIPALITY,
            state=tenant_pb2.TENANT_STATE_LIVE,
            ags="06635990",
            design=tenant_pb2.Design(colour="#1e6b3a", on_colour="#ffffff", link_colour="#1e6b3a"),
            texts={
                "de": tenant_pb2.TenantTexts(
                    welcome="Willkommen **hier**.",
                    imprint="Impressum",
                    privacy="Datenschutz",
                    accessibility="Barrierefreiheit",
                ),
                "en": tenant_pb2.TenantTexts(welcome="Welcome"),
            },
            contact=tenant_pb2.Contact(
                address="Marktplatz 1\n36990 Lindental", phone="069 90009-210", email="rathaus@lindental.example"
            ),
        )
        assert answer.tenant.create_time.ToDatetime() == state.clock.now().replace(tzinfo=None)


@pytest.mark.parametrize("slug", ["", "nirgendwo", "LINDENTAL", "a" * 100_000, "x\u0000y", "'; DROP TABLE tenant; --"])
async def test_an_unknown_tenant_is_not_found(state: State, slug: Any) -> None:
    await state.load(ONE)
    with pytest.raises(DomainError) as refused:
        await state.stub().GetTenant(GetTenantRequest(slug=slug))
    assert (refused.value.kind, refused.value.reason) == (Kind.NOT_FOUND, "TENANT_NOT_FOUND")


async def test_ListTenants_puts_the_state_first_then_names_as_dictionaries_do(state: State) -> None:
    await state.load(
        "state: hessen\ntenants:\n"
        + entry("zell", "Zell")
        + entry("oestrich", "Östrich")
        + entry("ober", "Ober-Au")
        + entry("ostheim", "ostheim")
        + entry("hessen", "Zentrale Hessen", kind="state", ags="06")
        + entry("pausiert", "Pausiert", state="suspended")
        + entry("weg", "Aufgelöst", state="closed")
    )
    answer = await state.stub().ListTenants(ListTenantsRequest())
    assert [tenant.slug for tenant in answer.tenants] == ["hessen", "ober", "ostheim", "oestrich", "pausiert", "zell"]
    assert answer.next_page_token == ""


async def test_ListTenants_leaves_texts_out(state: State) -> None:
    await state.load(ONE)
    answer = await state.stub().ListTenants(ListTenantsRequest())
    assert [(tenant.slug, dict(tenant.texts)) for tenant in answer.tenants] == [("lindental", {})]
    assert answer.tenants[0].contact.phone == "069 90009-210"


async def test_pages_hold_each_tenant_once(state: State) -> None:
    names = [f"Gemeinde {number:02}" for number in range(25)]
    await state.load("state: hessen\ntenants:\n" + "".join(entry(f"g-{n:02}", name) for n, name in enumerate(names)))
    seen, token = [], ""
    for _ in range(3):
        answer = await state.stub().ListTenants(ListTenantsRequest(page_size=10, page_token=token))
        seen.append([tenant.display_name for tenant in answer.tenants])
        token = answer.next_page_token
    assert seen == [names[:10], names[10:20], names[20:]]
    assert token == ""
    assert len((await state.stub().ListTenants(ListTenantsRequest())).tenants) == 20


@pytest.mark.parametrize("page_size", [-1, 101, 1_000_000_000])
async def test_a_page_size_out_of_range_is_refused(state: State, page_size: Any) -> None:
    with pytest.raises(DomainError) as refused:
        await state.stub().ListTenants(ListTenantsRequest(page_size=page_size))
    assert [(v.field, v.reason, v.metadata) for v in refused.value.violations] == [
        ("page_size", "OUT_OF_RANGE", {"min": "0", "max": "100"})
    ]


@pytest.mark.parametrize("token", ["x", "AAAA", "ö", "A" * 10_000])
async def test_a_token_of_nowhere_is_refused(state: State, token: Any) -> None:
    with pytest.raises(DomainError) as refused:
        await state.stub().ListTenants(ListTenantsRequest(page_token=token))
    assert (refused.value.kind, refused.value.reason) == (Kind.INVALID, "PAGE_TOKEN_INVALID")


async def test_a_closed_tenant_is_still_told_by_its_name(state: State) -> None:
    await state.load("state: hessen\ntenants:\n" + entry("weg", "Aufgelöst", state="closed"))
    assert (await state.get("weg")).state == tenant_pb2.TENANT_STATE_CLOSED


async def test_a_change_moves_version_and_time(state: State) -> None:
    await state.load(ONE)
    before = await state.get("lindental")
    state.clock.advance(timedelta(minutes=1))
    await state.load(ONE.replace("Stadt Lindental", "Kurstadt Lindental"))
    after = await state.get("lindental")
    assert (before.etag, after.etag) == ("1", "2")
    assert after.create_time == before.create_time
    assert after.update_time.ToDatetime() - before.update_time.ToDatetime() == timedelta(minutes=1)
    assert after.display_name == "Kurstadt Lindental"
