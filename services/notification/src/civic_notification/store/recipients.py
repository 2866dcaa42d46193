"""Recipients, their roles as staff, and addresses that take no mail."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork

from civic_notification.domain.bounces import SOFT_DAYS, SOFT_MAX
from civic_notification.domain.recipients import Recipient


async def get(work: Reading | UnitOfWork, subject: str) -> Recipient | None:
    row = await work.row(_GET, {"subject": subject})
    if row is None:
        return None
    return Recipient(row["subject"], row["address"], row["language"], row["update_time"], row["suppressed"])


async def keep(
    work: UnitOfWork, subject: str, *, recipient_id: UUID, address: str, language: str, roles: Iterable[tuple[str, str]]
) -> None:
    """Writes the address and replaces the roles (tenant, role). An empty language keeps what is there."""
    pairs = sorted(set(roles))
    values = {
        "subject": subject,
        "id": recipient_id,
        "address": address,
        "language": language,
        "at": work.call.received_at,
        "tenants": [tenant for tenant, _ in pairs],
        "roles": [role for _, role in pairs],
    }
    await work.execute(_KEEP, values)
    await work.execute(_DROP_ROLES, values)
    await work.execute(_ADD_ROLES, values)


async def subject_of(work: Reading | UnitOfWork, recipient_id: UUID) -> str | None:
    """The person whom a token in a mail names."""
    found: str | None = await work.value(_SUBJECT_OF, {"id": recipient_id})
    return found


async def lift(work: UnitOfWork, subject: str) -> None:
    """Forgets that mail to the person's address came back."""
    await work.execute(_LIFT, {"subject": subject})


async def suppress(work: UnitOfWork, address: str, *, status: str) -> None:
    """The address takes no mail for good."""
    await work.execute(_SUPPRESS, {"address": address, "status": status, "at": work.call.received_at})


async def count_soft(work: UnitOfWork, address: str, *, status: str) -> None:
    """The address took no mail for now; after too many times in a row it is suppressed."""
    values = {
        "address": address,
        "status": status,
        "at": work.call.received_at,
        "window": work.call.received_at - timedelta(days=SOFT_DAYS),
        "most": SOFT_MAX,
    }
    await work.execute(_COUNT_SOFT, values)


async def address_of_letter(work: UnitOfWork, letter_id: UUID) -> tuple[str, datetime | None] | None:
    """Where the letter went and when; None where nobody knows it, or the person has had another address since."""
    row = await work.row(_ADDRESS_OF_LETTER, {"id": letter_id})
    return (row["address"], row["sent_time"]) if row else None


_GET = Statement(
    """
    SELECT r.subject, r.address, r.language, r.update_time, s.suppress_time IS NOT NULL AS suppressed
    FROM recipient AS r LEFT JOIN suppression AS s ON s.address = r.address WHERE r.subject = $1
    """,
    ("subject",),
)
_KEEP = Statement(
    """
    INSERT INTO recipient (subject, id, address, language, update_time, seen_time)
    VALUES ($1, $2, $3, coalesce(nullif($4, ''), 'de'), $5, $5)
    ON CONFLICT (subject) DO UPDATE SET
        address = excluded.address,
        language = coalesce(nullif($4, ''), recipient.language),
        update_time = CASE WHEN recipient.address = excluded.address THEN recipient.update_time ELSE $5 END,
        seen_time = $5
    """,
    ("subject", "id", "address", "language", "at"),
)
_DROP_ROLES = Statement(
    """
    DELETE FROM recipient_role WHERE subject = $1
        AND (tenant_id, role) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))
    """,
    ("subject", "tenants", "roles"),
)
_ADD_ROLES = Statement(
    """
    INSERT INTO recipient_role (subject, tenant_id, role)
    SELECT $1, given.tenant, given.role FROM unnest($2::text[], $3::text[]) AS given (tenant, role)
    ON CONFLICT DO NOTHING
    """,
    ("subject", "tenants", "roles"),
)
_SUBJECT_OF = Statement("SELECT subject FROM recipient WHERE id = $1", ("id",))
_LIFT = Statement(
    "DELETE FROM suppression WHERE address = (SELECT address FROM recipient WHERE subject = $1)", ("subject",)
)
_SUPPRESS = Statement(
    """
    INSERT INTO suppression (address, soft_count, since, suppress_time, status) VALUES ($1, 0, $3, $3, $2)
    ON CONFLICT (address) DO UPDATE SET suppress_time = coalesce(suppression.suppress_time, $3), status = $2
    """,
    ("address", "status", "at"),
)
_COUNT_SOFT = Statement(
    """
    INSERT INTO suppression AS s (address, soft_count, since, status) VALUES ($1, 1, $3, $2)
    ON CONFLICT (address) DO UPDATE SET
        soft_count = CASE WHEN s.since < $4 THEN 1 ELSE s.soft_count + 1 END,
        since = CASE WHEN s.since < $4 THEN $3 ELSE s.since END,
        suppress_time = CASE WHEN s.since >= $4 AND s.soft_count + 1 >= $5
            THEN coalesce(s.suppress_time, $3) ELSE s.suppress_time END,
        status = $2
    """,
    ("address", "status", "at", "window", "most"),
)
_ADDRESS_OF_LETTER = Statement(
    """
    SELECT r.address, l.sent_time FROM letter AS l JOIN recipient AS r ON r.subject = l.subject
    WHERE l.id = $1 AND r.update_time <= coalesce(l.sent_time, r.update_time)
    """,
    ("id",),
)
