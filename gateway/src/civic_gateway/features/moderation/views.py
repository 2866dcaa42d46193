"""Cases as pages show them: ages in words, where a text stands, what may be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from civic_gateway.features.moderation.calls import Case, Reason, ToolCase
from civic_gateway.features.moderation.render import DECISIONS, RULES, STATES, TEXT_STATES
from civic_gateway.web.addresses import address_of, code_of, id_of
from civic_gateway.web.i18n import Words

_EXCERPT: Final = 200


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case in the list or on its own page."""

    code: str
    path: str
    kind: str
    title: str
    excerpt: str
    text: str
    author: str
    text_path: str
    file_path: str
    offer: str
    offer_path: str
    text_state: str
    state: str
    age: str
    since: str
    holds: Sequence[Mapping[str, Any]]
    report_count: int
    reports: Sequence[Mapping[str, Any]]
    decision: str
    reason: str
    decision_text: str
    decided: str
    undo_until: str
    objection: str
    objected: str


def moment(timestamp: Timestamp) -> dt.datetime:
    """The instant, aware."""
    return timestamp.ToDatetime(dt.UTC)


def case_code(found: ToolCase) -> str:
    """The case in the address of a page: `discussion-<25 letters>`."""
    return f"{found.tool}-{code_of(found.case.id)}"


def case_id(code: str) -> str:
    """The id of a case for its calls; raises NOT_FOUND."""
    tool, _, own_code = code.rpartition("-")
    return f"{tool}.{id_of(own_code)}"


def case_view(words: Words, found: ToolCase, *, tenant: str, reasons: Sequence[Reason], now: dt.datetime) -> CaseView:
    """A case in the words of the reader."""
    case = found.case
    since = moment(case.waiting_since)
    offer_path = f"/{tenant}/dialoge/{address_of(case.offer_title, case.offer_id)}"
    return CaseView(
        code=case_code(found),
        path=f"/{tenant}/verwaltung/moderation/{case_code(found)}",
        kind=case.kind,
        title=case.title,
        excerpt=_excerpt(case.text),
        text=case.text,
        author=case.author_name,
        text_path=_text_path(case, offer_path),
        file_path=f"/api/v1/{tenant}/files/{case.text_id}/content" if _is_shown_file(case) else "",
        offer=case.offer_title,
        offer_path=offer_path,
        text_state=TEXT_STATES[case.text_state],
        state=STATES[case.state],
        age=age(words, now - since),
        since=words.instant(since),
        holds=[
            {"rule": RULES[hold.rule], "detail": hold.detail, "false_positive": hold.false_positive}
            for hold in case.holds
        ],
        report_count=case.report_count,
        reports=[
            {
                "reason": reason_name(words, reasons, report.reason),
                "text": report.text,
                "when": words.instant(moment(report.create_time)),
                "signed_in": report.signed_in,
            }
            for report in case.reports
        ],
        decision=DECISIONS.get(case.decision, ""),
        reason=reason_name(words, reasons, case.reason) if case.reason else "",
        decision_text=case.decision_text,
        decided=words.instant(moment(case.decide_time)) if case.HasField("decide_time") else "",
        undo_until=words.instant(moment(case.undo_until)) if case.HasField("undo_until") else "",
        objection=case.objection,
        objected=words.instant(moment(case.objection_time)) if case.HasField("objection_time") else "",
    )


def age(words: Words, waited: dt.timedelta) -> str:
    """`seit 3 Stunden`."""
    if waited >= dt.timedelta(days=1):
        return words.text("moderation.age.days", count=waited.days)
    if (hours := int(waited.total_seconds() // 3600)) >= 1:
        return words.text("moderation.age.hours", count=hours)
    return words.text("moderation.age.minutes", count=max(int(waited.total_seconds() // 60), 1))


def reason_name(words: Words, reasons: Sequence[Reason], code: str) -> str:
    """The words for a code; the code itself where it has none."""
    for reason in reasons:
        if reason.code == code:
            return reason.names.get(words.language) or reason.names.get("de") or code
    return code


def reason_options(words: Words, reasons: Sequence[Reason]) -> list[tuple[str, str]]:
    """The reasons that are offered, as options of a form."""
    return [(reason.code, reason_name(words, reasons, reason.code)) for reason in reasons if reason.active]


def _text_path(case: Case, offer_path: str) -> str:
    path = f"{offer_path}/beitraege/{address_of(case.title, case.parent_id)}"
    if case.kind == "attachment":
        return f"{path}#anhaenge"
    return path if case.parent_id == case.text_id else f"{path}#kommentar-{code_of(case.text_id)}"


def _is_shown_file(case: Case) -> bool:
    return case.kind == "attachment" and TEXT_STATES[case.text_state] == "published"


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[:_EXCERPT].rpartition(" ")[0] + " …"
