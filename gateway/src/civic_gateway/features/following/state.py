"""Whether the person who reads a page follows what it shows."""

from __future__ import annotations

from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request

from civic_gateway.clients import Asker
from civic_gateway.context import context_of
from civic_gateway.features.following.calls import TOPIC
from civic_gateway.features.following.render import RHYTHMS
from civic_gateway.session import current_session

_AWAY: Final = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})


async def rhythm_of_reader(request: Request, asker: Asker, topic_id: str) -> str | None:
    """How often the person hears of the Dialog, empty for never; None for nobody, and while the service is away."""
    if current_session(request) is None:
        return None
    try:
        return RHYTHMS[(await context_of(request).following.get(asker, TOPIC, topic_id)).rhythm]
    except DomainError as error:
        if error.kind in _AWAY:
            return None
        if error.reason != "FOLLOWING_NOT_FOUND":
            raise
        return ""
