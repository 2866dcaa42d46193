"""A session as it lies, encrypted, in the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson

from civic_gateway.oidc.tokens import Tokens


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """Times are Unix seconds. Until `claimed_until` one gateway is refreshing the tokens, and no other may."""

    subject: str
    name: str
    tenant_roles: Mapping[str, frozenset[str]]
    realm_roles: frozenset[str]
    sid: str
    access_token: str
    access_ends: float
    refresh_token: str
    refresh_ends: float
    id_token: str
    claimed_until: float = 0.0

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        """The session that begins, or goes on, with these tokens."""
        return cls(
            subject=tokens.caller.subject or "",
            name=tokens.caller.name or "",
            tenant_roles=tokens.caller.tenant_roles,
            realm_roles=tokens.caller.realm_roles,
            sid=tokens.sid,
            access_token=tokens.access_token,
            access_ends=tokens.access_ends,
            refresh_token=tokens.refresh_token,
            refresh_ends=tokens.refresh_ends,
            id_token=tokens.id_token,
        )

    def claimed(self, until: float) -> Self:
        """The same, claimed by whoever writes it."""
        return replace(self, claimed_until=until)

    def encode(self) -> bytes:
        """As bytes for `decode`."""
        roles = {tenant: sorted(held) for tenant, held in self.tenant_roles.items()}
        fields: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return orjson.dumps({**fields, "tenant_roles": roles, "realm_roles": sorted(self.realm_roles)})

    @classmethod
    def decode(cls, encoded: bytes) -> Self | None:
        """None for what another version of the gateway wrote in another form."""
        try:
            fields: dict[str, Any] = orjson.loads(encoded)
            roles = {tenant: frozenset(held) for tenant, held in fields.pop("tenant_roles").items()}
            return cls(**{**fields, "tenant_roles": roles, "realm_roles": frozenset(fields["realm_roles"])})
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            return None
