"""Settings of the local stack: ports, folders, and what is external."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FIRST_SERVICE_PORT = 8501


class SettingError(Exception):
    """A setting cannot be understood; the text names it and what it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """What one stack is made of; every value has a `CIVIC_…` variable of the same name.

    A port of 0 means any free one. An address of an external part takes the place of the local one.
    """

    state: str = "hessen"
    data: Path = ROOT / ".civic"
    cache: Path = field(default_factory=lambda: cache_folder())
    host: str = "127.0.0.1"

    port: int = 8080
    keycloak_port: int = 8081
    mail_port: int = 8025
    smtp_port: int = 8026
    nats_port: int = 8422
    postgres_port: int = 8432
    service_ports: Mapping[str, int] = field(default_factory=dict)

    # Parts to leave out.
    keycloak: bool = True
    mail: bool = True
    services: bool = True
    gateway: bool = True
    demo: bool = True
    # How many gateways; the second and later ones take any free port.
    gateways: int = 1

    # External parts.
    postgres_url: str | None = None
    nats_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_secret: str | None = None
    files_url: str | None = None
    smtp: str | None = None
    public_url: str | None = None

    # A distribution or a Java that is already here.
    keycloak_dist: Path | None = None
    java: Path | None = None

    log_level: str = "info"
    trace_sample: float = 1.0
    # Further variables for services and gateway, as they are.
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def run_folder(self) -> Path:
        return self.data / "run"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def traces(self) -> Path:
        return self.data / "traces"

    @classmethod
    def from_environment(cls, given: Mapping[str, str] = os.environ) -> StackSettings:
        """Raises SettingError."""
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = given.get(f"CIVIC_{item.name.upper()}")
            if text and item.name not in ("service_ports", "extra"):
                values[item.name] = _parsed(item.name, text, str(item.type))
        passed = {k: v for k, v in given.items() if k.startswith("CIVIC_") and k not in _OWN}
        settings = cls(**values, extra=passed)
        _check(settings)
        return replace(settings, data=settings.data.expanduser().absolute(), cache=cache_folder())

    @classmethod
    def isolated(cls, data: Path, **changes: Any) -> StackSettings:
        """A stack beside others: its own data folder and free ports, without demo data unless asked for."""
        ports = dict.fromkeys(PORT_SETTINGS, 0)
        values = {"demo": False, **ports, **changes}
        return cls(data=data.absolute(), **values)

    def service_port(self, service: str, index: int) -> int:
        """0 when the stack takes free ports."""
        variable = port_variable(service)
        text = self.extra.get(variable)
        if text:
            return int(_parsed(variable.removeprefix("CIVIC_").lower(), text, "int"))
        return self.service_ports.get(service, 0 if self.port == 0 else FIRST_SERVICE_PORT + index)


PORT_SETTINGS = ("port", "keycloak_port", "mail_port", "smtp_port", "nats_port", "postgres_port")
_OWN = {f"CIVIC_{item.name.upper()}" for item in fields(StackSettings)}


def port_variable(service: str) -> str:
    return f"CIVIC_{service.upper().replace('-', '_')}_PORT"


def cache_folder(asked: Path | None = None) -> Path:
    """Downloads and what is made of them once; shared by all working copies of this person."""
    if asked is not None:
        return asked.expanduser().absolute()
    if own := os.environ.get("CIVIC_CACHE"):
        return Path(own).expanduser().absolute()
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache").absolute() / "civic"


def _check(settings: StackSettings) -> None:
    if settings.oidc_issuer and not settings.oidc_client_secret:
        raise SettingError("CIVIC_OIDC_ISSUER needs CIVIC_OIDC_CLIENT_SECRET: the secret of its client civic-web")
    if settings.smtp and not settings.smtp.rpartition(":")[2].isdecimal():
        raise SettingError(f"CIVIC_SMTP is {settings.smtp!r}; it may be host:port")
    if settings.gateways < 1:
        raise SettingError(f"CIVIC_GATEWAYS is {settings.gateways}; it may be 1 or more")


def _parsed(name: str, text: str, kind: str) -> Any:
    variable = f"CIVIC_{name.upper()}"
    if kind == "int":
        if not text.isdecimal() or not 0 <= int(text) <= 65_535:
            raise SettingError(f"{variable} is {text!r}; it may be a number from 0 to 65535")
        return int(text)
    if kind == "bool":
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if text.lower() not in known:
            raise SettingError(f"{variable} is {text!r}; it may be true or false")
        return known[text.lower()]
    if kind == "float":
        try:
            return float(text)
        except ValueError as error:
            raise SettingError(f"{variable} is {text!r}; it may be a number") from error
    return Path(text) if "Path" in kind else text
