"""The composition root of the tenant service."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel.errors import DomainError
from civic_chassis.nats.streams import Stream
from civic_chassis.service import Command, Parts, Service
from civic_participation.domain.videos import DEFAULT_HOSTS, hosts_of

from civic_tenant.api import grpc_api, tenant_file
from civic_tenant.api.wire import encode
from civic_tenant.application.tenants import TenantLoader, TenantPages, Tenants
from civic_tenant.settings import TenantSettings
from civic_tenant.store.tables import metadata

NAME = "tenant"

SCHEMA = Schema(NAME, metadata, Path(__file__).parents[2] / "migrations" / "versions")

STREAM = Stream(
    name="TENANT",
    subjects=("civic.tenant.>",),
    max_bytes=64 * 1024 * 1024,
    # A service that is new finds the last word on every tenant here.
    max_per_subject=1,
    max_age=timedelta(days=3650),
)


def servicers(database: Database, video_hosts: frozenset[str] = DEFAULT_HOSTS) -> Sequence[Servicer]:
    return grpc_api.servicers(Tenants(database), TenantPages(database, encode, video_hosts))


async def load(parts: Parts, options: argparse.Namespace) -> None:
    """Brings the tenants to what the file says and tells what it did. Raises DomainError naming what is wrong."""
    if parts.files is None:
        raise ValueError("the settings name no object store")
    loader = TenantLoader(parts.database, parts.files, encode, _video_hosts(parts))
    try:
        entries = tenant_file.read(options.file, state=parts.settings.state)
        done = await loader.load(entries, announce=options.announce)
    except DomainError as error:
        raise _in_words(error) from error
    for word, slugs in (("added", done.added), ("changed", done.changed), ("unchanged", done.unchanged)):
        sys.stdout.write(f"{word}: {', '.join(slugs) or '-'}\n")


def _video_hosts(parts: Parts) -> frozenset[str]:
    if not isinstance(parts.settings, TenantSettings):
        raise TypeError("the tenant service runs with its own settings")
    return hosts_of(parts.settings.video_hosts)


def _load_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the state's tenants (YAML)")
    parser.add_argument(
        "--announce", action="store_true", help="tell of unchanged tenants too, where a stream was lost"
    )


def _in_words(error: DomainError) -> DomainError:
    """The same error with every violation in its message: an operator reads it on a terminal."""
    lines = [f"{violation.field}: {violation.message}" for violation in error.violations] or [error.message]
    return DomainError(error.kind, error.reason, "; ".join(lines), violations=error.violations)


SERVICE = Service(
    name=NAME,
    schema=SCHEMA,
    servicers=lambda parts: servicers(parts.database, _video_hosts(parts)),
    streams=(STREAM,),
    commands=(
        Command(name="load", help="load the tenants of a state from a file", run=load, arguments=_load_arguments),
    ),
    settings=TenantSettings,
)
