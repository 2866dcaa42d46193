"""Who may call a method: read from the contract, refused where the contract says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from civic.common.v1 import options_pb2
from google.protobuf import descriptor_pool

from civic_chassis.kernel.call import Caller
from civic_chassis.kernel.errors import DomainError, Kind

PUBLIC = options_pb2.ACCESS_LEVEL_PUBLIC
PARTICIPANT = options_pb2.ACCESS_LEVEL_PARTICIPANT
STAFF = options_pb2.ACCESS_LEVEL_STAFF
PLATFORM = options_pb2.ACCESS_LEVEL_PLATFORM


class AccessError(Exception):
    """The contract leaves open who may call a method; the service must not start."""


@dataclass(frozen=True, slots=True)
class AccessRule:
    """The access option of one method."""

    level: int
    roles: tuple[str, ...] = ()

    def check(self, caller: Caller, tenant: str | None) -> None:
        """Raises SIGN_IN_REQUIRED, TENANT_REQUIRED or ROLE_REQUIRED."""
        if self.level == PUBLIC:
            return
        if not caller.signed_in:
            raise DomainError(Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED", "the method needs a signed-in person")
        if self.level == PARTICIPANT:
            return
        if self.level == STAFF:
            if tenant is None:
                raise DomainError(Kind.INVALID, "TENANT_REQUIRED", "the call names no tenant")
            if caller.has_role(tenant, *self.roles):
                return
        elif self.level == PLATFORM and caller.has_realm_role(*self.roles):
            return
        raise DomainError(Kind.FORBIDDEN, "ROLE_REQUIRED", "the method needs a role that the person lacks")


def rules_of(service: str) -> Mapping[str, AccessRule]:
    """The rule of every method of a service by the method's name. Raises AccessError naming all methods without a
    usable one."""
    methods = descriptor_pool.Default().FindServiceByName(service).methods
    rules: dict[str, AccessRule] = {}
    problems = []
    for method in methods:
        option = method.GetOptions().Extensions[options_pb2.access]
        rule = AccessRule(option.level, tuple(option.roles))
        problem = _problem(rule)
        if problem:
            problems.append(f"{service}/{method.name} {problem}")
        rules[method.name] = rule
    if problems:
        raise AccessError("; ".join(problems))
    return rules


def _problem(rule: AccessRule) -> str | None:
    if rule.level in (PUBLIC, PARTICIPANT):
        return "names roles that its level ignores" if rule.roles else None
    if rule.level in (STAFF, PLATFORM):
        return None if rule.roles else "needs a role and names none"
    return "has no access option"
