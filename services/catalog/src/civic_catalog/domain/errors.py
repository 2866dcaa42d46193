"""Refusals of the catalog service; the reasons are those of its contract."""

from civic_chassis.kernel.errors import DomainError, Kind

DOMAIN = "catalog.civic"


def subscription_not_found() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "SUBSCRIPTION_NOT_FOUND", "there is no such subscription", domain=DOMAIN)
