"""Tenants in the JSON API: lists, texts, logos."""

from pathlib import Path

from civic.tenant.v1 import tenant_service_pb2
from civic_chassis.files import Files

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running


async def test_tenants_are_listed_in_pages_without_asking_twice(gateway: Running) -> None:
    first = await gateway.http.get("/api/v1/tenants?page_size=3")
    assert [item["slug"] for item in first.json()["items"]] == ["hessen", "brueckstadt", "hohenau"]
    second = await gateway.http.get(first.links["next"]["url"])
    assert [item["slug"] for item in second.json()["items"]] == ["lindental"]
    assert second.json()["next_page_token"] is None
    assert second.json()["items"][0]["design"] == {
        "colour": "#1a5276",
        "on_colour": "#ffffff",
        "link_colour": "#1a5276",
        "logo_url": None,
    }
    # The directory read two pages of the service, once.
    assert len(gateway.script.requests("ListTenants")) == 2


async def test_a_tenant_is_shown_with_its_texts(gateway: Running) -> None:
    response = await gateway.http.get("/api/v1/tenants/hohenau")
    assert response.json()["state"] == "suspended"
    assert response.json()["texts"] == {
        "de": {"welcome": "Willkommen", "imprint": "Impressum", "privacy": "", "accessibility": ""}
    }


async def test_a_logo_is_served_without_rights_and_kept_for_ever(run: Run, tmp_path: Path) -> None:
    gateway = await run(files_url=tmp_path.as_uri())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    stored = await Files.open(tmp_path.as_uri()).put(svg)
    town = scripted.tenant("lindental", "Stadt Lindental")
    town.design.logo, town.design.logo_media_type = stored.key, "image/svg+xml"
    gateway.script.answer("ListTenants", tenant_service_pb2.ListTenantsResponse(tenants=[town]))
    address = (await gateway.http.get("/api/v1/tenants")).json()["items"][0]["design"]["logo_url"]
    assert address == "/api/v1/tenants/lindental/logo?v=1"
    logo = await gateway.http.get(address)
    assert (logo.status_code, logo.content, logo.headers["content-type"]) == (200, svg, "image/svg+xml")
    assert logo.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert logo.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert logo.headers["x-content-type-options"] == "nosniff"
    town.design.logo = "0" * 64
    gateway.script.answer("ListTenants", tenant_service_pb2.ListTenantsResponse(tenants=[town]))
    gateway.gateway.changes._forget()
    assert (await gateway.http.get(address)).status_code == 404
