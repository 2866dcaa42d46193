"""Cases, reports and the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork, statement
from sqlalchemy import text

from civic_participation.domain.moderation import (
    Case,
    CaseState,
    Decision,
    Hold,
    Objection,
    Report,
    TextKey,
    TextState,
    Verdict,
)
from civic_participation.store.moderation_writing import hold_values

REPORTS_SHOWN = 50
After = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which cases a list holds."""

    state: CaseState = CaseState.OPEN
    offer_id: UUID | None = None
    kind: str = ""
    reported: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as moderators see it."""

    report: Report
    create_time: datetime
    signed_in: bool


async def page(
    work: Reading, wanted: Filter, *, after: After | None, limit: int
) -> tuple[list[tuple[Case, datetime]], int]:
    """Each case with the time that it sorts by; and how many wait."""
    time, last_id = after if after is not None else (None, None)
    parameters = {
        "after_time": time,
        "after_id": last_id,
        "limit": limit,
        "offer_id": wanted.offer_id,
        "kind": wanted.kind,
        "rule": [{"rule": wanted.rule}],
    }
    rows = await work.rows(_page(wanted.state, after is not None, _filters(wanted)), parameters)
    open_count = await work.value(_OPEN_COUNT)
    return [(case_of(row), row["sorted"]) for row in rows], open_count


async def get(work: Reading, case_id: UUID) -> Case | None:
    row = await work.row(_GET, {"id": case_id})
    return case_of(row) if row else None


async def of_text(work: Reading | UnitOfWork, key: TextKey) -> Case | None:
    row = await work.row(_OF_TEXT, {"kind": key.kind, "text_id": key.id})
    return case_of(row) if row else None


async def locked(work: UnitOfWork, ids: Sequence[UUID]) -> Mapping[UUID, Case]:
    """The cases, locked until the end of the unit of work, always in the same order."""
    rows = await work.rows(_LOCKED, {"ids": sorted(set(ids))})
    return {row["id"]: case_of(row) for row in rows}


async def locked_of_text(work: UnitOfWork, key: TextKey) -> Case | None:
    row = await work.row(_LOCKED_OF_TEXT, {"kind": key.kind, "text_id": key.id})
    return case_of(row) if row else None


async def open_anew(work: UnitOfWork, case: Case) -> Case:
    """Writes a new case; where there is one of this text, that one, waiting again. It is locked either way."""
    row = await work.row(_OPEN, values_of(case))
    assert row is not None  # noqa: S101 - an upsert answers its row
    return case_of(row)


async def change(work: UnitOfWork, case: Case) -> None:
    """Writes every value; the case is locked."""
    await work.execute(_CHANGE, values_of(case))


async def add_report(work: UnitOfWork, case_id: UUID, report: Report, *, reporter: str, signed_in: bool) -> bool:
    """False where this person reported the text before."""
    values = {
        "tenant_id": work.call.require_tenant(),
        "case_id": case_id,
        "reporter": reporter,
        "signed_in": signed_in,
        "reason": report.reason,
        "text": report.text,
        "at": work.call.received_at,
    }
    return await work.execute(_ADD_REPORT, values) == 1


async def anonymous_reports(work: UnitOfWork, case_id: UUID) -> int:
    found: int = await work.value(_ANONYMOUS, {"case_id": case_id})
    return found


async def reports(work: Reading, case_id: UUID) -> list[StoredReport]:
    """The first ones."""
    rows = await work.rows(_REPORTS, {"case_id": case_id, "limit": REPORTS_SHOWN})
    return [StoredReport(Report(row["reason"], row["text"]), row["create_time"], row["signed_in"]) for row in rows]


async def waiting(work: UnitOfWork, *, before: datetime) -> tuple[int, int]:
    """How many cases wait, and how many of them since before the instant."""
    row = await work.row(_WAITING, {"before": before})
    return (row["waiting"], row["long"]) if row else (0, 0)


def case_of(row: Mapping[str, Any]) -> Case:
    verdict, objection = row["verdict"], row["objection"]
    return Case(
        id=row["id"],
        tenant=row["tenant_id"],
        row_version=row["row_version"],
        key=TextKey(row["text_kind"], row["text_id"]),
        offer_id=row["offer_id"],
        offer_title=row["offer_title"],
        state=CaseState(row["state"]),
        waiting_since=row["waiting_since"],
        holds=tuple(
            Hold(hold["rule"], hold["detail"], datetime.fromisoformat(hold["time"]), hold["false_positive"])
            for hold in row["holds"]
        ),
        report_count=row["report_count"],
        verdict=_verdict_of(verdict) if verdict is not None else None,
        objection=Objection(objection["text"], datetime.fromisoformat(objection["time"])) if objection else None,
    )


def values_of(case: Case) -> dict[str, Any]:
    verdict, objection = case.verdict, case.objection
    return {
        "tenant_id": case.tenant,
        "id": case.id,
        "row_version": case.row_version,
        "text_kind": case.key.kind,
        "text_id": case.key.id,
        "offer_id": case.offer_id,
        "offer_title": case.offer_title,
        "state": case.state.value,
        "waiting_since": case.waiting_since,
        "holds": [hold_values(hold) for hold in case.holds],
        "report_count": case.report_count,
        "verdict": _verdict_values(verdict) if verdict else None,
        "decide_time": verdict.time if verdict else None,
        "objection": {"text": objection.text, "time": objection.time.isoformat()} if objection else None,
    }


def _verdict_of(stored: Mapping[str, Any]) -> Verdict:
    return Verdict(
        decision=Decision(stored["decision"]),
        reason=stored["reason"],
        text=stored["text"],
        time=datetime.fromisoformat(stored["time"]),
        text_before=TextState(stored["text_before"]),
        case_before=CaseState(stored["case_before"]),
        before=_verdict_of(stored["before"]) if stored["before"] else None,
        # Decisions that were written before it was noted cannot be undone any more.
        false_before=stored.get("false_before", 0),
    )


def _verdict_values(verdict: Verdict) -> dict[str, Any]:
    return {
        "decision": verdict.decision.value,
        "reason": verdict.reason,
        "text": verdict.text,
        "time": verdict.time.isoformat(),
        "text_before": verdict.text_before.value,
        "case_before": verdict.case_before.value,
        "before": _verdict_values(verdict.before) if verdict.before else None,
        "false_before": verdict.false_before,
    }


_COLUMNS = """
    tenant_id, id, row_version, text_kind, text_id, offer_id, offer_title, state, waiting_since, holds, report_count,
    verdict, decide_time, objection
