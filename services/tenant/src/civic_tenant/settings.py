"""Settings of the tenant service."""

from civic_chassis.settings import FilesUrl, ServiceSettings
from civic_participation.domain.videos import DEFAULT_HOSTS
from civic_participation.settings import VideoHosts
from pydantic import Field


class TenantSettings(ServiceSettings):
    """What every service can be told; the object store takes the logos."""

    files_url: FilesUrl = Field(description="Object store of the logos: file:///folder or s3://bucket/prefix")
    video_hosts: VideoHosts = Field(
        default=",".join(sorted(DEFAULT_HOSTS)),
        description="Hosts of pages that tenants' videos may be on, separated by commas; they are linked, not embedded",
    )
