"""The realm as the gateway speaks to it: discovery, codes and refresh tokens for tokens, logout tokens."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oidc.core import CodeIDToken
from civic_chassis.auth.keys import Keys
from civic_chassis.auth.tokens import ALGORITHM, LEEWAY_SECONDS, TokenVerifier
from civic_chassis.kernel.call import Caller
from civic_chassis.kernel.clock import Clock
from civic_chassis.kernel.errors import DomainError, Kind
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from civic_gateway.settings import Settings

with warnings.catch_warnings():
    # authlib asks for a successor of httpx that the other parts of the portal do not use yet.
    import authlib.deprecate  # sets its own filter, which must not come after ours

    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

SCOPE: Final = "openid"
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_TIMEOUT: Final = httpx.Timeout(5, connect=2)
# While the realm is away, requests do not wait for it one after the other.
_PAUSE_SECONDS: Final = 2.0
_LOGOUT_AGE_SECONDS: Final = 5 * 60
_LONGEST_TOKEN: Final = 16_000

_log = logging.getLogger(__name__)


class ProviderAway(Exception):
    """The realm cannot be asked at the moment."""


class Refused(Exception):
    """The realm does not take the code or the refresh token; `str` is the OAuth error code."""


class InvalidToken(Exception):
    """A token that the realm is said to have made is not acceptable; `str` says why."""


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What one sign-in or refresh gave, and whom it stands for; times are Unix seconds."""

    caller: Caller
    sid: str
    access_token: str
    access_ends: float
    refresh_token: str
    refresh_ends: float
    id_token: str


@dataclass(frozen=True, slots=True)
class Logout:
    """Whose sessions end: those of one sign-in, or without `sid` all of a person."""

    id: str
    sid: str | None
    subject: str | None


