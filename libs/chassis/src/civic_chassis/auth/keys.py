"""The public keys of the issuer: fetched, kept, and fetched again when they rotate."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from civic_chassis.kernel.clock import Clock
from civic_chassis.kernel.errors import DomainError, Kind

_log = logging.getLogger(__name__)

# A key that the issuer took back stops counting after this time at the latest.
MAX_AGE = timedelta(minutes=5)
# Tokens with made-up key ids must not turn into requests to the issuer.
MIN_PAUSE = timedelta(seconds=10)
_MIN_BITS = 2048


class Keys:
    """RSA signing keys by key id.

    `jwks_url` may be left out: it is then found by discovery at `base_url`, which is the issuer or the address under
    which it is reached from inside. When the issuer is away, the last known keys go on to count.
    """

    def __init__(
        self,
        *,
        issuer: str,
        http: httpx.AsyncClient,
        clock: Clock,
        base_url: str | None = None,
        jwks_url: str | None = None,
    ) -> None:
        self._issuer = issuer
        self._base_url = (base_url or issuer).rstrip("/")
        self._jwks_url = jwks_url
        self._http = http
        self._clock = clock
        self._keys: dict[str, RSAKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._away = False
        self._lock = asyncio.Lock()

    async def get(self, kid: str) -> RSAKey | None:
        """The key, None when the issuer has none of this id. Raises UNAVAILABLE when that cannot be told."""
        now = self._clock.now()
        fresh = self._fetched_at is not None and now - self._fetched_at < MAX_AGE
        if not (fresh and kid in self._keys):
            await self._refresh(now)
        key = self._keys.get(kid)
        if key is None and self._away:
            raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the issuer of tokens is away")
        return key

    async def _refresh(self, asked_at: datetime) -> None:
        async with self._lock:
            # Whoever waited for the lock finds the work done.
            if self._tried_at is not None and asked_at - self._tried_at < MIN_PAUSE:
                return
            self._tried_at = asked_at
            try:
                keys = await self._fetch()
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                self._away = True
                _log.warning("keys of the issuer could not be fetched", exc_info=error)
                return
            self._away = False
            self._keys = keys
            self._fetched_at = asked_at

    async def _fetch(self) -> dict[str, RSAKey]:
        if self._jwks_url is None:
            self._jwks_url = await self._discover()
        answer = await self._get(self._jwks_url)
        found = (_signing_key(entry) for entry in answer["keys"])
        return {key.kid: key for key in found if key is not None and key.kid}

    async def _discover(self) -> str:
        answer = await self._get(f"{self._base_url}/.well-known/openid-configuration")
        if answer["issuer"] != self._issuer:
            raise ValueError("the discovery document names another issuer")
        url = str(answer["jwks_uri"])
        # The document names the public address; from inside the issuer may only be reached under another one.
        if url.startswith(self._issuer):
            return self._base_url + url.removeprefix(self._issuer)
        return url

    async def _get(self, url: str) -> dict[str, Any]:
        response = await self._http.get(url, follow_redirects=False)
        response.raise_for_status()
        answer = response.json()
        if not isinstance(answer, dict):
            raise TypeError("not a JSON object")
        return answer


def _signing_key(entry: dict[str, Any]) -> RSAKey | None:
    """The RSA key of a JWKS entry; None for keys of other kinds and uses, such as encryption."""
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    public: dict[str, str | list[str]] = {
        name: entry[name] for name in ("kty", "kid", "n", "e", "use", "alg") if name in entry
    }
    try:
        key = RSAKey.import_key(public)
    except (JoseError, ValueError):
        _log.warning("a key of the issuer is malformed")
        return None
    if key.public_key.key_size < _MIN_BITS:
        _log.warning("a key of the issuer is too short")
        return None
    return key
