"""Settings of the catalog service."""

from civic_chassis.settings import ServiceSettings


class CatalogSettings(ServiceSettings):
    """What every service can be told; nothing more so far."""
