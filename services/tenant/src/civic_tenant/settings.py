"""Settings of the tenant service."""

from civic_chassis.settings import FilesUrl, ServiceSettings
from pydantic import Field


class TenantSettings(ServiceSettings):
    """What every service can be told; the object store takes the logos."""

    files_url: FilesUrl = Field(description="Object store of the logos: file:///folder or s3://bucket/prefix")
