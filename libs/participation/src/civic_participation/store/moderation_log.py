"""The log of moderation."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from civic_chassis.db import Reading, UnitOfWork, statement
from civic_chassis.kernel.ids import new_id
from sqlalchemy import text

from civic_participation.domain.moderation import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the log. `staff_subject` is None unless a member of staff did it."""

    id: UUID
    create_time: datetime
    action: str
    actor: str
    staff_subject: str | None
    case_id: UUID | None
    kind: str
    text_id: UUID | None
    offer_id: UUID | None
    offer_title: str
    reason: str
    note: str


async def log(
    work: UnitOfWork, action: str, actor: str, *, case: Case | None, reason: str = "", note: str = ""
) -> None:
    """Writes one line; who did it is noted for staff alone."""
    values = {
        "tenant_id": work.call.require_tenant(),
        "id": new_id(),
        "at": work.call.received_at,
        "action": action,
        "actor": actor,
        "staff_subject": work.call.caller.subject if actor == "staff" else None,
        "case_id": case.id if case else None,
        "kind": case.key.kind if case else "",
        "text_id": case.key.id if case else None,
        "offer_id": case.offer_id if case else None,
        "offer_title": case.offer_title if case else "",
        "reason": reason,
        "note": note,
    }
    await work.execute(_LOG, values)


async def log_lines(work: Reading, *, after: UUID | None, limit: int) -> list[LogLine]:
    """Oldest first."""
    rows = await work.rows(_LINES if after is None else _LINES_AFTER, {"after": after, "limit": limit})
    return [
        LogLine(
            id=row["id"],
            create_time=row["create_time"],
            action=row["action"],
            actor=row["actor"],
            staff_subject=row["staff_subject"],
            case_id=row["case_id"],
            kind=row["text_kind"],
            text_id=row["text_id"],
            offer_id=row["offer_id"],
            offer_title=row["offer_title"],
            reason=row["reason"],
            note=row["note"],
        )
        for row in rows
    ]


_LOG = statement(
    text("""
INSERT INTO moderation_log (tenant_id, id, create_time, action, actor, staff_subject, case_id, text_kind, text_id,
                            offer_id, offer_title, reason, note)
VALUES (:tenant_id, :id, :at, :action, :actor, :staff_subject, :case_id, :kind, :text_id, :offer_id, :offer_title,
        :reason, :note)
""")
)
_LINES = statement(text("SELECT * FROM moderation_log ORDER BY id LIMIT CAST(:limit AS int)"))
_LINES_AFTER = statement(text("SELECT * FROM moderation_log WHERE id > :after ORDER BY id LIMIT CAST(:limit AS int)"))