"""
_SELECT = f"SELECT {_COLUMNS} FROM moderation_case"  # noqa: S608 - a constant
_GET = statement(text(f"{_SELECT} WHERE id = :id"))
_OF_TEXT = statement(text(f"{_SELECT} WHERE text_kind = :kind AND text_id = :text_id"))
_LOCKED = statement(text(f"{_SELECT} WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"))
_LOCKED_OF_TEXT = statement(text(f"{_SELECT} WHERE text_kind = :kind AND text_id = :text_id FOR UPDATE"))
_OPEN_COUNT = statement(text("SELECT count(*) FROM moderation_case WHERE state = 'open'"))
_WAITING = statement(
    text("""
SELECT count(*) AS waiting, count(*) FILTER (WHERE waiting_since <= :before) AS long
FROM moderation_case WHERE state = 'open'
""")
)
_OPEN = statement(
    text(f"""
INSERT INTO moderation_case AS stored
    (tenant_id, id, row_version, text_kind, text_id, offer_id, offer_title, state, waiting_since, holds)
VALUES (:tenant_id, :id, :row_version, :text_kind, :text_id, :offer_id, :offer_title, 'open', :waiting_since,
        CAST(:holds AS jsonb))
ON CONFLICT (tenant_id, text_kind, text_id) DO UPDATE SET
    row_version = stored.row_version + 1, holds = stored.holds || excluded.holds, state = 'open',
    waiting_since = CASE WHEN stored.state = 'open' THEN stored.waiting_since ELSE excluded.waiting_since END
RETURNING {_COLUMNS}
""")  # noqa: S608 - columns are constants
)
_CHANGE = statement(
    text("""
UPDATE moderation_case SET row_version = :row_version, state = :state, waiting_since = :waiting_since,
    holds = CAST(:holds AS jsonb), report_count = :report_count, verdict = CAST(:verdict AS jsonb),
    decide_time = :decide_time, objection = CAST(:objection AS jsonb)
WHERE id = :id
""")
)
_ADD_REPORT = statement(
    text("""
INSERT INTO moderation_report (tenant_id, case_id, reporter, signed_in, reason, text, create_time)
VALUES (:tenant_id, :case_id, :reporter, :signed_in, :reason, :text, :at) ON CONFLICT DO NOTHING
""")
)
_ANONYMOUS = statement(text("SELECT count(*) FROM moderation_report WHERE case_id = :case_id AND NOT signed_in"))
_REPORTS = statement(
    text("""
SELECT reason, text, create_time, signed_in FROM moderation_report WHERE case_id = :case_id
ORDER BY create_time, reporter LIMIT CAST(:limit AS int)
""")
)


def _filters(wanted: Filter) -> tuple[bool, bool, bool, bool]:
    return wanted.offer_id is not None, bool(wanted.kind), wanted.reported, bool(wanted.rule)


@lru_cache(maxsize=64)
def _page(state: CaseState, continued: bool, filters: tuple[bool, bool, bool, bool]) -> Statement:
    """What waits, the longest first; what was decided, the latest first."""
    waits = state is CaseState.OPEN
    column, order, sign = ("waiting_since", "", ">") if waits else ("decide_time", "DESC", "<")
    conditions = [f"state = '{state.value}'"]
    if continued:
        conditions.append(f"({column}, id) {sign} (CAST(:after_time AS timestamptz), CAST(:after_id AS uuid))")
    of_offer, of_kind, reported, by_rule = filters
    if of_offer:
        conditions.append("offer_id = :offer_id")
    if of_kind:
        conditions.append("text_kind = :kind")
    if reported:
        conditions.append("report_count > 0")
    if by_rule:
        conditions.append("holds @> CAST(:rule AS jsonb)")
    found = f"{_SELECT} WHERE {' AND '.join(conditions)}".replace(" FROM", f", {column} AS sorted FROM", 1)
    return statement(text(f"{found} ORDER BY {column} {order}, id {order} LIMIT CAST(:limit AS int)"))
