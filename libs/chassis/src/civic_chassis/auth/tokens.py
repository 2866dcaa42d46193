"""Access tokens: verified once, then known by their digest for at most a minute."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from civic_chassis.auth.keys import Keys
from civic_chassis.kernel.call import Caller, is_tenant
from civic_chassis.kernel.clock import Clock
from civic_chassis.kernel.errors import DomainError, Kind

ALGORITHM = "RS256"
LEEWAY_SECONDS = 30
MAX_REMEMBERED = timedelta(seconds=60)
_MAX_ENTRIES = 10_000
_MAX_TOKEN = 16_000


class TokenVerifier:
    """Turns access tokens of one issuer into callers.

    Keys are found at `jwks_url`, or by discovery at `internal_url` or the issuer where it is None.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        http: httpx.AsyncClient,
        clock: Clock,
        jwks_url: str | None = None,
        internal_url: str | None = None,
    ) -> None:
        self._clock = clock
        self._keys = Keys(issuer=issuer, http=http, clock=clock, base_url=internal_url, jwks_url=jwks_url)
        self._registry = jws.JWSRegistry(algorithms=[ALGORITHM])
        self._claims = JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        # By digest, so that a dump of the memory shows no usable token.
        self._known: dict[bytes, tuple[Caller, datetime]] = {}

    def cached(self, token: str) -> Caller | None:
        """The caller of a token that was verified within the last minute and has not expired."""
        entry = self._known.get(sha256(token.encode()).digest())
        if entry is None or entry[1] <= self._clock.now():
            return None
        return entry[0]

    async def verify(self, token: str) -> Caller:
        """The caller. Raises TOKEN_INVALID, or UNAVAILABLE when the issuer's keys are not known and cannot be had."""
        caller = self.cached(token)
        if caller is not None:
            return caller
        claims = await self._verified_claims(token)
        caller = _caller(claims)
        soon = self._clock.now() + MAX_REMEMBERED
        until = min(claims["exp"], soon.timestamp())
        self._remember(token, caller, datetime.fromtimestamp(until, UTC))
        return caller

    async def _verified_claims(self, token: str) -> dict[str, Any]:
        if len(token) > _MAX_TOKEN:
            raise _refused("too long")
        try:
            signed = jws.extract_compact(token.encode(), registry=self._registry)
            header = signed.headers()
            # Before a key is looked for: neither "none" nor an HMAC keyed with the public key gets that far.
            if header.get("alg") != ALGORITHM:
                raise _refused("algorithm not allowed")
            kid = header.get("kid")
            key = await self._keys.get(kid) if isinstance(kid, str) else None
            if key is None:
                raise _refused("unknown key")
            if not jws.validate_compact(signed, key, registry=self._registry):
                raise _refused("bad signature")
            claims = json.loads(signed.payload)
            if not isinstance(claims, dict):
                raise _refused("malformed")
            self._claims.validate(claims)
        except JoseError as error:
            raise _refused(error.error) from error
        except ValueError as error:
            raise _refused("malformed") from error
        # Keycloak marks what a token is for; an id token or a logout token opens nothing.
        if claims.get("typ", "Bearer") != "Bearer":
            raise _refused("not an access token")
        return claims

    def _remember(self, token: str, caller: Caller, until: datetime) -> None:
        if len(self._known) >= _MAX_ENTRIES:
            # Oldest first: nothing lives longer than a minute anyway.
            del self._known[next(iter(self._known))]
        digest = sha256(token.encode()).digest()
        self._known.pop(digest, None)
        self._known[digest] = (caller, until)


def _caller(claims: Mapping[str, Any]) -> Caller:
    name = claims.get("preferred_username")
    access = claims.get("realm_access")
    roles = access.get("roles") if isinstance(access, dict) else None
    address = claims.get("email") if claims.get("email_verified") is True else None
    return Caller(
        subject=claims["sub"],
        name=name if isinstance(name, str) else None,
        tenant_roles=_tenant_roles(_texts(claims.get("groups"))),
        realm_roles=frozenset(_texts(roles)),
        address=address if isinstance(address, str) else None,
    )


def _tenant_roles(groups: list[str]) -> dict[str, frozenset[str]]:
    """Groups of the form `/tenants/<slug>/<role>`; others mean nothing here."""
    roles: dict[str, frozenset[str]] = {}
    for group in groups:
        parts = group.split("/")
        if len(parts) == 4 and parts[:2] == ["", "tenants"] and is_tenant(parts[2]) and parts[3]:
            roles[parts[2]] = roles.get(parts[2], frozenset()) | {parts[3]}
    return roles


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _refused(why: str) -> DomainError:
    return DomainError(Kind.UNAUTHENTICATED, "TOKEN_INVALID", "the token is not valid", metadata={"why": why})
