"""ASGI layer: finds out who is signed in, and refuses what another site sends in their name."""

from __future__ import annotations

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civic_gateway.bearer import PERSON, TOKEN
from civic_gateway.http import origin_of
from civic_gateway.oidc.addresses import BACKCHANNEL_PATH, SIGN_OUT_PATH
from civic_gateway.oidc.cookies import SESSION_COOKIE, session_crumb
from civic_gateway.oidc.csrf import SAFE, check_origin, check_token, read_body, replay
from civic_gateway.oidc.identity import Identity
from civic_gateway.oidc.sessions import Found
from civic_gateway.problems import Problems, gateway_error
from civic_gateway.session import IDENTITY, SESSION, STANDING, Session, Standing

_STATIC: tuple[str, ...] = ("/static/",)


class SessionLayer:
    """Sets what `civic_gateway.session` reads. A bearer token goes before the cookie, and needs no CSRF token:
    no other site can make a browser send it."""

    def __init__(self, app: ASGIApp, *, identity: Identity, problems: Problems) -> None:
        self._app = app
        self._identity = identity
        self._problems = problems
        self._origin = origin_of(identity.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[IDENTITY] = self._identity
        if TOKEN in scope or scope["path"].startswith(_STATIC) or scope["path"] == BACKCHANNEL_PATH:
            await self._app(scope, receive, send)
            return
        changes = scope["method"] not in SAFE
        body = await read_body(receive) if changes else b""
        if changes:
            receive = replay(body, receive)
        try:
            if changes:
                check_origin(Headers(scope=scope), origin=self._origin)
            found = await self._find(scope)
            if changes:
                await self._check(scope, body, found)
        except DomainError as error:
            # The error page shows again what was typed.
            response = await self._problems.respond(Request(scope, replay(body, receive)), error)
            await response(scope, receive, send)
            return
        if found is not None and found.standing is Standing.ENDED:
            send = self._forgetting(send)
        await self._app(scope, receive, send)

    async def _find(self, scope: Scope) -> Found | None:
        crumb = session_crumb(scope)
        if crumb is None:
            return None
        found = await self._identity.sessions.find(crumb)
        scope[STANDING] = found.standing
        session = found.session
        if session is not None:
            scope[SESSION] = session
            scope[TOKEN] = session.access_token
            scope[PERSON] = session.subject
        return found

    async def _check(self, scope: Scope, body: bytes, found: Found | None) -> None:
        if found is None:
            return
        session: Session | None = found.session
        if session is not None:
            await check_token(scope, body, expected=session.csrf)
        elif found.standing is Standing.PAUSED and scope["path"] != SIGN_OUT_PATH:
            raise gateway_error(Kind.UNAVAILABLE, "SIGN_IN_UNAVAILABLE", "the session cannot be confirmed now")

    def _forgetting(self, send: Send) -> Send:
        """Takes the cookie of an ended session back, unless the answer sets a new one."""
        removal = self._identity.cookies.removal(SESSION_COOKIE)
        name = SESSION_COOKIE.encode() + b"="

        async def forget(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                if not any(key == b"set-cookie" and value.startswith(name) for key, value in headers):
                    headers.append(removal)
                message = {**message, "headers": headers}
            await send(message)

        return forget
