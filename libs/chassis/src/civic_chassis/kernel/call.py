"""Who calls, for which tenant, and when the call was received."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from civic_chassis.kernel.errors import DomainError, Kind

_TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")


def is_tenant(slug: str) -> bool:
    """Whether the text has the form of a tenant's name: 2 to 40 of a-z, 0-9 and inner hyphens."""
    return _TENANT.fullmatch(slug) is not None


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a call, as the verified token says; `name` is the public name.

    `address` is the mail address that the person confirmed; it belongs to the service that sends mail, and into no log.
    """

    subject: str | None
    name: str | None
    tenant_roles: Mapping[str, frozenset[str]]
    realm_roles: frozenset[str]
    address: str | None = field(default=None, repr=False)

    @property
    def signed_in(self) -> bool:
        return self.subject is not None

    def has_role(self, tenant: str, *roles: str) -> bool:
        """Whether the person has any of the roles in exactly this tenant."""
        held = self.tenant_roles.get(tenant)
        return held is not None and not held.isdisjoint(roles)

    def has_realm_role(self, *roles: str) -> bool:
        """Whether the person has any of the roles of the state."""
        return not self.realm_roles.isdisjoint(roles)


ANONYMOUS = Caller(None, None, {}, frozenset())


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the service received it.

    `received_at` is the instant that decides about phases, `method` the full RPC name without leading slash.
    """

    caller: Caller
    tenant: str | None
    received_at: datetime
    method: str
    deadline: datetime | None

    def require_tenant(self) -> str:
        if self.tenant is None:
            raise DomainError(Kind.INVALID, "TENANT_REQUIRED", "the call names no tenant")
        return self.tenant

    def require_subject(self) -> str:
        if self.caller.subject is None:
            raise DomainError(Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED", "the method needs a signed-in person")
        return self.caller.subject
