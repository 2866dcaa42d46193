"""Refusals of the sample service; the reasons are those of its contract."""

from civic_chassis.kernel.errors import DomainError, Kind

DOMAIN = "sample.civic"


def specimen_not_found() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "SPECIMEN_NOT_FOUND", "the specimen is not found in this tenant", domain=DOMAIN)
