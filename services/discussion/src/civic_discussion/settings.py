"""Settings of the discussion service."""

from civic_chassis.settings import ServiceSettings


class DiscussionSettings(ServiceSettings):
    """What every service can be told; nothing more so far."""