class Provider:
    """The client of the realm. Methods that ask it raise ProviderAway."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._issuer = settings.oidc_issuer
        self._base = settings.oidc_internal_url or settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._clock = clock
        self._http = httpx.AsyncClient(timeout=_TIMEOUT)
        self._oauth = AsyncOAuth2Client(
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            scope=SCOPE,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )
        self._keys = Keys(issuer=self._issuer, http=self._http, clock=clock, base_url=self._base)
        self._verifier = TokenVerifier(
            issuer=self._issuer,
            audience=settings.oidc_audience,
            http=self._http,
            clock=clock,
            internal_url=settings.oidc_internal_url,
        )
        self._signatures = jws.JWSRegistry(algorithms=[ALGORITHM])
        self._document: Mapping[str, Any] = {}
        self._away_until = 0.0

    async def close(self) -> None:
        """Ends the connections."""
        await self._oauth.aclose()
        await self._http.aclose()

    @property
    def resting(self) -> bool:
        """Whether the realm was away a moment ago, so that asking it again is not worth the wait."""
        return monotonic() < self._away_until

    async def probe(self) -> bool:
        """Whether the realm answers now."""
        try:
            await self._discover()
        except ProviderAway:
            return False
        self._away_until = 0.0
        return True

    async def sign_in_address(self, *, state: str, nonce: str, verifier: str, redirect_uri: str, language: str) -> str:
        """Where the browser goes to sign in."""
        document = self._document or await self._discover()
        url, _ = self._oauth.create_authorization_url(
            document["authorization_endpoint"],
            state=state,
            code_verifier=verifier,
            nonce=nonce,
            redirect_uri=redirect_uri,
            ui_locales=language,
        )
        return str(url)

    async def sign_out_address(self, *, id_token: str, return_to: str, language: str) -> str:
        """Where the browser goes to end the sign-in itself. The id token holds nothing but opaque names."""
        document = self._document or await self._discover()
        query = {
            "id_token_hint": id_token,
            "client_id": self._client_id,
            "post_logout_redirect_uri": return_to,
            "ui_locales": language,
        }
        return f"{document['end_session_endpoint']}?{urlencode(query)}"

    async def exchange(self, code: str, *, verifier: str, redirect_uri: str, nonce: str) -> Tokens:
        """Raises Refused and InvalidToken."""
        endpoint = await self._token_endpoint()
        grant = {"code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
        answer = await self._ask(self._oauth.fetch_token(endpoint, grant_type="authorization_code", **grant))
        return await self._tokens(answer, nonce=nonce)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Raises Refused and InvalidToken. The refresh token that was given no longer counts."""
        endpoint = await self._token_endpoint()
        return await self._tokens(await self._ask(self._oauth.refresh_token(endpoint, refresh_token=refresh_token)))

    async def logout(self, token: str) -> Logout:
        """What a logout token says, after OpenID Connect Back-Channel Logout 1.0, 2.6. Raises InvalidToken."""
        claims, header = await self._verified(token)
        if header.get("typ", "JWT").lower() not in ("jwt", "logout+jwt"):
            raise InvalidToken("not a logout token")
        registry = self._registry(
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )
        _validate(registry, claims)
        if "nonce" in claims:
            raise InvalidToken("a logout token has no nonce")
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise InvalidToken("not a logout event")
        if self._now() - float(claims["iat"]) > _LOGOUT_AGE_SECONDS:
            raise InvalidToken("too old")
        sid, subject = _text(claims.get("sid")), _text(claims.get("sub"))
        if sid is None and subject is None:
            raise InvalidToken("names neither a session nor a person")
        return Logout(str(claims["jti"]), sid, subject)

    async def _tokens(self, answer: Mapping[str, Any], *, nonce: str | None = None) -> Tokens:
        access_token, refresh_token = _text(answer.get("access_token")), _text(answer.get("refresh_token"))
        id_token = _text(answer.get("id_token"))
        if access_token is None or refresh_token is None or id_token is None:
            raise InvalidToken("a token is missing")
        identity = await self._identity(id_token, access_token, nonce)
        try:
            caller = await self._verifier.verify(access_token)
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise ProviderAway("keys") from error
            raise InvalidToken(error.metadata.get("why", "access token")) from error
        if caller.subject != identity["sub"]:
            raise InvalidToken("the tokens name different persons")
        now = self._now()
        return Tokens(
            caller=caller,
            sid=_text(identity.get("sid")) or "",
            access_token=access_token,
            access_ends=now + float(answer["expires_in"]),
            refresh_token=refresh_token,
            refresh_ends=now + float(answer["refresh_expires_in"]),
            id_token=id_token,
        )

    async def _identity(self, id_token: str, access_token: str, nonce: str | None) -> Mapping[str, Any]:
        """The claims of an id token that is good for this client; a refresh has no nonce."""
        claims, header = await self._verified(id_token)
        rules = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        params = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
        try:
            CodeIDToken(claims, header, rules, params).validate(now=int(self._now()), leeway=LEEWAY_SECONDS)
        except JoseError as error:
            raise InvalidToken(error.error) from error
        return claims

    async def _verified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Claims and header of a token that the realm signed; nothing but the signature has been looked at."""
        if len(token) > _LONGEST_TOKEN:
            raise InvalidToken("too long")
        try:
            signed = jws.extract_compact(token.encode(), registry=self._signatures)
            header = signed.headers()
            kid = header.get("kid")
            if header.get("alg") != ALGORITHM or not isinstance(kid, str):
                raise InvalidToken("algorithm or key not allowed")
            key = await self._keys.get(kid)
            if key is None or not jws.validate_compact(signed, key, registry=self._signatures):
                raise InvalidToken("not signed by the realm")
            claims = json.loads(signed.payload)
        except JoseError as error:
            raise InvalidToken(error.error) from error
        except ValueError as error:
            raise InvalidToken("malformed") from error
        except DomainError as error:
            raise ProviderAway("keys") from error
        if not isinstance(claims, dict):
            raise InvalidToken("malformed")
        return claims, dict(header)

    def _registry(self, **rules: Any) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(now=int(self._now()), leeway=LEEWAY_SECONDS, **rules)

    async def _ask(self, grant: Any) -> dict[str, Any]:
        """Awaits a request of authlib's client."""
        try:
            return dict(await grant)
        except OAuthError as error:
            if error.error in ("temporarily_unavailable", "server_error"):
                raise self._away(error) from error
            raise Refused(error.error) from error
        except (httpx.HTTPError, AuthlibBaseError, ValueError) as error:
            raise self._away(error) from error

    async def _token_endpoint(self) -> str:
        if self.resting:
            raise ProviderAway("a moment ago")
        document = self._document or await self._discover()
        endpoint = str(document["token_endpoint"])
        # The document names the public address; from inside the realm may only be reached under another one.
        return self._base + endpoint.removeprefix(self._issuer) if endpoint.startswith(self._issuer) else endpoint

    async def _discover(self) -> Mapping[str, Any]:
        try:
            response = await self._http.get(f"{self._base}/.well-known/openid-configuration", follow_redirects=False)
            response.raise_for_status()
            document = response.json()
            if document["issuer"] != self._issuer:
                raise ValueError("the discovery document names another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "end_session_endpoint"):
                if not str(document[name]).startswith(("https://", "http://")):
                    raise ValueError(f"{name} is no address")
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise self._away(error) from error
        self._document = document
        return self._document

    def _away(self, error: Exception) -> ProviderAway:
        self._away_until = monotonic() + _PAUSE_SECONDS
        _log.debug("the realm is away: %s", type(error).__name__)
        return ProviderAway(type(error).__name__)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _validate(registry: JWTClaimsRegistry, claims: dict[str, Any]) -> None:
    try:
        registry.validate(claims)
    except JoseError as error:
        raise InvalidToken(error.error) from error


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
