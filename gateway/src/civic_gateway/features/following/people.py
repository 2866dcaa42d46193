"""Makes people known to the service that writes to them, the first time that they come by."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.types import ASGIApp, Receive, Scope, Send

from civic_gateway.bearer import PERSON, TOKEN
from civic_gateway.clients import Asker
from civic_gateway.session import SESSION

_MOST: Final = 50_000
_AT_ONCE: Final = 4
_AWAY: Final = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})

Keep = Callable[[Asker, str], Awaitable[object]]


class PeopleLayer:
    """ASGI layer: never holds a request up, and asks the service only where address, roles or language are new."""

    def __init__(self, app: ASGIApp, keep: Keep) -> None:
        self._app = app
        self._keep = keep
        # By subject: the token that came last, and a digest of what was told.
        self._tokens: dict[str, str] = {}
        self._told: dict[str, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and TOKEN in scope and PERSON in scope:
            self._meet(scope[PERSON], scope[TOKEN], scope.get("civic.language", "") if SESSION in scope else "")
        await self._app(scope, receive, send)

    def _meet(self, person: str, token: str, language: str) -> None:
        mark = token + language
        if self._tokens.get(person) == mark:
            return
        if len(self._tokens) >= _MOST:
            self._tokens.clear()
            self._told.clear()
        self._tokens[person] = mark
        digest = _digest(token, language)
        if digest is None or self._told.get(person) == digest:
            return
        self._told[person] = digest
        task = asyncio.get_running_loop().create_task(self._tell(person, token, language))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, person: str, token: str, language: str) -> None:
        try:
            async with self._places:
                await self._keep(Asker(None, token), language)
        except DomainError as error:
            if error.kind in _AWAY:
                # The next request of the person tries again.
                self._told.pop(person, None)
                self._tokens.pop(person, None)


def _digest(token: str, language: str) -> bytes | None:
    """Of what the token says about address and roles; the service verifies it. None for what names no address."""
    try:
        part = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, binascii.Error, ValueError):
        return None
    if not isinstance(claims, dict) or not claims.get("email"):
        return None
    known = [claims.get("email"), claims.get("email_verified"), claims.get("groups"), language]
    return hashlib.sha256(orjson.dumps(known)).digest()
