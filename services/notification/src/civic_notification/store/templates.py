"""A tenant's own mail texts; earlier versions are kept."""

from typing import Any

from civic_chassis.db import Reading, Statement, UnitOfWork

from civic_notification.domain.templates import Template, portal_template


async def current(work: Reading | UnitOfWork) -> dict[tuple[str, str], Template]:
    """The newest version of each text that the tenant of the call ever changed."""
    rows = await work.rows(_CURRENT)
    return {(row["kind"], row["language"]): _template_of(row) for row in rows}


async def get(work: Reading | UnitOfWork, kind: str, language: str) -> Template:
    """The text as it is sent."""
    row = await work.row(_GET, {"kind": kind, "language": language})
    return _template_of(row) if row else portal_template(kind, language)


async def lock(work: UnitOfWork, kind: str, language: str) -> None:
    """Until the end of the unit of work nobody else changes this text."""
    await work.value(_LOCK, {"name": f"template {work.call.require_tenant()} {kind} {language}"})


async def add(work: UnitOfWork, changed: Template, *, portal: bool) -> None:
    """A new version."""
    values = {
        "tenant_id": work.call.require_tenant(),
        "kind": changed.kind,
        "language": changed.language,
        "version": changed.stand,
        "at": work.call.received_at,
        "portal": portal,
        "subject_line": "" if portal else changed.subject_line,
        "text": "" if portal else changed.text,
    }
    await work.execute(_ADD, values)


def _template_of(row: Any) -> Template:
    if row["portal"]:
        texts = portal_template(row["kind"], row["language"])
        return Template(
            kind=row["kind"],
            language=row["language"],
            subject_line=texts.subject_line,
            text=texts.text,
            stand=row["version"],
        )
    return Template(
        kind=row["kind"],
        language=row["language"],
        subject_line=row["subject_line"],
        text=row["text"],
        version=row["version"],
        stand=row["version"],
        update_time=row["create_time"],
    )


_COLUMNS = "kind, language, version, create_time, portal, subject_line, text"
_CURRENT = Statement(
    f"SELECT DISTINCT ON (kind, language) {_COLUMNS} FROM template ORDER BY kind, language, version DESC",  # noqa: S608
    (),
)
_GET = Statement(
    f"SELECT {_COLUMNS} FROM template WHERE kind = $1 AND language = $2 ORDER BY version DESC LIMIT 1",  # noqa: S608
    ("kind", "language"),
)
_LOCK = Statement("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", ("name",))
_ADD = Statement(
    """
    INSERT INTO template (tenant_id, kind, language, version, create_time, portal, subject_line, text)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """,
    ("tenant_id", "kind", "language", "version", "at", "portal", "subject_line", "text"),
)
