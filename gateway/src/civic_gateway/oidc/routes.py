"""Signing in and out in the browser, and the realm's word that a sign-in ended."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import parse_qs

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from civic_gateway.oidc.addresses import (
    BACKCHANNEL_PATH,
    RETURN_FIELD,
    RETURN_PATH,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    START,
    safe_return_path,
)
from civic_gateway.oidc.bucket import BucketAway, Changed
from civic_gateway.oidc.cookies import DRAFT_COOKIE, SESSION_COOKIE, SIGN_IN_COOKIE, cookie_of
from civic_gateway.oidc.flow import FLOW_SECONDS, Flow, cookie_name, is_second
from civic_gateway.oidc.identity import Identity
from civic_gateway.oidc.provider import Refused
from civic_gateway.oidc.tokens import InvalidToken, ProviderAway, Tokens
from civic_gateway.problems import gateway_error, language_of
from civic_gateway.session import IDENTITY, current_session

_NO_STORE: Final = {"cache-control": "no-store"}
# The realm tells a logout once. Over a connection that it kept and a gateway's restart ended, the word would be lost.
_HEARD_ONCE: Final = _NO_STORE | {"connection": "close"}
# Errors of the realm that mean: the person did not want to, or took too long.
_CANCELLED: Final = frozenset({"access_denied"})
_REPEATED: Final = frozenset({"temporarily_unavailable", "login_required", "interaction_required"})

_log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN_PATH)
async def sign_in(request: Request) -> Response:
    """Leads to the realm's sign-in page, and afterwards back to the path in `zurueck`."""
    return_to = safe_return_path(request.query_params.get(RETURN_FIELD, START))
    if current_session(request) is not None:
        return RedirectResponse(return_to, 303, _NO_STORE)
    return await _begin(request, return_to=return_to, second=False)


@router.get(RETURN_PATH)
async def come_back(request: Request) -> Response:
    """Where the realm sends the browser back to: begins the session."""
    identity = _identity(request)
    state = request.query_params.get("state", "")
    flow = Flow.open(state, cookie_of(request, cookie_name(state)), secret=identity.secret, now=identity.now())
    if flow is None:
        # Another browser confirmed the e-mail address, or the cookie is too old: once more, from the beginning.
        if is_second(state):
            raise _failed("the browser keeps no cookies")
        return await _begin(request, return_to=START, second=True)
    if (refusal := request.query_params.get("error")) is not None:
        return await _refused(request, flow, refusal)
    if request.query_params.get("iss", identity.issuer) != identity.issuer:
        raise _failed("the answer comes from another issuer")
    tokens = await _tokens(identity, flow, request.query_params.get("code", ""))
    try:
        await _end_quietly(identity, cookie_of(request, SESSION_COOKIE))
        crumb = await identity.sessions.begin(tokens)
    except BucketAway as error:
        raise _unavailable("sessions cannot be kept now") from error
    except Changed as error:
        raise _failed("the sign-in was ended already") from error
    response = RedirectResponse(flow.return_to, 303, _NO_STORE)
    _forget_flows(request, response, identity)
    identity.cookies.put(response, SESSION_COOKIE, crumb)
    return response


@router.post(SIGN_OUT_PATH)
async def sign_out(request: Request) -> Response:
    """Ends the session, and the sign-in in the realm where it can be reached. A page under the same address says so."""
    identity = _identity(request)
    try:
        record = await identity.sessions.end(cookie_of(request, SESSION_COOKIE))
    except BucketAway as error:
        raise gateway_error(Kind.UNAVAILABLE, "UNAVAILABLE", "the session cannot be ended now") from error
    address = SIGN_OUT_PATH
    if record is not None and identity.available:
        try:
            address = await identity.provider.sign_out_address(
                id_token=record.id_token, return_to=identity.public_url + SIGN_OUT_PATH, language=language_of(request)
            )
        except ProviderAway:
            _log.info("signed out of the portal alone")
    response = RedirectResponse(address, 303, _NO_STORE)
    identity.cookies.remove(response, SESSION_COOKIE)
    identity.cookies.remove(response, DRAFT_COOKIE)
    return response


