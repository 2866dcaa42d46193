"""What happened, before it is a message."""

from collections.abc import Callable
from dataclasses import dataclass

from civic_chassis.kernel.event import Event


@dataclass(frozen=True, slots=True)
class FollowingStarted:
    """Somebody began to follow an object."""

    kind: str
    object_id: str


@dataclass(frozen=True, slots=True)
class FollowingEnded:
    """Somebody follows an object no longer."""

    kind: str
    object_id: str


Encode = Callable[[FollowingStarted | FollowingEnded], Event]
