"""Which calls were done before, so that a repeat changes nothing."""

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any

import asyncpg

from civic_chassis.db.work import Repeated
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind

_CLAIM = """
INSERT INTO request_log (key, fingerprint, resource_id, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO NOTHING RETURNING true
"""
EARLIER = "SELECT fingerprint, resource_id FROM request_log WHERE key = $1"


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
    row = await connection.fetchrow(EARLIER, key)
    return repeated(*(row or (None, None)), fingerprint=fingerprint).resource_id


def repeated(found: bytes | None, resource_id: str | None, *, fingerprint: bytes) -> Repeated:
    """What the row of an earlier call says. Raises REQUEST_ID_REUSED where that was another call."""
    if found is None or resource_id is None:
        raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "an earlier call under the request id still runs")
    if found != fingerprint:
        raise DomainError(Kind.CONFLICT, "REQUEST_ID_REUSED", "the request id was used before with another request")
    return Repeated(resource_id)


@lru_cache(maxsize=128)
def known_and(sql: str, arguments: int) -> str:
    """SQL that answers what is known of a key beside a reading statement's first row; the key's place comes last."""
    return (
        "SELECT log.fingerprint AS civic_fingerprint, log.resource_id AS civic_resource_id, civic_row.*"  # noqa: S608
        f" FROM (SELECT) AS civic_one LEFT JOIN request_log AS log ON log.key = ${arguments + 1}"
        f" LEFT JOIN LATERAL (SELECT true AS civic_found, civic_read.* FROM ({sql}) AS civic_read LIMIT 1) AS civic_row"
        " ON true"
    )


def is_claimed(error: asyncpg.UniqueViolationError) -> bool:
    """Whether a statement failed since another call had written the same key."""
    return bool(error.table_name == "request_log")


def _digest(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
