"""The parts of the portal, what each needs, and how each is started."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from civic_devstack import assets, identity, members, probes, process
from civic_devstack.addresses import Addresses
from civic_devstack.keycloak import ADVICE, Keycloak
from civic_devstack.members import Member
from civic_devstack.parts import Command, Part, Server, Step
from civic_devstack.postgres import create_databases
from civic_devstack.prepare import SEPARATOR
from civic_devstack.records import write_atomically
from civic_devstack.settings import ROOT

POSTGRES, NATS, DATABASES, KEYCLOAK, MAIL, ASSETS = "postgres", "nats", "databases", "keycloak", "mail", "assets"
REALM, GATEWAY, DEMO = "realm", "gateway", "demo"


def compose(addresses: Addresses) -> list[Part]:
    """Leaves out what is external, switched off, or not in this working copy."""
    parts = [*_stores(addresses)]
    if addresses.local_keycloak:
        parts += _keycloak(addresses)
    if addresses.local_mail:
        parts.append(_mail(addresses))
    for service in _runnable(addresses):
        parts += _service(addresses, service)
    if addresses.settings.gateway and members.gateway_runnable(ROOT):
        build = Step(name=ASSETS, title="Page assets", run=lambda: assets.build(addresses.settings), attempts=3)
        parts.append(build)
        parts += [_gateway(addresses, number) for number in range(len(addresses.gateway_ports))]
        if addresses.settings.demo and addresses.local_keycloak:
            parts.append(_demo(addresses))
    return parts


def _stores(addresses: Addresses) -> list[Part]:
    parts: list[Part] = []
    if addresses.settings.postgres_url is None:
        postgres = addresses.postgres
        parts.append(Server(name=POSTGRES, title="PostgreSQL", command=postgres.command, ready=postgres.ready))
    if addresses.settings.nats_url is None:
        nats = addresses.nats
        parts.append(Server(name=NATS, title="NATS", command=nats.command, ready=nats.ready))

    async def databases() -> None:
        names = [service.name for service in _runnable(addresses) if service.database]
        plain = (KEYCLOAK,) if addresses.local_keycloak else ()
        await create_databases(addresses.postgres_url, names, addresses.secrets, plain=plain)

    needs = (POSTGRES,) if addresses.settings.postgres_url is None else ()
    return [*parts, Step(name=DATABASES, title="Databases", run=databases, needs=needs, attempts=3)]


def _keycloak(addresses: Addresses) -> list[Part]:
    settings = addresses.settings

    def realm() -> Mapping[str, Any]:
        return identity.demo_realm(
            state=settings.state,
            portal_urls=[addresses.portal_url, *addresses.gateway_urls],
            client_secret=addresses.client_secret,
            smtp=addresses.smtp,
        )

    keycloak = Keycloak(
        data=addresses.data,
        cache=settings.cache,
        logs=settings.logs,
        host=settings.host,
        port=settings.keycloak_port,
        database=addresses.database_address(KEYCLOAK),
        database_user=KEYCLOAK,
        database_password=addresses.secrets.of(KEYCLOAK),
        admin_password=addresses.secrets.of("keycloak-admin"),
        state=settings.state,
        realm=realm,
        themes=identity.THEMES,
        archive=settings.keycloak_dist,
        java=settings.java,
    )
    files = f"{KEYCLOAK}-files"
    return [
        Step(name=files, title="Keycloak's files", run=keycloak.prepare, optional=True, advice=ADVICE),
        Server(
            name=KEYCLOAK,
            title="Keycloak",
            command=keycloak.command,
            ready=keycloak.ready,
            needs=(files, DATABASES),
            patience=600,
            optional=True,
            advice=ADVICE,
        ),
        Step(name=REALM, title="Realm", run=keycloak.update_realm, needs=(KEYCLOAK,), attempts=3, optional=True),
    ]


def _mail(addresses: Addresses) -> Server:
    settings = addresses.settings

    async def command() -> Command:
        where = ("--host", settings.host, "--folder", str(addresses.data / "mail"))
        numbers = ("--port", str(settings.mail_port), "--smtp-port", str(settings.smtp_port))
        return _python(addresses, "civic_devstack.mail", *where, *numbers)

    async def ready() -> bool:
        return await probes.greets(settings.host, settings.smtp_port, b"220")

    return Server(name=MAIL, title="Mail catcher", command=command, ready=ready, optional=True)


def _service(addresses: Addresses, service: Member) -> list[Part]:
    migrate = f"{service.name}-migrate"
    environment = addresses.service_environment(service)

    async def prepare() -> None:
        words = ["migrate", SEPARATOR, "streams"] if service.database else ["streams"]
        if service.load:
            words += [SEPARATOR, "load", str(ROOT / "devstack" / "demo" / addresses.settings.state / service.load)]
        run = _python(addresses, "civic_devstack.prepare", service.package, *words, environment=environment)
        await process.run(run, addresses.settings.logs / f"{migrate}.log")

    async def command() -> Command:
        return _python(addresses, service.package, "serve", environment=environment)

    async def ready() -> bool:
        return await probes.grpc_serving(addresses.settings.host, addresses.service_ports[service.name])

    stores = (*_needed_nats(addresses), *((DATABASES,) if service.database else ()))
    title = f"Service {service.name}"
    return [
        Step(name=migrate, title=f"{title}, migration", run=prepare, needs=stores, attempts=3),
        Server(name=service.name, title=title, command=command, ready=ready, needs=(migrate,)),
    ]


def _gateway(addresses: Addresses, number: int) -> Server:
    port = addresses.gateway_ports[number]

    async def command() -> Command:
        return _python(addresses, "civic_gateway", environment=addresses.gateway_environment(port))

    async def ready() -> bool:
        return await probes.http_ok(addresses.settings.host, port, "/readyz")

    name, title = (GATEWAY, "Gateway") if number == 0 else (f"{GATEWAY}-{number + 1}", f"Gateway {number + 1}")
    return Server(name=name, title=title, command=command, ready=ready, needs=(ASSETS, *_needed_nats(addresses)))


def _demo(addresses: Addresses) -> Step:
    # Eight sign-ins and some hundred calls that change nothing would be most of a second start.
    stamp = addresses.data / "demo.sha256"
    demo_file = ROOT / "devstack" / "demo" / addresses.settings.state / "dialoge.yaml"
    digest = hashlib.sha256(demo_file.read_bytes()).hexdigest()

    async def write() -> str | None:
        if addresses.settings.postgres_url is None and _text(stamp) == digest:
            return "there already"
        await process.run(_python(addresses, "civic_devstack", "demo"), addresses.settings.logs / f"{DEMO}.log")
        write_atomically(stamp, digest)
        return None

    needs = (GATEWAY, REALM, *(service.name for service in _runnable(addresses)))
    return Step(name=DEMO, title="Demo data", run=write, needs=needs, attempts=3, optional=True)


def _text(file: Path) -> str | None:
    return file.read_text(encoding="ascii") if file.exists() else None


def _runnable(addresses: Addresses) -> list[Member]:
    return [service for service in addresses.services if service.runnable and addresses.settings.services]


def _needed_nats(addresses: Addresses) -> tuple[str, ...]:
    return (NATS,) if addresses.settings.nats_url is None else ()


def _python(
    addresses: Addresses, module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Command:
    additions = {"CIVIC_DATA": str(addresses.data), "MALLOC_ARENA_MAX": "2", **(environment or {})}
    return Command(
        argv=(sys.executable, "-m", module, *arguments),
        environment=process.environment(additions),
        folder=addresses.data,
    )
