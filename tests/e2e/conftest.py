"""One portal with real Keycloak and demo data, and one Chromium, for all browser tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
from civic_devstack.settings import StackSettings
from civic_devstack.stack import Stack
from civic_devstack.tokens import TokenSource
from playwright.async_api import Browser

from tests.e2e.browsing import Visitor, open_chromium, visitor

_LIMITS = {
    "CIVIC_WRITES_PER_MINUTE_PERSON": "100000",
    "CIVIC_WRITES_PER_MINUTE_CLIENT": "100000",
    "CIVIC_READS_PER_MINUTE_CLIENT": "100000",
}

Window = Callable[..., AbstractAsyncContextManager[Visitor]]


@dataclass(frozen=True, slots=True)
class Portal:
    """A running portal: `api` writes through the JSON API as a demo person; `mail` is the page of caught mails."""

    url: str
    issuer: str
    mail: str
    token: TokenSource
    http: httpx.AsyncClient

    async def api(self, method: str, path: str, *, person: str, etag: str = "", **body: Any) -> dict[str, Any]:
        """The answer to a call that must succeed."""
        headers = {"authorization": f"Bearer {await self.token(person)}"}
        if etag:
            headers["if-match"] = f'"{etag}"'
        response = await self.http.request(
            method, f"{self.url}/api/v1{path}", headers=headers, json=body or None, timeout=30
        )
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def portal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A portal of its own; or, to try a single test again and again, the running one that CIVIC_E2E_PORTAL,
    CIVIC_E2E_ISSUER and CIVIC_E2E_MAIL name."""
    running = os.environ.get("CIVIC_E2E_PORTAL")
    if running:
        issuer = os.environ["CIVIC_E2E_ISSUER"]
        async with httpx.AsyncClient(trust_env=False) as http:
            yield Portal(running, issuer, os.environ.get("CIVIC_E2E_MAIL", ""), TokenSource(issuer), http)
        return
    settings = StackSettings.isolated(tmp_path_factory.mktemp("portal"), demo=True, extra=_LIMITS)
    async with Stack(settings) as stack, httpx.AsyncClient(trust_env=False) as http:
        made = Portal(stack.portal_url, stack.issuer, stack.mail_url, TokenSource(stack.issuer), http)
        await _write_much(made)
        yield made


async def _write_much(portal: Portal) -> None:
    """The demo people write what a town writes in a month: that alone is no reason to hold a text back."""
    address = "/lindental/moderation/settings/discussion"
    known = await portal.api("GET", address, person="meyer")
    kept = {name: known[name] for name in ("words", "links_max", "per_minute", "remind_hours", "reasons", "policy")}
    await portal.api("PUT", address, person="meyer", etag=known["etag"], rules=["links", "words"], **kept)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser


@pytest.fixture
def window(chromium: Browser, portal: Portal) -> Window:
    """`async with window(size=PHONE, language="en") as anna:` opens a window with no past."""
    return partial(visitor, chromium, portal.url)