@router.post(BACKCHANNEL_PATH)
async def sign_out_elsewhere(request: Request) -> Response:
    """OpenID Connect Back-Channel Logout 1.0: the realm names the sign-in, its sessions end."""
    identity = _identity(request)
    try:
        fields = parse_qs((await request.body()).decode("ascii"), max_num_fields=10, strict_parsing=True)
        logout = await identity.provider.logout(fields.get("logout_token", [""])[0])
        if not await identity.sessions.is_new(logout.id):
            raise InvalidToken("used before")
        ended = await identity.sessions.end_all(logout)
    except (ValueError, InvalidToken) as error:
        _log.warning("a logout token is refused: %s", error if isinstance(error, InvalidToken) else "malformed")
        return _answer({"error": "invalid_request"}, 400)
    except (ProviderAway, BucketAway):
        return _answer({"error": "temporarily_unavailable"}, 503)
    _log.info("the realm ended %d sessions", ended)
    return Response(status_code=200, headers=_HEARD_ONCE)


async def _begin(request: Request, *, return_to: str, second: bool) -> Response:
    identity = _identity(request)
    flow = Flow.begin(return_to=return_to, now=identity.now(), second=second)
    try:
        address = await identity.provider.sign_in_address(
            state=flow.state,
            nonce=flow.nonce,
            verifier=flow.verifier,
            redirect_uri=identity.public_url + RETURN_PATH,
            language=language_of(request),
        )
    except ProviderAway as error:
        raise _unavailable("the realm is away") from error
    if not identity.available:
        raise _unavailable("the realm is away")
    response = RedirectResponse(address, 303, _NO_STORE)
    identity.cookies.put(response, flow.cookie, flow.close(identity.secret), path=RETURN_PATH, seconds=FLOW_SECONDS)
    return response


async def _refused(request: Request, flow: Flow, refusal: str) -> Response:
    if refusal in _CANCELLED:
        response = RedirectResponse(flow.return_to, 303, _NO_STORE)
        _forget_flows(request, response, _identity(request))
        return response
    if refusal in _REPEATED and not is_second(flow.state):
        return await _begin(request, return_to=flow.return_to, second=True)
    raise _failed("the realm refused")


async def _tokens(identity: Identity, flow: Flow, code: str) -> Tokens:
    try:
        return await identity.provider.exchange(
            code, verifier=flow.verifier, redirect_uri=identity.public_url + RETURN_PATH, nonce=flow.nonce
        )
    except ProviderAway as error:
        raise _unavailable("the realm is away") from error
    except (Refused, InvalidToken) as error:
        _log.warning("a sign-in failed: %s", error)
        raise _failed("the realm did not take the code") from error


async def _end_quietly(identity: Identity, crumb: str) -> None:
    """A new sign-in is a new session under a new name; nothing of an earlier one goes on."""
    if crumb:
        await identity.sessions.end(crumb)


def _forget_flows(request: Request, response: Response, identity: Identity) -> None:
    for name in request.cookies:
        if name.startswith(SIGN_IN_COOKIE):
            identity.cookies.remove(response, name, path=RETURN_PATH)


def _answer(body: dict[str, str], status: int) -> Response:
    return Response(orjson.dumps(body), status, _HEARD_ONCE, "application/json")


def _failed(why: str) -> DomainError:
    return gateway_error(Kind.FORBIDDEN, "SIGN_IN_FAILED", why)


def _unavailable(why: str) -> DomainError:
    return gateway_error(Kind.UNAVAILABLE, "SIGN_IN_UNAVAILABLE", why)


def _identity(request: Request) -> Identity:
    identity: Identity = request.scope[IDENTITY]
    return identity
