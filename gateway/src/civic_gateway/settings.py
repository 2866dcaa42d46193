"""Settings of the gateway, from the environment."""

from __future__ import annotations

from civic_chassis.inspection import MAX_VIDEO_BYTES
from civic_chassis.settings import FilesUrl, HttpUrl, Listen, ProcessSettings
from pydantic import Field, SecretStr


class Settings(ProcessSettings):
    """What the gateway can be told."""

    listen: Listen = Field(default="0.0.0.0:8080", description="Address of the HTTP server, host:port")
    public_url: HttpUrl = Field(default="http://localhost:8080", description="Address of the portal")
    tenant_target: str = Field(description="gRPC target of the tenant service, e.g. dns:///tenant:50051")
    discussion_target: str = Field(description="gRPC target of the discussion service")
    notification_target: str = Field(
        default="dns:///notification:50051", description="gRPC target of the notification service"
    )
    catalog_target: str = Field(description="gRPC target of the catalog service")
    files_url: FilesUrl = Field(description="Object store: file:///folder or s3://bucket/prefix")

    oidc_client_id: str = Field(default="civic-web", description="Client of the portal in the realm")
    oidc_client_secret: SecretStr = Field(description="Secret of that client")
    session_secret: SecretStr = Field(description="Secret that sessions and CSRF tokens are derived from")

    nats_replicas: int = Field(default=1, ge=1, le=5, description="Copies of sessions and drafts in a NATS cluster")

    map_style_url: str = Field(
        default="", description="MapLibre style of the base map; without one an outline of the country is drawn"
    )
    state_bounds: str = Field(
        default="",
        pattern=r"(?:-?\d+(?:\.\d+)?(?:,-?\d+(?:\.\d+)?){3})?",
        description="Rectangle around the state, west,south,east,north in degrees: maps begin with it",
    )
    map_hosts: str = Field(
        default="", description="Origins that the style loads from, https://tiles.example; with spaces"
    )

    demonstration: bool = Field(default=False, description="Pages say that the portal is a demonstration")
    forwarded_allow_ips: str = Field(
        default="127.0.0.1", description="Proxies whose X-Forwarded-For counts, separated by commas; * for all"
    )

    writes_per_minute_person: int = Field(default=120, ge=1, description="Writes of one person")
    writes_per_minute_client: int = Field(default=600, ge=1, description="Writes of one address")
    uploads_per_day_person: int = Field(default=200, ge=1, description="Files that one person may send in a day")
    max_video_bytes: int = Field(
        default=MAX_VIDEO_BYTES, ge=1024 * 1024, description="Largest video that staff may send, in bytes"
    )
    upload_pause_seconds: float = Field(default=30, gt=0, description="Longest pause while a file arrives")
    upload_timeout_seconds: float = Field(default=900, gt=0, description="Time in which files arrive, or are delivered")
    reads_per_minute_client: int = Field(default=6000, ge=1, description="Reads of one address that no cache answered")
    questions_per_hour_client: int = Field(
        default=10, ge=1, description="Mail addresses without an account that one address may enter"
    )
    reports_per_minute_client: int = Field(
        default=10, ge=1, description="Reports of texts without an account from one address"
    )
    max_body_bytes: int = Field(default=1024 * 1024, ge=1024, description="Largest body of a request")
    body_timeout_seconds: float = Field(default=10, gt=0, description="Time in which a body arrives completely")
    request_timeout_seconds: float = Field(default=10, gt=0, description="Time in which a request is answered")
    call_timeout_seconds: float = Field(default=5, gt=0, description="Deadline of one call to a service")
    exports_at_once: int = Field(default=8, ge=1, description="Exports that run at the same time")
    exports_per_client: int = Field(default=4, ge=1, description="Of these for one address")
    cache_bytes: int = Field(default=64 * 1024 * 1024, ge=0, description="Memory for ready answers")
    cache_seconds: float = Field(default=30, gt=0, description="Longest life of a ready answer")
    drain_seconds: int = Field(default=8, ge=0, description="Time that running requests have to end after SIGTERM")

    @property
    def secure(self) -> bool:
        """Whether the portal is reached through TLS."""
        return self.public_url.startswith("https://")
