"""Gateways in front of the real Keycloak, and a browser's way through them."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.processes import Child
from civic_devstack.people import PASSWORD
from civic_gateway.main import Gateway, create_gateway
from civic_gateway.session import current_session, keep_draft, sign_in_available, standing, take_draft
from civic_gateway.settings import Settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT_SECRET = "the secret of the tests"
# A machine that runs other tests at the same time takes its time to create the schema.
START_SECONDS = 300
ADMIN_PASSWORD = "admin-of-the-tests"
_FORM = re.compile(r'<form[^>]*action="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Realm:
    """Keycloak as it runs; `ports` are those that the realm lets gateways return to."""

    child: Child
    ready: Callable[[], bool]
    url: str
    issuer: str
    ports: tuple[int, int]

    def start(self) -> None:
        self.child.start(self.ready, seconds=START_SECONDS)


@dataclass(slots=True)
class Portal:
    """One gateway on one of the realm's ports."""

    gateway: Gateway
    url: str
    server: uvicorn.Server
    serving: asyncio.Task[None]

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.serving


def open_browser() -> httpx.AsyncClient:
    """Like browsers do, it sends secure cookies to this machine without TLS, too."""
    return httpx.AsyncClient(timeout=30, follow_redirects=True, transport=_Trusting())


class _Trusting(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        headers = [(name, re.sub(rb"(?i);\s*secure", b"", value)) for name, value in response.headers.raw]
        response.headers = httpx.Headers(headers)
        return response


async def open_portal(realm: Realm, nats: NatsServer, index: int, **changes: Any) -> Portal:
    """A gateway, with addresses that show what it knows about the request."""
    port = realm.ports[index]
    url = f"http://localhost:{port}"
    values: dict[str, Any] = {
        "state": "hessen",
        "public_url": url,
        "tenant_target": "127.0.0.1:1",
        "discussion_target": "127.0.0.1:1",
        "catalog_target": "127.0.0.1:1",
        "nats_url": nats.url,
        "files_url": "memory://",
        "oidc_issuer": realm.issuer,
        "oidc_client_secret": CLIENT_SECRET,
        "session_secret": "a secret that is long enough for a test",
    } | changes
    gateway = create_gateway(Settings(**values), first=_looking_glass())
    config = uvicorn.Config(
        gateway.asgi, host="127.0.0.1", port=port, log_config=None, lifespan="on", proxy_headers=False
    )
    server = uvicorn.Server(config)
    # Without the signal handlers of `serve`, which belong to the test runner.
    serving = asyncio.create_task(server._serve())
    async with httpx.AsyncClient() as http:
        until = time.monotonic() + 30
        while True:
            assert time.monotonic() < until
            if server.started and gateway.cache.connected:
                parts = (await http.get(f"{url}/readyz")).json()["parts"]
                if parts["sign_in"] == "ok" or changes.get("without_realm"):
                    return Portal(gateway, url, server, serving)
            await asyncio.sleep(0.02)


def _looking_glass() -> Sequence[Route]:
    async def look(request: Request) -> Response:
        session = current_session(request)
        draft = await take_draft(request, form="/pruefung")
        return JSONResponse(
            {
                "standing": standing(request),
                "subject": session and session.subject,
                "name": session and session.name,
                "csrf": session and session.csrf,
                "token": session and session.access_token,
                "tenants": session and session.staff_tenants,
                "realm_roles": session and sorted(session.realm_roles),
                "available": sign_in_available(request),
                "draft": dict(draft) if draft is not None else None,
            }
        )

    async def send(request: Request) -> Response:
        response = await look(request)
        form = {name: str(value) for name, value in (await request.form()).items()}
        if current_session(request) is None:
            await keep_draft(request, response, form="/pruefung", fields=form)
        return response

    return Route("/pruefung", look, methods=["GET"]), Route("/pruefung", send, methods=["POST"])


async def sign_in(
    client: httpx.AsyncClient, portal: Portal, person: str, *, password: str = PASSWORD, back: str = "/pruefung"
) -> httpx.Response:
    """Through the real sign-in page; the answer that the browser ends up with."""
    page = await client.get(f"{portal.url}/anmelden", params={"zurueck": back})
    return await fill_in(client, page, person, password)


async def fill_in(client: httpx.AsyncClient, page: httpx.Response, person: str, password: str) -> httpx.Response:
    """Sends the sign-in form of a page of the realm."""
    assert page.status_code == 200, page.text
    found = _FORM.search(page.text)
    assert found is not None, page.text
    address = html.unescape(found[1])
    return await client.post(address, data={"username": person, "password": password, "credentialId": ""})


@asynccontextmanager
async def administration(realm: Realm) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the realm's admin API, at `/admin/realms/hessen`."""
    async with httpx.AsyncClient(base_url=f"{realm.url}/admin/realms/hessen", timeout=30) as client:
        answer = await client.post(
            f"{realm.url}/realms/master/protocol/openid-connect/token",
            data={"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": ADMIN_PASSWORD},
        )
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@asynccontextmanager
async def short_tokens(realm: Realm, *, seconds: int) -> AsyncIterator[None]:
    """Access tokens of the portal live as long as said."""

    async def live(value: str) -> None:
        async with administration(realm) as admin:
            client = (await admin.get("/clients", params={"clientId": "civic-web"})).json()[0]
            attributes = {**client["attributes"], "access.token.lifespan": value}
            changed = await admin.put(f"/clients/{client['id']}", json={**client, "attributes": attributes})
            assert changed.status_code == 204, changed.text

    await live(str(seconds))
    yield
    await live("")


async def look(client: httpx.AsyncClient, portal: Portal) -> dict[str, Any]:
    """What the portal knows about the browser."""
    answer = await client.get(f"{portal.url}/pruefung")
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, without looking at its signature."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def query_of(address: str) -> dict[str, str]:
    """The query of an address, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
