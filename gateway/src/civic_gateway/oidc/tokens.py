"""What the realm has signed, read and checked: the tokens of a sign-in, and logout tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
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

LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_AGE_SECONDS: Final = 5 * 60
_LONGEST_TOKEN: Final = 16_000


class ProviderAway(Exception):
    """The realm cannot be asked at the moment."""


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


class SignedByRealm:
    """Checks what is said to come from the realm. Methods raise InvalidToken, and ProviderAway while its keys are."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, clock: Clock) -> None:
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._clock = clock
        base = settings.oidc_internal_url or settings.oidc_issuer
        self._keys = Keys(issuer=self._issuer, http=http, clock=clock, base_url=base)
        self._verifier = TokenVerifier(
            issuer=self._issuer,
            audience=settings.oidc_audience,
            http=http,
            clock=clock,
            internal_url=settings.oidc_internal_url,
        )
        self._signatures = jws.JWSRegistry(algorithms=[ALGORITHM])

    async def logout(self, token: str) -> Logout:
        """What a logout token says, after OpenID Connect Back-Channel Logout 1.0, 2.6."""
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

    async def tokens(self, answer: Mapping[str, Any], *, nonce: str | None = None) -> Tokens:
        """What a sign-in or, without nonce, a refresh gave."""
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

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _validate(registry: JWTClaimsRegistry, claims: dict[str, Any]) -> None:
    try:
        registry.validate(claims)
    except JoseError as error:
        raise InvalidToken(error.error) from error


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
