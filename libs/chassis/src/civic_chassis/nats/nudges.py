"""Nudges: what one process of a service has committed, another one looks at now instead of at its next poll."""

import logging
from collections.abc import Callable

from civic_chassis.nats.connection import AWAY, Connection

_log = logging.getLogger(__name__)

# Outside of `civic.>`, which is for events.
_SUBJECT = "civic-{reader}.{service}"


class Nudges:
    """From those who wrote to the processes that are the `reader` of a service's rows: its relay, its timers."""

    def __init__(self, connection: Connection, service: str, reader: str) -> None:
        self._connection = connection
        self._subject = _SUBJECT.format(reader=reader, service=service)

    async def listen(self, wake: Callable[[], None]) -> None:
        """Calls `wake` whenever another process of the service has written."""
        await self._connection.ready()

        async def woken(_message: object) -> None:
            wake()

        await self._connection.client.subscribe(self._subject, cb=woken)

    async def send(self) -> None:
        """Lost where NATS is away, since readers poll too."""
        try:
            await self._connection.client.publish(self._subject)
        except AWAY:
            _log.debug("nobody could be nudged")
