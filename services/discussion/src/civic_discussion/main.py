"""The composition root of the discussion service."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from civic_chassis import objects as object_store
from civic_chassis.clamav import ClamAV
from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.db.timers import Handler
from civic_chassis.grpc.server import Servicer
from civic_chassis.nats.streams import Stream
from civic_chassis.service import Command, Loop, Parts, Service
from civic_participation.api.moderation import moderation_servicer, moderation_timers
from civic_participation.api.notices import NOTICE_STREAM, encode_notice
from civic_participation.api.offers import OFFER_STREAM, encode_offer
from civic_participation.api.tenants import tenant_subscription
from civic_participation.attachment_work import Worker
from civic_participation.attachments import Claims
from civic_participation.domain.objects import Limits
from civic_participation.moderation import Moderation, Reports

from civic_discussion.api import (
    contribution_api,
    desk_api,
    files_api,
    grpc_api,
    invitation_api,
    numbers_api,
    object_api,
    subscriptions,
)
from civic_discussion.api.events import encode
from civic_discussion.api.gated import gated
from civic_discussion.application.comments import Comments
from civic_discussion.application.contribution_lists import ContributionLists
from civic_discussion.application.contributions import Contributions
from civic_discussion.application.curation import Curation
from civic_discussion.application.desk import Desk
from civic_discussion.application.exports import Exports
from civic_discussion.application.files import ContributionFiles
from civic_discussion.application.gate import Gate
from civic_discussion.application.invitations import Invitations
from civic_discussion.application.moderated import ModeratedTexts
from civic_discussion.application.objects import Objects
from civic_discussion.application.offers import Offers
from civic_discussion.application.ratings import Ratings
from civic_discussion.application.statistics import Numbers
from civic_discussion.application.telling import Telling
from civic_discussion.application.topics import Topics
from civic_discussion.settings import DEFAULT_LIMITS, DiscussionSettings
from civic_discussion.store.tables import metadata

NAME = "discussion"

SCHEMA = Schema(NAME, metadata, Path(__file__).parents[2] / "migrations" / "versions")

STREAM = Stream(
    name="DISCUSSION",
    subjects=("civic.discussion.>",),
    max_bytes=1024 * 1024 * 1024,
    max_age=timedelta(days=30),
)


def servicers(
    database: Database, limits: Limits = DEFAULT_LIMITS, objects: object_store.Objects | None = None
) -> Sequence[Servicer]:
    texts = ModeratedTexts(encode, encode_notice)
    found = (
        *grpc_api.servicers(_topics(database, limits), Comments(database, encode, texts)),
        contribution_api.servicer(
            Contributions(database, encode, texts, limits.bounds, Claims(objects, NAME)),
            ContributionLists(database),
            Ratings(database, encode),
            Curation(database, encode, Telling(encode_notice)),
        ),
        moderation_servicer(_moderation(database), Reports(database, texts)),
        *files_api.servicers(ContributionFiles(database, encode)),
        *numbers_api.servicers(Exports(database), Numbers(database)),
        desk_api.servicer(Desk(database)),
        object_api.servicer(Objects(database, encode, limits, Claims(objects, NAME))),
        invitation_api.servicer(Invitations(database)),
    )
    return gated(found, Gate(database))


def timers(database: Database, limits: Limits = DEFAULT_LIMITS) -> Mapping[str, Handler]:
    own = subscriptions.timers(_topics(database, limits), Offers(database, encode_offer), Telling(encode_notice))
    return {**own, **moderation_timers(_moderation(database))}


def _moderation(database: Database) -> Moderation:
    return Moderation(database, ModeratedTexts(encode, encode_notice))


def file_worker(database: Database, objects: object_store.Objects, clamav: str | None = None) -> Worker:
    scanner = ClamAV(clamav) if clamav is not None else None
    return Worker(database, objects, ContributionFiles(database, encode).show, scanner)


def _loops(parts: Parts) -> Sequence[Loop]:
    if parts.files is None:
        return ()
    worker = file_worker(parts.database, parts.files.objects, _settings(parts).clamav)
    return (("attachments", worker.run),)


def _topics(database: Database, limits: Limits) -> Topics:
    return Topics(database, encode, Offers(database, encode_offer), Telling(encode_notice), limits.bounds)


async def tell_offers(parts: Parts, _options: argparse.Namespace) -> None:
    """Lets the running service tell of every published topic again."""
    count = await Offers(parts.database, encode_offer).tell_all()
    sys.stdout.write(f"{count} offers will be told again\n")


def _settings(parts: Parts) -> DiscussionSettings:
    if not isinstance(parts.settings, DiscussionSettings):
        raise TypeError("the service runs with its own settings")
    return parts.settings


SERVICE = Service(
    name=NAME,
    schema=SCHEMA,
    servicers=lambda parts: servicers(
        parts.database, _settings(parts).limits, parts.files.objects if parts.files is not None else None
    ),
    subscriptions=lambda parts: (
        tenant_subscription(NAME),
        subscriptions.own_events(NAME, STREAM.name, Telling(encode_notice)),
    ),
    timers=lambda parts: timers(parts.database, _settings(parts).limits),
    loops=_loops,
    streams=(STREAM, OFFER_STREAM, NOTICE_STREAM),
    commands=(Command(name="offers", help="tell of every published topic again", run=tell_offers),),
    settings=DiscussionSettings,
)
