"""The composition root of the sample service."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.grpc.server import Servicer
from civic_chassis.nats.streams import Stream
from civic_chassis.service import Service
from civic_participation.api.tenants import tenant_subscription

from civic_sample.api import grpc_api
from civic_sample.api.events import encode
from civic_sample.application.specimens import Specimens
from civic_sample.settings import SampleSettings
from civic_sample.store.tables import metadata

NAME = "sample"

SCHEMA = Schema(NAME, metadata, Path(__file__).parents[2] / "migrations" / "versions")

STREAM = Stream(
    name="SAMPLE",
    subjects=("civic.sample.>",),
    max_bytes=1024 * 1024 * 1024,
    max_age=timedelta(days=30),
)


def servicers(database: Database) -> Sequence[Servicer]:
    return grpc_api.servicers(Specimens(database, encode))


SERVICE = Service(
    name=NAME,
    schema=SCHEMA,
    servicers=lambda parts: servicers(parts.database),
    subscriptions=lambda parts: (tenant_subscription(NAME),),
    streams=(STREAM,),
    settings=SampleSettings,
)
