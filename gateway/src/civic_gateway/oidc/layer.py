"""ASGI layers: one finds out who is signed in, one refuses what another site sends in their name."""

from __future__ import annotations

from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civic_gateway.bearer import PERSON, TOKEN
from civic_gateway.http import origin_of
from civic_gateway.oidc.addresses import BACKCHANNEL_PATH, SIGN_OUT_PATH
from civic_gateway.oidc.cookies import SESSION_COOKIE, session_crumb
from civic_gateway.oidc.csrf import SAFE, check_header, check_origin, check_token, read_body, remember_form, replay
from civic_gateway.oidc.identity import Identity
from civic_gateway.problems import API_PREFIX, Problems, gateway_error
from civic_gateway.session import CSRF_HEADER, IDENTITY, SESSION, STANDING, Session, Standing
from civic_gateway.streaming import PENDING_CSRF, UPLOAD, is_streamed, media_type_of

_STATIC: Final = "/static/"
LEAVE_PREFIX: Final = "/abbestellen/"


class SessionLayer:
    """Sets what `civic_gateway.session` reads. Stands ahead of everything that answers with a page.

    A request with an Authorization header to the API goes by that alone.
    """

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app = app
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[IDENTITY] = self._identity
            crumb = session_crumb(scope)
            if crumb is not None and not _stands_alone(scope):
                found = await self._identity.sessions.find(crumb)
                scope[STANDING] = found.standing
                if found.session is not None:
                    scope[SESSION] = found.session
                    scope[TOKEN] = found.session.access_token
                    scope[PERSON] = found.session.subject
                elif found.standing is Standing.ENDED:
                    send = self._forgetting(send)
        await self._app(scope, receive, send)

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


class CsrfLayer:
    """Lets a request that changes something through when it comes from a page of this portal, or with a bearer token,
    which no other site can make a browser send. Stands behind what limits bodies, since it reads them."""

    def __init__(self, app: ASGIApp, *, problems: Problems, public_url: str) -> None:
        self._app = app
        self._problems = problems
        self._origin = origin_of(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE or not _by_browser(scope):
            await self._app(scope, receive, send)
            return
        if is_streamed(scope):
            try:
                self._check_streamed(scope)
            except DomainError as error:
                response = await self._problems.respond(Request(scope, receive), error)
                await response(scope, receive, send)
                return
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        await remember_form(scope, body)
        try:
            await self._check(scope, body)
        except DomainError as error:
            response = await self._problems.respond(Request(scope, replay(body, receive)), error)
            await response(scope, receive, send)
            return
        await self._app(scope, replay(body, receive), send)

    def _check_streamed(self, scope: Scope) -> None:
        """As `_check`; where the token stands in the form, whoever reads that checks it before anything else."""
        headers = Headers(scope=scope)
        check_origin(headers, origin=self._origin)
        session: Session | None = scope.get(SESSION)
        if session is None:
            self._check_paused(scope)
        elif CSRF_HEADER in headers or media_type_of(scope) != UPLOAD:
            check_header(headers, expected=session.csrf)
        else:
            scope[PENDING_CSRF] = session.csrf

    def _check_paused(self, scope: Scope) -> None:
        if scope.get(STANDING) is Standing.PAUSED and scope["path"] != SIGN_OUT_PATH:
            raise gateway_error(Kind.UNAVAILABLE, "SIGN_IN_UNAVAILABLE", "the session cannot be confirmed now")

    async def _check(self, scope: Scope, body: bytes) -> None:
        check_origin(Headers(scope=scope), origin=self._origin)
        session: Session | None = scope.get(SESSION)
        if session is not None:
            await check_token(scope, body, expected=session.csrf)
        else:
            self._check_paused(scope)


def _stands_alone(scope: Scope) -> bool:
    """Whether the request needs no session: static files, programs with a token, the realm."""
    path: str = scope["path"]
    if path.startswith(_STATIC) or path == BACKCHANNEL_PATH:
        return True
    return path.startswith(API_PREFIX) and any(name == b"authorization" for name, _ in scope["headers"])


def _by_browser(scope: Scope) -> bool:
    path: str = scope["path"]
    # The signed token of a mail is the permission, and mail programs send it from anywhere (RFC 8058).
    if path == BACKCHANNEL_PATH or path.startswith(LEAVE_PREFIX):
        return False
    return SESSION in scope or TOKEN not in scope
