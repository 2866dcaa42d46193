"""Settings of the gateway, from the environment."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every value comes from `CIVIC_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="CIVIC_", frozen=True, extra="ignore")

    listen: str = Field("0.0.0.0:8080", description="host:port of the HTTP server")
    public_url: str = Field("http://localhost:8080", description="Address of the portal, without a trailing slash")
    state: str = Field(description="Short name of the state, e.g. hessen: the realm and the state portal")
    tenant_target: str = Field(description="gRPC target of the tenant service, e.g. dns:///tenant:50051")
    discussion_target: str = Field(description="gRPC target of the discussion service")
    nats_url: str = Field("nats://localhost:4222", description="NATS servers, separated by commas")
    files_url: str = Field(description="Object store: file:///… or s3://bucket")

    oidc_issuer: str = Field(description="Issuer of tokens: the address of the realm")
    oidc_internal_url: str | None = Field(None, description="Base address for discovery and keys where it differs")
    oidc_client_id: str = Field("civic-web", description="Client of the portal in the realm")
    oidc_client_secret: SecretStr = Field(description="Secret of the client")
    oidc_audience: str = Field("civic-api", description="Audience that access tokens are made for")
    session_secret: SecretStr = Field(description="Secret that sessions and CSRF tokens are derived from")

    demonstration: bool = Field(False, description="Pages say that the portal is a demonstration")
    forwarded_allow_ips: str = Field(
        "127.0.0.1", description="Proxies whose X-Forwarded-For counts, separated by commas; * for all"
    )

    writes_per_minute_person: int = Field(120, ge=1, description="Writes of one person per minute and gateway")
    writes_per_minute_client: int = Field(600, ge=1, description="Writes of one address per minute and gateway")
    reads_per_minute_client: int = Field(
        6000, ge=1, description="Reads of one address that no cache answered, per minute and gateway"
    )
    max_body_bytes: int = Field(1024 * 1024, ge=1024, description="Largest body of a request")
    body_timeout_seconds: float = Field(10, gt=0, description="Time in which a body must arrive completely")
    request_timeout_seconds: float = Field(10, gt=0, description="Time in which a request is answered")
    call_timeout_seconds: float = Field(5, gt=0, description="Deadline of one call to a service")
    cache_bytes: int = Field(64 * 1024 * 1024, ge=0, description="Memory for ready answers")
    cache_seconds: float = Field(30, gt=0, description="Longest life of a ready answer")

    @property
    def secure(self) -> bool:
        """Whether the portal is reached through TLS."""
        return self.public_url.startswith("https://")
