"""The realm as the gateway speaks to it: discovery, and codes and refresh tokens for tokens."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from civic_chassis.kernel.clock import Clock
from civic_chassis.trust import trusted

from civic_gateway.oidc.tokens import Logout, ProviderAway, SignedByRealm, Tokens
from civic_gateway.settings import Settings

with warnings.catch_warnings():
    # authlib asks for a successor of httpx that the other parts of the portal do not use yet.
    import authlib.deprecate  # sets its own filter, which must not come after ours

    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

SCOPE: Final = "openid"
_TIMEOUT: Final = httpx.Timeout(5, connect=2)
# While the realm is away, requests do not wait for it one after the other.
_PAUSE_SECONDS: Final = 2.0

_log = logging.getLogger(__name__)


class Refused(Exception):
    """The realm does not take the code or the refresh token; `str` is the OAuth error code."""


class Provider:
    """The client of the realm. Methods that ask it raise ProviderAway."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._issuer = settings.oidc_issuer
        self._base = settings.oidc_internal_url or settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, verify=trusted())
        self._oauth = AsyncOAuth2Client(
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            scope=SCOPE,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            verify=trusted(),
        )
        self._signed = SignedByRealm(settings, self._http, clock)
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
        return await self._signed.tokens(answer, nonce=nonce)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Raises Refused and InvalidToken. The refresh token that was given no longer counts."""
        endpoint = await self._token_endpoint()
        return await self._signed.tokens(
            await self._ask(self._oauth.refresh_token(endpoint, refresh_token=refresh_token))
        )

    async def logout(self, token: str) -> Logout:
        """What a logout token says. Raises InvalidToken."""
        return await self._signed.logout(token)

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
