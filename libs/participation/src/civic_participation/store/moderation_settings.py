"""How tenants moderate, what is remembered of authors, and what was counted."""

from collections.abc import Mapping
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from civic_chassis.db import Reading, UnitOfWork, statement
from sqlalchemy import FromClause, MetaData, Text, bindparam, text

from civic_participation.domain.moderation_rules import Memory
from civic_participation.domain.moderation_settings import DEFAULTS, ModerationSettings, Reason, Rule
from civic_participation.store.moderation_tables import moderation_tables

# How long a process may judge by settings that were changed meanwhile by another one.
KEPT_SECONDS = 1.0

_metadata = MetaData()
moderation_tables(_metadata)
_author = _metadata.tables["moderation_author"]
# For a tool's statement that asks, in the same round trip, what is remembered of `:subject`.
MEMORY_COLUMNS = (_author.c.known.label("moderation_known"), _author.c.recent.label("moderation_recent"))

_kept: "WeakKeyDictionary[object, dict[str, tuple[float, ModerationSettings]]]" = WeakKeyDictionary()


async def settings_of(work: UnitOfWork | Reading) -> ModerationSettings:
    """How the call's tenant moderates; asks at most once a second per process and tenant."""
    kept = _kept.setdefault(work.database, {})
    tenant = work.call.require_tenant()
    found = kept.get(tenant)
    if found is not None and monotonic() < found[0]:
        return found[1]
    settings = await stored_settings(work)
    kept[tenant] = (monotonic() + KEPT_SECONDS, settings)
    return settings


async def stored_settings(work: UnitOfWork | Reading) -> ModerationSettings:
    """As they are now."""
    row = await work.row(_GET)
    return _settings_of(row["row_version"], row["content"]) if row else DEFAULTS


async def change_settings(work: UnitOfWork, settings: ModerationSettings) -> bool:
    """False where somebody else was quicker."""
    values = {
        "tenant_id": work.call.require_tenant(),
        "row_version": settings.row_version,
        "before": settings.row_version - 1,
        "content": _content(settings),
    }
    changed = await work.execute(_ADD if settings.row_version == 1 else _CHANGE, values) == 1
    _kept.get(work.database, {}).pop(work.call.require_tenant(), None)
    return changed


def with_memory(source: FromClause) -> FromClause:
    """What a tool's statement reads from, joined with what is remembered of `:subject`."""
    return source.outerjoin(_author, _author.c.subject == bindparam("subject", type_=Text))


def memory_of(row: Mapping[str, Any]) -> Memory:
    """From a tool's row that joined the author's row: `moderation_known`, `moderation_recent`."""
    if row["moderation_recent"] is None:
        return Memory()
    return Memory(bool(row["moderation_known"]), row["moderation_recent"])


async def memory(work: UnitOfWork | Reading, subject: str) -> Memory:
    """What is remembered of a person."""
    row = await work.row(_MEMORY, {"subject": subject})
    return memory_of(row) if row else Memory()


async def remember(work: UnitOfWork, subject: str, trace: str, *, known: bool) -> None:
    """Notes a text that was changed, or (with an empty trace) that a text of the person is shown."""
    values = {"tenant_id": work.call.require_tenant(), "subject": subject, "known": known, "trace": trace}
    await work.execute(_REMEMBER, values)


async def counts(work: UnitOfWork | Reading) -> Mapping[str, Mapping[str, int]]:
    """What was counted: `counts["hidden"]["insult"]`."""
    found: dict[str, dict[str, int]] = {}
    for row in await work.rows(_COUNTS):
        found.setdefault(row["what"], {})[row["key"]] = row["count"]
    return found


async def count(work: UnitOfWork, what: str, key: str, by: int = 1) -> None:
    values = {"tenant_id": work.call.require_tenant(), "what": what, "key": key, "by": by}
    await work.execute(_COUNT, values)


_GET = statement(text("SELECT row_version, content FROM moderation_setting"))
_ADD = statement(
    text("""
INSERT INTO moderation_setting (tenant_id, row_version, content)
VALUES (:tenant_id, :row_version, CAST(:content AS jsonb)) ON CONFLICT DO NOTHING
""")
)
_CHANGE = statement(
    text("""
UPDATE moderation_setting SET row_version = :row_version, content = CAST(:content AS jsonb) WHERE row_version = :before
""")
)
_MEMORY = statement(
    text("""
SELECT known AS moderation_known, recent AS moderation_recent FROM moderation_author WHERE subject = :subject
""")
)
_REMEMBER = statement(
    text("""
INSERT INTO moderation_author AS author (tenant_id, subject, known, recent)
VALUES (:tenant_id, :subject, :known, array_remove(ARRAY[CAST(:trace AS text)], ''))
ON CONFLICT (tenant_id, subject) DO UPDATE SET
    known = author.known OR excluded.known, recent = (excluded.recent || author.recent)[1:30]
""")
)
_COUNTS = statement(text("SELECT what, key, count FROM moderation_tally WHERE count > 0 ORDER BY what, key"))
_COUNT = statement(
    text("""
INSERT INTO moderation_tally AS tally (tenant_id, what, key, count)
VALUES (:tenant_id, :what, :key, CAST(:by AS bigint))
ON CONFLICT (tenant_id, what, key) DO UPDATE SET count = tally.count + excluded.count
""")
)


def _settings_of(row_version: int, content: Mapping[str, Any]) -> ModerationSettings:
    return ModerationSettings(
        row_version=row_version,
        rules=frozenset(map(Rule, content["rules"])),
        words=tuple(content["words"]),
        links_max=content["links_max"],
        per_minute=content["per_minute"],
        remind_hours=content["remind_hours"],
        reasons=tuple(Reason(each["code"], each["names"], each["active"]) for each in content["reasons"]),
        policy=content["policy"],
    )


def _content(settings: ModerationSettings) -> dict[str, Any]:
    return {
        "rules": sorted(settings.rules),
        "words": list(settings.words),
        "links_max": settings.links_max,
        "per_minute": settings.per_minute,
        "remind_hours": settings.remind_hours,
        "reasons": [
            {"code": reason.code, "names": dict(reason.names), "active": reason.active} for reason in settings.reasons
        ],
        "policy": dict(settings.policy),
    }
