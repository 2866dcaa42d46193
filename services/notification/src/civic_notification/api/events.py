"""Domain events as messages."""

from civic.notification.v1 import notification_events_pb2 as messages
from civic_chassis.kernel.event import Event

from civic_notification.domain.events import FollowingEnded, FollowingStarted

AREA = "notification"


def encode(event: FollowingStarted | FollowingEnded) -> Event:
    started = isinstance(event, FollowingStarted)
    made = messages.FollowingStarted if started else messages.FollowingEnded
    message = made(kind=event.kind, object_id=event.object_id)
    return Event(
        area=AREA,
        resource="following",
        verb="started" if started else "ended",
        payload=message.SerializeToString(),
        # Events of one object keep their order.
        aggregate_id=f"{event.kind}/{event.object_id}",
    )
