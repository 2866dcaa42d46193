"""What follows from mail that came back."""

import logging
from uuid import UUID

from civic_chassis.db import Database
from civic_chassis.kernel.call import ANONYMOUS, Call

from civic_notification.domain.bounces import Outcome, letter_of, read_bounce
from civic_notification.store import recipients as store

_log = logging.getLogger(__name__)


class Bounces:
    """The verb; `secret` is that of the return paths."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret

    def expected(self, address: str) -> UUID | None:
        """The letter that a return path names; None for any other address, which takes no mail here."""
        return letter_of(address, self._secret)

    async def take(self, letter: UUID, content: bytes) -> Outcome:
        """Notes what a message to a return path says about the address of that letter."""
        bounce = read_bounce(letter, content)
        if bounce.outcome is not Outcome.NOTHING:
            call = Call(ANONYMOUS, None, self._database.clock.now(), "bounce", None)
            async with self._database.unit_of_work(call) as work:
                found = await store.address_of_letter(work, letter)
                if found is not None and bounce.outcome is Outcome.HARD:
                    await store.suppress(work, found[0], status=bounce.status)
                elif found is not None:
                    await store.count_soft(work, found[0], status=bounce.status)
        _log.info("mail came back", extra={"outcome": bounce.outcome.value, "status": bounce.status})
        return bounce.outcome
