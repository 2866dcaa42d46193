"""Which calls were done before, so that a repeat changes nothing."""

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any

from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind

_CLAIM = """
INSERT INTO request_log (key, fingerprint, resource_id, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO NOTHING RETURNING true
"""
_EARLIER = "SELECT fingerprint, resource_id FROM request_log WHERE key = $1"


def key_of(call: Call, request_id: str) -> bytes:
    """One key per tenant, person and request id, that tells nothing about them."""
    parts = (call.tenant or "", call.caller.subject or "", request_id)
    return _digest(*(part.encode() for part in parts))


def fingerprint_of(call: Call, fingerprint: bytes) -> bytes:
    return _digest(call.method.encode(), fingerprint)


async def claim(
    connection: Any, *, key: bytes, fingerprint: bytes, resource_id: str | None, at: datetime
) -> str | None:
    """Writes the row, or finds that of an earlier call. Waits for a call under the same key that still runs."""
    if await connection.fetchval(_CLAIM, key, fingerprint, resource_id, at):
        return None
    return await earlier(connection, key=key, fingerprint=fingerprint)


async def earlier(connection: Any, *, key: bytes, fingerprint: bytes) -> str:
    """What the earlier call made. Raises REQUEST_ID_REUSED where that was another call."""
    row = await connection.fetchrow(_EARLIER, key)
    if row is None or row["resource_id"] is None:
        raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "an earlier call under the request id still runs")
    if row["fingerprint"] != fingerprint:
        raise DomainError(Kind.CONFLICT, "REQUEST_ID_REUSED", "the request id was used before with another request")
    return str(row["resource_id"])


@lru_cache(maxsize=128)
def claim_and(sql: str, arguments: int) -> str:
    """SQL that claims a key and answers a reading statement's first row; the claim's parameters come last."""
    places = ", ".join(f"${arguments + number}" for number in range(1, 5))
    return (
        f"WITH civic_claim AS (INSERT INTO request_log (key, fingerprint, resource_id, created_at) VALUES ({places})"  # noqa: S608
        " ON CONFLICT (key) DO NOTHING RETURNING true)"
        " SELECT (SELECT true FROM civic_claim) AS civic_claimed, civic_row.* FROM (SELECT) AS civic_one"
        f" LEFT JOIN LATERAL (SELECT true AS civic_found, civic_read.* FROM ({sql}) AS civic_read LIMIT 1) AS civic_row"
        " ON true"
    )


def _digest(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
