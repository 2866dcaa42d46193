"""The composition root of the notification service."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.grpc.server import Servicer
from civic_chassis.nats.consumer import Subscription
from civic_chassis.nats.streams import Stream
from civic_chassis.service import Loop, Parts, Service
from civic_participation.api.notices import NOTICE_STREAM
from civic_participation.api.tenants import tenant_subscription

from civic_notification.api import grpc_api, invitee_api, returned
from civic_notification.api.events import encode
from civic_notification.api.grpc_api import Verbs
from civic_notification.api.mail import Composer
from civic_notification.api.smtp import Server, SmtpTransport
from civic_notification.api.subscriptions import notice_subscription
from civic_notification.application.bounces import Bounces
from civic_notification.application.delivery import Delivery
from civic_notification.application.followings import Followings
from civic_notification.application.guests import Guests
from civic_notification.application.invitees import Invitees
from civic_notification.application.recipients import Recipients
from civic_notification.application.templates import Templates
from civic_notification.application.unsubscribing import Unsubscribing
from civic_notification.settings import NotificationSettings
from civic_notification.store.tables import metadata

NAME = "notification"

SCHEMA = Schema(NAME, metadata, Path(__file__).parents[2] / "migrations" / "versions")

STREAM = Stream(
    name="NOTIFICATION",
    subjects=("civic.notification.>",),
    max_bytes=1024 * 1024 * 1024,
    max_age=timedelta(days=30),
)


def servicers(database: Database, composer: Composer) -> Sequence[Servicer]:
    found = grpc_api.servicers(
        Verbs(
            recipients=Recipients(database),
            followings=Followings(database, encode),
            guests=Guests(database, composer.secret, encode),
            templates=Templates(database, composer.preview),
            unsubscribing=Unsubscribing(database, composer.secret, encode),
        )
    )
    return *found, invitee_api.servicer(Invitees(database))


def composer(settings: NotificationSettings) -> Composer:
    return Composer(
        public_url=settings.public_url,
        mail_from=settings.mail_from,
        bounce_domain=settings.bounce_domain or settings.mail_from.rpartition("@")[2],
        secret=settings.mail_secret.get_secret_value().encode(),
    )


def transport(settings: NotificationSettings) -> SmtpTransport:
    host, _, port = settings.smtp.rpartition(":")
    server = Server(
        host=host,
        port=int(port),
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
        timeout_seconds=settings.smtp_timeout_seconds,
    )
    return SmtpTransport(server, connections=settings.smtp_connections)


def subscriptions(parts: Parts) -> Sequence[Subscription]:
    return tenant_subscription(NAME), notice_subscription(NAME)


def loops(parts: Parts) -> Sequence[Loop]:
    """The sender, and the listener for mail that comes back where it has an address."""
    settings = _settings(parts)
    made = composer(settings)
    delivery = Delivery(parts.database, transport(settings), made.mail, drain_seconds=parts.settings.drain_seconds)
    found: list[Loop] = [("mail", delivery.run)]
    if settings.bounce_listen is not None:
        host, _, port = settings.bounce_listen.rpartition(":")
        bounces = Bounces(parts.database, made.secret)
        found.append(("returned mail", lambda: returned.serve(bounces, host, int(port))))
    return found


def _settings(parts: Parts) -> NotificationSettings:
    settings = parts.settings
    assert isinstance(settings, NotificationSettings)  # noqa: S101 - the class that SERVICE names
    return settings


SERVICE = Service(
    name=NAME,
    schema=SCHEMA,
    servicers=lambda parts: servicers(parts.database, composer(_settings(parts))),
    subscriptions=subscriptions,
    loops=loops,
    streams=(STREAM, NOTICE_STREAM),
    settings=NotificationSettings,
)
