"""Access tokens of demo people, for the terminal, the demo data and tests."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

import httpx

from civic_devstack.identity import TOKEN_CLIENT
from civic_devstack.people import PASSWORD, PEOPLE

# A token is asked for anew this long before it ends.
MARGIN_SECONDS = 20.0
# Keycloak refuses a second sign-in of a person while one is under way, as if the password were wrong.
_ATTEMPTS = 6
_PAUSE_SECONDS = 0.5


class TokenError(Exception):
    """There is no token to be had; the text says why."""


async def token(issuer: str, username: str) -> str:
    """Raises TokenError. Works in a demo realm alone: only there is the client it asks."""
    value, _ = await _ask(issuer, username)
    return value


class TokenSource:
    """Tokens of several people, kept until shortly before they end."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._kept: dict[str, tuple[str, float]] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, username: str) -> str:
        async with self._asking[username]:
            value, until = self._kept.get(username, ("", 0.0))
            if time.monotonic() > until:
                value, seconds = await _ask(self._issuer, username)
                self._kept[username] = (value, time.monotonic() + seconds - MARGIN_SECONDS)
            return value


async def _ask(issuer: str, username: str) -> tuple[str, float]:
    if username not in {person.username for person in PEOPLE}:
        known = ", ".join(person.username for person in PEOPLE)
        raise TokenError(f"{username!r} is not a demo person; there are {known}")
    form = {"grant_type": "password", "client_id": TOKEN_CLIENT, "username": username, "password": PASSWORD}
    try:
        async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
            for attempt in range(_ATTEMPTS):
                await asyncio.sleep(attempt * _PAUSE_SECONDS)
                address = f"{issuer}/protocol/openid-connect/token"
                response = await http.post(address, data={**form, "scope": "openid"})
                if response.status_code != httpx.codes.BAD_REQUEST:
                    break
    except httpx.HTTPError as error:
        raise TokenError(f"no answer from {issuer}: {error or type(error).__name__}. Does the stack run?") from error
    if response.status_code != httpx.codes.OK:
        raise TokenError(f"{issuer} answers {response.status_code}: {response.text[:200]}")
    body = response.json()
    return body["access_token"], float(body["expires_in"])
