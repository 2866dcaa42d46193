"""The composition root of the discussion service."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.db.timers import Handler
from civic_chassis.grpc.server import Servicer
from civic_chassis.nats.streams import Stream
from civic_chassis.service import Service
from civic_participation.api.tenants import tenant_subscription

from civic_discussion.api import grpc_api, subscriptions
from civic_discussion.api.events import encode
from civic_discussion.application.comments import Comments
from civic_discussion.application.contributions import Contributions
from civic_discussion.application.topics import Topics
from civic_discussion.settings import DiscussionSettings
from civic_discussion.store.tables import metadata

NAME = "discussion"

SCHEMA = Schema(NAME, metadata, Path(__file__).parents[2] / "migrations" / "versions")

STREAM = Stream(
    name="DISCUSSION",
    subjects=("civic.discussion.>",),
    max_bytes=1024 * 1024 * 1024,
    max_age=timedelta(days=30),
)


def servicers(database: Database) -> Sequence[Servicer]:
    return grpc_api.servicers(Topics(database, encode), Contributions(database, encode), Comments(database, encode))


def timers(database: Database) -> Mapping[str, Handler]:
    return subscriptions.timers(Topics(database, encode))


SERVICE = Service(
    name=NAME,
    schema=SCHEMA,
    servicers=lambda parts: servicers(parts.database),
    subscriptions=lambda parts: (tenant_subscription(NAME),),
    timers=lambda parts: timers(parts.database),
    streams=(STREAM,),
    settings=DiscussionSettings,
)
