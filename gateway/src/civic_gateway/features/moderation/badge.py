"""How many cases wait, for the navigation of moderators."""

from __future__ import annotations

from time import monotonic
from typing import Final

from civic_chassis.kernel.errors import DomainError
from starlette.requests import Request

from civic_gateway.clients import Asker
from civic_gateway.context import token_of
from civic_gateway.features.moderation.calls import ModerationCalls

# A number in the navigation may be this old; a page of its own asks again.
_SECONDS: Final = 3.0


class Badge:
    """Asks at most every few seconds per tenant, however many moderators read pages."""

    def __init__(self, calls: ModerationCalls) -> None:
        self._calls = calls
        self._counts: dict[str, tuple[float, int]] = {}

    async def count(self, request: Request, tenant: str) -> int:
        """0 where nothing waits, and where nobody can tell."""
        kept = self._counts.get(tenant)
        if kept is not None and monotonic() < kept[0]:
            return kept[1]
        try:
            count = await self._calls.count_open(Asker(tenant, token_of(request)))
        except DomainError:
            return 0
        self._counts[tenant] = (monotonic() + _SECONDS, count)
        return count
