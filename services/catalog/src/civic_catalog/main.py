"""The composition root of the catalog service."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.grpc.server import Servicer
from civic_chassis.nats.consumer import Subscription
from civic_chassis.nats.streams import Stream
from civic_chassis.service import Command, Parts, Service
from civic_participation.api.notices import NOTICE_STREAM, encode_notice
from civic_participation.api.offers import OFFER_STREAM

from civic_catalog.api import grpc_api
from civic_catalog.api.events import encode
from civic_catalog.api.subscriptions import all_offers, following_subscription, offer_subscription
from civic_catalog.application.catalog import Catalog
from civic_catalog.application.rebuilding import Rebuilding
from civic_catalog.application.subscriptions import Subscriptions
from civic_catalog.settings import CatalogSettings
from civic_catalog.store.tables import metadata

NAME = "catalog"

SCHEMA = Schema(NAME, metadata, Path(__file__).parents[2] / "migrations" / "versions")

# A word may stand in one offer or in all, a rectangle may hold a street or the state: plans are made for the values
# that are asked for.
PLANS = {"plan_cache_mode": "force_custom_plan"}

STREAM = Stream(
    name="CATALOG",
    subjects=("civic.catalog.>",),
    max_bytes=1024 * 1024 * 1024,
    max_age=timedelta(days=30),
)


def servicers(database: Database) -> Sequence[Servicer]:
    subscribed = subscriptions(database)
    return grpc_api.servicers(Catalog(database, encode, subscribed), subscribed)


def subscriptions(database: Database) -> Subscriptions:
    return Subscriptions(database, encode_notice)


def foreign_events(database: Database) -> Sequence[Subscription]:
    subscribed = subscriptions(database)
    return offer_subscription(Catalog(database, encode, subscribed)), following_subscription(subscribed)


async def rebuild(parts: Parts, _options: argparse.Namespace) -> None:
    """Builds the list anew from the stream and says what was another one before."""
    done = await Rebuilding(parts.database, encode).rebuild(lambda: all_offers(parts.nats))
    sys.stdout.write(f"{done.seen} offers read, lists of {done.tenants_changed} tenants were changed\n")


SERVICE = Service(
    name=NAME,
    schema=SCHEMA,
    servicers=lambda parts: servicers(parts.database),
    subscriptions=lambda parts: foreign_events(parts.database),
    streams=(STREAM, OFFER_STREAM, NOTICE_STREAM),
    commands=(Command(name="rebuild", help="build the list anew from the tools' offers", run=rebuild),),
    settings=CatalogSettings,
    database_settings=PLANS,
)
