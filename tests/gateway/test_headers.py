"""Headers of every answer, probes, and the description of the API."""

import pytest
from civic.discussion.v1 import topic_service_pb2

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

TOPIC = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}"


@pytest.mark.parametrize("address", [TOPIC, "/api/v1/nothing", "/api/openapi.json"])
async def test_every_answer_carries_the_security_headers(gateway: Running, address: str) -> None:
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    for _ in range(2):
        headers = (await gateway.http.get(address)).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"].startswith("'self' http://127.0.0.1:")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "geolocation=()" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert "server" not in headers


async def test_behind_tls_browsers_are_told_to_stay_there(run: Run) -> None:
    gateway = await run(public_url="https://beteiligung.example")
    headers = (await gateway.http.get("/api/v1/nothing")).headers
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_the_probes_tell_alive_from_ready(gateway: Running) -> None:
    assert (await gateway.http.get("/healthz")).json()["status"] == "ok"
    ready = await gateway.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.json()["parts"]["events"]) == (200, "ok", "ok")
    gateway.gateway.probes.draining = True
    assert (await gateway.http.get("/healthz")).status_code == 200
    assert (await gateway.http.get("/readyz")).status_code == 503


async def test_the_description_names_every_address_of_the_contract(gateway: Running) -> None:
    document = (await gateway.http.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in document["paths"].items()
        for method in methods
    } == {
        "GET /tenants",
        "GET /tenants/{tenant}",
        "GET /tenants/{tenant}/logo",
        "POST /{tenant}/files",
        "GET /{tenant}/files/{file}",
        "PATCH /{tenant}/files/{file}",
        "DELETE /{tenant}/files/{file}",
        "GET /{tenant}/files/{file}/content",
        "GET /{tenant}/files/{file}/thumbnails/{thumbnail}",
        "POST /{tenant}/files/tus",
        "GET /{tenant}/files/tus/{file}",
        "PATCH /{tenant}/files/tus/{file}",
        "DELETE /{tenant}/files/tus/{file}",
        "GET /topics",
        "GET /{tenant}/discussion/topics/{topic}/objects",
        "POST /{tenant}/discussion/topics/{topic}/objects:reorder",
        "GET /{tenant}/discussion/topics/{topic}/objects/{object}",
        "PUT /{tenant}/discussion/topics/{topic}/objects/{object}",
        "DELETE /{tenant}/discussion/topics/{topic}/objects/{object}",
        "GET /{tenant}/discussion/topics/{topic}/objects/{object}/captions/{language}",
        "GET /{tenant}/discussion/topics/{topic}/objects/{object}/comparison",
        "GET /{tenant}/discussion/topics/{topic}/similar",
        "PUT /{tenant}/discussion/topics/{topic}/outcome",
        "GET /{tenant}/discussion/contributions/{contribution}/versions",
        "POST /{tenant}/discussion/contributions/{contribution}:withdraw",
        "POST /{tenant}/discussion/contributions/{contribution}:answer",
        "POST /{tenant}/discussion/contributions/{contribution}:merge",
        "POST /{tenant}/discussion/contributions/{contribution}:split",
        "POST /{tenant}/discussion/contributions/{contribution}:move",
        "GET /catalog/offers",
        "GET /catalog/map",
        "GET /me/participation",
        "GET /me/contributions",
        "GET /me/followings",
        "GET /{tenant}/discussion/topics/{topic}/invitations",
        "POST /{tenant}/discussion/topics/{topic}/invitations",
        "POST /{tenant}/discussion/invitations/{invitation}:revoke",
        "GET /{tenant}/discussion/invitations/{token}",
        "POST /{tenant}/discussion/invitations/{token}:accept",
        "POST /catalog/subscriptions",
        "PUT /me/subscriptions/{subscription}",
        "DELETE /me/subscriptions/{subscription}",
        "GET /me/preferences",
        "PUT /me/preferences/{kind}",
        "GET /me/recipient",
        "POST /me/recipient:retry",
        "GET /{tenant}/discussion/topics/{topic}/following",
        "PUT /{tenant}/discussion/topics/{topic}/following",
        "DELETE /{tenant}/discussion/topics/{topic}/following",
        "PUT /tenants/{tenant}/plain",
        "GET /{tenant}/mail-texts",
        "GET /{tenant}/mail-texts/{kind}/{language}",
        "PUT /{tenant}/mail-texts/{kind}/{language}",
        "DELETE /{tenant}/mail-texts/{kind}/{language}",
        "POST /{tenant}/mail-texts/{kind}/{language}:preview",
        "GET /{tenant}/discussion/topics",
        "POST /{tenant}/discussion/contributions/{contribution}:report",
        "POST /{tenant}/discussion/comments/{comment}:report",
        "GET /{tenant}/discussion/desk",
        "GET /{tenant}/discussion/desk/contributions",
        "PUT /{tenant}/discussion/contributions/{contribution}/mark",
        "POST /{tenant}/discussion/attachments/{file}:report",
        "GET /{tenant}/discussion/attachments/{file}/moderation",
        "POST /{tenant}/discussion/attachments/{file}:object",
        "GET /{tenant}/discussion/contributions/{contribution}/moderation",
        "GET /{tenant}/discussion/comments/{comment}/moderation",
        "POST /{tenant}/discussion/contributions/{contribution}:object",
        "POST /{tenant}/discussion/comments/{comment}:object",
        "GET /{tenant}/moderation/cases",
        "GET /{tenant}/moderation/cases/{case}",
        "POST /{tenant}/moderation/cases/{case}:decide",
        "POST /{tenant}/moderation/cases/{case}:undo",
        "POST /{tenant}/moderation/cases:decide",
        "POST /{tenant}/moderation/cases:undo",
        "GET /{tenant}/moderation/log.csv",
        "GET /{tenant}/moderation/policy",
        "GET /{tenant}/moderation/settings/{tool}",
        "PUT /{tenant}/moderation/settings/{tool}",
        "POST /{tenant}/discussion/topics",
        "GET /{tenant}/discussion/topics/{topic}",
        "PATCH /{tenant}/discussion/topics/{topic}",
        "POST /{tenant}/discussion/topics/{topic}:publish",
        "POST /{tenant}/discussion/topics/{topic}:extend",
        "POST /{tenant}/discussion/topics/{topic}:end",
        "GET /{tenant}/discussion/topics/{topic}/contributions",
        "POST /{tenant}/discussion/topics/{topic}/contributions",
        "GET /{tenant}/discussion/topics/{topic}/map",
        "GET /{tenant}/discussion/export-progress/{progress}",
        "GET /{tenant}/discussion/topics/{topic}/export.csv",
        "GET /{tenant}/discussion/topics/{topic}/export.xlsx",
        "GET /{tenant}/discussion/topics/{topic}/export.json",
        "GET /{tenant}/discussion/topics/{topic}/export.zip",
        "GET /{tenant}/discussion/topics/{topic}/statistics",
        "GET /{tenant}/discussion/statistics",
        "GET /{tenant}/discussion/contributions/{contribution}",
        "PATCH /{tenant}/discussion/contributions/{contribution}",
        "GET /{tenant}/discussion/contributions/{contribution}/comments",
        "POST /{tenant}/discussion/contributions/{contribution}/comments",
        "PUT /{tenant}/discussion/contributions/{contribution}/rating",
        "DELETE /{tenant}/discussion/contributions/{contribution}/rating",
    }


async def test_the_description_has_limits_examples_and_security(gateway: Running) -> None:
    document = (await gateway.http.get("/api/openapi.json")).json()
    schemas = document["components"]["schemas"]
    title = schemas["ContributionCreate"]["properties"]["title"]
    assert (title["minLength"], title["maxLength"]) == (3, 200)
    assert schemas["ContributionCreate"]["additionalProperties"] is False
    assert schemas["ContributionCreate"]["examples"][0]["title"] == "Mehr Bänke im Schatten"
    assert schemas["ContributionCreate"]["required"] == ["title", "text"]
    create = document["paths"]["/api/v1/{tenant}/discussion/topics/{topic}/contributions"]["post"]
    assert create["security"] == [{"bearer": []}, {"session": [], "csrf": []}]
    assert {"201", "401", "403", "404", "409", "412", "413", "422", "429", "503"} <= set(create["responses"])
    assert set(document["components"]["securitySchemes"]) == {"bearer", "session", "csrf"}
    assert "HTTPValidationError" not in schemas
