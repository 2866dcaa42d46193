"""Foreign events that the service acts on."""

from civic.notification.v1 import notice_pb2
from civic_chassis.db import UnitOfWork
from civic_chassis.nats import Envelope, Subscription
from civic_participation.api.notices import NOTICE_STREAM

from civic_notification.api import wire
from civic_notification.application.hearing import hear

# Notices that wait, heard in one transaction: few, since each may have thousands of followers.
_TOGETHER = 5


def notice_subscription(service: str) -> Subscription:
    """Everything that tools tell people."""

    async def heard(work: UnitOfWork, envelope: Envelope) -> None:
        await hear(work, wire.notice(notice_pb2.Notice.FromString(envelope.payload)))

    return Subscription(
        stream=NOTICE_STREAM.name,
        subjects=NOTICE_STREAM.subjects,
        durable=f"{service}-notices",
        handler=heard,
        together=_TOGETHER,
    )
