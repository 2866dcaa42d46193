"""Where every part of one stack is, and the environment that tells it to the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from civic_devstack import ports
from civic_devstack.members import Member
from civic_devstack.nats import Nats
from civic_devstack.postgres import Postgres
from civic_devstack.secrets import Secrets
from civic_devstack.settings import PORT_SETTINGS, StackSettings, port_variable

MAIL_SERVICE = "notification"


# Around the state of the demonstration: west, south, east, north.
_HESSEN = "7.7,49.3,10.3,51.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Ports are chosen when it is made; `gateway_ports` has one for each gateway, the portal's own first."""

    settings: StackSettings
    secrets: Secrets
    services: Sequence[Member]
    service_ports: Mapping[str, int]
    gateway_ports: Sequence[int]

    @classmethod
    def choose(
        cls, settings: StackSettings, services: Sequence[Member], secrets: Secrets, block: ports.PortBlock
    ) -> Addresses:
        """Takes every port that is not given from the block."""
        given = {item.name: settings.service_port(item.name, item.index) for item in services}
        chosen: dict[str, Any] = {name: getattr(settings, name) or block.take() for name in PORT_SETTINGS}
        return cls(
            settings=replace(settings, **chosen),
            secrets=secrets,
            services=services,
            service_ports={name: number or block.take() for name, number in given.items()},
            gateway_ports=[chosen["port"], *(block.take() for _ in range(1, settings.gateways))],
        )

    @property
    def data(self) -> Path:
        return self.settings.data

    @property
    def portal_url(self) -> str:
        return self.settings.public_url or f"http://localhost:{self.settings.port}"

    @property
    def gateway_urls(self) -> list[str]:
        return [f"http://localhost:{port}" for port in self.gateway_ports]

    @property
    def keycloak_url(self) -> str:
        return f"http://localhost:{self.settings.keycloak_port}"

    @property
    def issuer(self) -> str:
        return self.settings.oidc_issuer or f"{self.keycloak_url}/realms/{self.settings.state}"

    @property
    def local_keycloak(self) -> bool:
        return self.settings.keycloak and self.settings.oidc_issuer is None

    @property
    def client_secret(self) -> str:
        return self.settings.oidc_client_secret or self.secrets.of("civic-web")

    @property
    def mail_url(self) -> str:
        return f"http://localhost:{self.settings.mail_port}"

    @property
    def local_mail(self) -> bool:
        return self.settings.mail and self.settings.smtp is None

    @property
    def smtp(self) -> str:
        return self.settings.smtp or f"{self.settings.host}:{self.settings.smtp_port}"

    @property
    def nats(self) -> Nats:
        return Nats(data=self.data, host=self.settings.host, port=self.settings.nats_port)

    @property
    def nats_url(self) -> str:
        return self.settings.nats_url or self.nats.url

    @property
    def postgres(self) -> Postgres:
        settings = self.settings
        return Postgres(
            data=self.data,
            host=settings.host,
            port=settings.postgres_port,
            secrets=self.secrets,
            logs=settings.logs,
        )

    @property
    def postgres_url(self) -> str:
        """The superuser's."""
        return self.settings.postgres_url or self.postgres.url

    def database_address(self, database: str) -> str:
        """host:port/database."""
        server = urlsplit(self.postgres_url)
        return f"{server.hostname}:{server.port or 5432}/{database}"

    def database_url(self, service: str, role: str = "app") -> str:
        """`role` is `app` or `owner`."""
        variable = f"CIVIC_{service.upper().replace('-', '_')}_{'OWNER_' if role == 'owner' else ''}DATABASE_URL"
        user = f"{service}_{role}"
        own = f"postgresql://{user}:{self.secrets.of(user)}@{self.database_address(service)}"
        return self.settings.extra.get(variable) or own

    def target(self, service: str) -> str:
        """host:port of the service's gRPC server."""
        return f"{self.settings.host}:{self.service_ports[service]}"

    def taken_ports(self) -> list[ports.Port]:
        """Every port that a local part is about to take."""
        settings = self.settings
        wanted = (
            (settings.postgres_port, "PostgreSQL", "CIVIC_POSTGRES_PORT", settings.postgres_url is None),
            (settings.nats_port, "NATS", "CIVIC_NATS_PORT", settings.nats_url is None),
            (settings.keycloak_port, "Keycloak", "CIVIC_KEYCLOAK_PORT", self.local_keycloak),
            (settings.mail_port, "the page of caught mails", "CIVIC_MAIL_PORT", self.local_mail),
            (settings.smtp_port, "the mail catcher", "CIVIC_SMTP_PORT", self.local_mail),
            (settings.port, "the portal", "CIVIC_PORT", settings.gateway),
        )
        services = [
            ports.Port(self.service_ports[item.name], f"the service {item.name}", port_variable(item.name))
            for item in self.services
            if item.runnable and settings.services
        ]
        return [ports.Port(number, part, setting) for number, part, setting, local in wanted if local] + services

    def service_environment(self, service: Member) -> dict[str, str]:
        own = {"CIVIC_LISTEN": self.target(service.name)}
        if service.database:
            own["CIVIC_DATABASE_URL"] = self.database_url(service.name)
            own["CIVIC_OWNER_DATABASE_URL"] = self.database_url(service.name, "owner")
        return {**self._mail_environment(service), **self._common_environment(), **own}

    def _mail_environment(self, service: Member) -> dict[str, str]:
        """What the service that sends mail needs; the other services know nothing of it."""
        if service.name != MAIL_SERVICE:
            return {}
        return {
            "CIVIC_PUBLIC_URL": self.portal_url,
            "CIVIC_SMTP": self.smtp,
            "CIVIC_SMTP_SECURITY": "none" if self.local_mail else "starttls",
            "CIVIC_MAIL_FROM": f"portal@{self.settings.state}.example",
            "CIVIC_MAIL_SECRET": self.secrets.of("mail"),
        }

    def gateway_environment(self, port: int) -> dict[str, str]:
        defaults = {
            "CIVIC_OIDC_CLIENT_ID": "civic-web",
            "CIVIC_SESSION_SECRET": self.secrets.of("sessions"),
            "CIVIC_DEMONSTRATION": "true",
        }
        first = port == self.settings.port
        own = {
            "CIVIC_LISTEN": f"{self.settings.host}:{port}",
            "CIVIC_PUBLIC_URL": self.portal_url if first else f"http://localhost:{port}",
            "CIVIC_OIDC_CLIENT_SECRET": self.client_secret,
            **{f"CIVIC_{name.upper()}_TARGET": f"dns:///{self.target(name)}" for name in self.service_ports},
        }
        return {**defaults, **self._common_environment(), **own}

    def _common_environment(self) -> dict[str, str]:
        settings = self.settings
        defaults = {
            "CIVIC_STATE": settings.state,
            "CIVIC_STATE_BOUNDS": _HESSEN,
            "CIVIC_NATS_URL": self.nats_url,
            "CIVIC_OIDC_ISSUER": self.issuer,
            "CIVIC_FILES_URL": settings.files_url or (self.data / "files").as_uri(),
            "CIVIC_TRACES": settings.traces.as_uri(),
            "CIVIC_TRACE_SAMPLE": str(settings.trace_sample),
            "CIVIC_LOG_LEVEL": settings.log_level,
        }
        # A service's database is nobody else's.
        shared = {name: value for name, value in settings.extra.items() if not name.endswith("_DATABASE_URL")}
        return {**defaults, **shared}
