"""Deletes uploads that nobody claimed; every gateway does so, since no database knows of them."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import UTC, datetime
from typing import Final

from civic_chassis.kernel.errors import DomainError
from civic_chassis.uploads import Uploads

_log = logging.getLogger(__name__)
_INTERVAL_SECONDS: Final = 3600.0


async def keep_sweeping(uploads: Uploads) -> None:
    """About every hour, until cancelled."""
    while True:
        try:
            swept = await uploads.sweep(datetime.now(UTC))
            if swept:
                _log.info("uploads that nobody claimed were deleted", extra={"count": swept})
        except DomainError as error:
            _log.warning("sweeping waits for the object store", exc_info=error)
        # Gateways that were started together need not sweep together.
        await asyncio.sleep(_INTERVAL_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
