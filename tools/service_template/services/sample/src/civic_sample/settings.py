"""Settings of the sample service."""

from civic_chassis.settings import ServiceSettings


class SampleSettings(ServiceSettings):
    """What every service can be told; nothing more so far."""
