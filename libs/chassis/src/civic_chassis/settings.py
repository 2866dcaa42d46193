"""Settings of a process, from environment variables with the prefix CIVIC_."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _database(url: str) -> str:
    return _with_scheme(url, "postgresql", "postgresql+asyncpg")


def _files(url: str) -> str:
    return _with_scheme(url, "file", "s3", "memory")


def _nats(url: str) -> str:
    return _with_scheme(url, "nats", "tls", "ws", "wss")


def _http(url: str) -> str:
    return _with_scheme(url, "http", "https").rstrip("/")


def _traces(value: str) -> str:
    return value if value in ("off", "otlp") else _with_scheme(value, "file")


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("must be host:port")
    return value


def _with_scheme(url: str, *schemes: str) -> str:
    if urlsplit(url).scheme not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return url


DatabaseUrl = Annotated[str, AfterValidator(_database)]
FilesUrl = Annotated[str, AfterValidator(_files)]
NatsUrl = Annotated[str, AfterValidator(_nats)]
HttpUrl = Annotated[str, AfterValidator(_http)]
Listen = Annotated[str, AfterValidator(_listen)]
Traces = Annotated[str, AfterValidator(_traces)]
StateName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$")]


class LogSettings(BaseSettings):
    """What every process and command can be told."""

    # Wrong values may be passwords: messages name the variable alone.
    model_config = SettingsConfigDict(
        env_prefix="CIVIC_",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged")
    log_exception_texts: bool = Field(
        default=False,
        description="Log the texts of exceptions, which may quote personal data: for a developer's own machine alone",
    )


class MigrationSettings(LogSettings):
    """What migrating needs: the owner of the tables, whom a running service never knows."""

    owner_database_url: DatabaseUrl = Field(
        description="The service's database as its owner role; for the command migrate alone"
    )


class StreamSettings(LogSettings):
    """What declaring streams needs."""

    nats_url: NatsUrl = Field(description="NATS server with JetStream, nats://host:port; several with commas")


class ProcessSettings(StreamSettings):
    """What every process that runs on can be told."""

    state: StateName = Field(description="Short name of the state, the same as its realm")
    oidc_issuer: HttpUrl = Field(description="Issuer of access tokens, exactly as in their iss claim")
    oidc_internal_url: HttpUrl | None = Field(
        default=None, description="Address under which the issuer is reached from inside, where that is another one"
    )
    oidc_audience: str = Field(default="civic-api", min_length=1, description="Audience that access tokens must name")
    files_url: FilesUrl | None = Field(default=None, description="Object store: file:///folder or s3://bucket/prefix")
    traces: Traces = Field(default="off", description="Where spans go: off, otlp, or file:///folder")
    trace_sample: float = Field(
        default=0.1, ge=0, le=1, description="Share of traces that are recorded, decided where a trace begins"
    )
    otlp_endpoint: HttpUrl | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="OpenTelemetry collector (OTLP over HTTP); metrics are sent where it is set",
    )


class ServiceSettings(ProcessSettings):
    """What every service can be told."""

    database_url: DatabaseUrl = Field(description="The service's database as its app role")
    database_pool_size: int = Field(default=16, ge=2, le=200, description="Most connections to the database")
    listen: Listen = Field(default="0.0.0.0:50051", description="Address of the gRPC server, host:port")
    health_listen: Listen | None = Field(
        default=None, description="Address of a gRPC server for health alone; needed where the role api is not run"
    )
    clamav: Listen | None = Field(
        default=None, description="ClamAV daemon, host:port; files are looked at there before anybody sees them"
    )
    call_timeout_seconds: float = Field(
        default=30.0, gt=0, le=600, description="Longest time of a call, also where the client allows more"
    )
    max_concurrent_calls: int = Field(default=1000, ge=1, description="Calls served at once; more are refused")
    drain_seconds: float = Field(
        default=10.0, ge=0, le=600, description="Time that running work has to end after SIGTERM"
    )


def schema_of(*classes: type[BaseSettings]) -> dict[str, Any]:
    """JSON schema of environment variables; those of the first class are the ones that may be required."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for index, settings in enumerate(classes):
        schema = settings.model_json_schema(by_alias=False)
        for name, rule in schema["properties"].items():
            properties.setdefault(_variable((_alias(settings, name),)), rule)
        if index == 0:
            required = [_variable((_alias(settings, name),)) for name in schema.get("required", [])]
    return {"type": "object", "properties": properties, "required": required}


def problems_of(error: ValidationError) -> list[str]:
    """One line per wrong or missing variable, without its value."""
    return [f"{_variable(item['loc'])}: {item['msg']}" for item in error.errors(include_input=False)]


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else ""
    return name if name.isupper() else f"CIVIC_{name.upper()}"


def _alias(settings: type[BaseSettings], name: str) -> str:
    alias = settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else name
