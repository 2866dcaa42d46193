"""Leichte Sprache and German Sign Language: linked where they are, named to staff where they are missing."""

from civic.tenant.v1 import tenant_pb2, tenant_service_pb2
from civic_gateway.features.tenants.plain import lacking, offered

from tests.gateway import scripted
from tests.gateway.conftest import Running

VIDEO = "https://video.example/dgs"
PLAIN = tenant_pb2.Plain(
    content=tenant_pb2.PlainPart(text="Hier reden **Sie** mit.\n\n<script>x</script>"),
    further=tenant_pb2.PlainPart(video=VIDEO),
)


async def test_parts_that_are_there_are_shown_and_linked_from_every_page(gateway: Running) -> None:
    tenant = scripted.tenant("lindental", "Stadt Lindental")
    tenant.plain.CopyFrom(PLAIN)
    others = [each for each in scripted.TENANTS if each.slug != "lindental"]
    gateway.script.answer("ListTenants", tenant_service_pb2.ListTenantsResponse(tenants=[*others, tenant]))
    gateway.script.answer("GetTenant", tenant_service_pb2.GetTenantResponse(tenant=tenant))
    easy = (await gateway.http.get("/lindental/leichte-sprache")).text
    assert "<p>Hier reden <strong>Sie</strong> mit.</p>" in easy
    assert "<script>x" not in easy
    assert 'id="navigation"' not in easy
    # In the head and at the foot.
    assert easy.count('href="/lindental/gebaerdensprache"') == 2
    signed = (await gateway.http.get("/lindental/gebaerdensprache")).text
    assert f'href="{VIDEO}" rel="noopener noreferrer external"' in signed
    assert 'id="content"' not in signed
    state = await gateway.http.get("/leichte-sprache")
    assert state.status_code == 200


def test_staff_is_told_what_is_missing() -> None:
    tenant = tenant_pb2.Tenant(plain=PLAIN)
    assert offered(tenant) == [("leichte-sprache", "easy"), ("gebaerdensprache", "signed")]
    assert lacking(tenant) == [
        *(("easy", part) for part in ("navigation", "accessibility", "further")),
        *(("signed", part) for part in ("content", "navigation", "accessibility")),
    ]
    assert offered(None) == []
    assert len(lacking(None)) == 8
