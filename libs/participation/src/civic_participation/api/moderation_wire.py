"""Moderation: messages to domain values and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from civic.common.v1 import moderation_pb2
from civic_chassis.grpc.call import current_call
from civic_chassis.kernel import etag
from civic_chassis.kernel.errors import DomainError, Violation, ViolationReason, invalid
from civic_chassis.kernel.ids import parse_id
from google.protobuf.timestamp_pb2 import Timestamp

from civic_participation.application.moderation import SeenCase
from civic_participation.domain.moderation import (
    Case,
    CaseState,
    Decision,
    TextState,
    case_not_found,
)
from civic_participation.domain.moderation_settings import ModerationSettings, Reason, Rule
from civic_participation.store.moderation import StoredReport
from civic_participation.store.moderation_log import LogLine

RULES = {
    moderation_pb2.HOLD_RULE_OFFER: Rule.OFFER,
    moderation_pb2.HOLD_RULE_LINKS: Rule.LINKS,
    moderation_pb2.HOLD_RULE_REPEATED: Rule.REPEATED,
    moderation_pb2.HOLD_RULE_TOO_MANY: Rule.TOO_MANY,
    moderation_pb2.HOLD_RULE_WORDS: Rule.WORDS,
    moderation_pb2.HOLD_RULE_NEW_ACCOUNT: Rule.NEW_ACCOUNT,
}
_RULE_NUMBERS = {rule.value: number for number, rule in RULES.items()}
STATES = {
    moderation_pb2.CASE_STATE_UNSPECIFIED: CaseState.OPEN,
    moderation_pb2.CASE_STATE_OPEN: CaseState.OPEN,
    moderation_pb2.CASE_STATE_DECIDED: CaseState.DECIDED,
}
_STATE_NUMBERS = {
    CaseState.OPEN: moderation_pb2.CASE_STATE_OPEN,
    CaseState.DECIDED: moderation_pb2.CASE_STATE_DECIDED,
}
DECISIONS = {
    moderation_pb2.MODERATION_DECISION_HIDE: Decision.HIDE,
    moderation_pb2.MODERATION_DECISION_KEEP: Decision.KEEP,
}
_DECISION_NUMBERS = {decision: number for number, decision in DECISIONS.items()}
TEXT_NUMBERS = {
    TextState.PUBLISHED: moderation_pb2.TEXT_STATE_PUBLISHED,
    TextState.HELD: moderation_pb2.TEXT_STATE_HELD,
    TextState.HIDDEN: moderation_pb2.TEXT_STATE_HIDDEN,
    TextState.GONE: moderation_pb2.TEXT_STATE_GONE,
}


def case_message(seen: SeenCase) -> moderation_pb2.Case:
    case, text, verdict, objection = seen.case, seen.text, seen.case.verdict, seen.case.objection
    message = moderation_pb2.Case(
        name=f"tenants/{case.tenant}/cases/{case.id}",
        id=str(case.id),
        etag=etag.render(case.row_version),
        kind=case.key.kind,
        text_id=str(case.key.id),
        parent_id=str(text.parent_id if text is not None else case.key.id),
        offer_id=str(case.offer_id),
        offer_title=case.offer_title,
        text_state=TEXT_NUMBERS[text.state if text is not None else TextState.GONE],
        state=_STATE_NUMBERS[case.state],
        waiting_since=timestamp(case.waiting_since),
        holds=[_hold(case, index) for index in range(len(case.holds))],
        report_count=case.report_count,
        reports=[_report(report) for report in seen.reports],
        objection=objection.text if objection is not None else "",
        objection_time=timestamp(objection.time) if objection is not None else None,
        page_token=seen.token,
    )
    if text is not None:
        message.title, message.text, message.author_name = text.title, text.text, text.author_name
    if verdict is not None:
        message.decision = _DECISION_NUMBERS[verdict.decision]
        message.reason, message.decision_text = verdict.reason, verdict.text
        message.decide_time.CopyFrom(timestamp(verdict.time))
        if (until := case.undo_until()) is not None and current_call().received_at <= until:
            message.undo_until.CopyFrom(timestamp(until))
    return message


def _hold(case: Case, index: int) -> moderation_pb2.Hold:
    hold = case.holds[index]
    return moderation_pb2.Hold(
        rule=_RULE_NUMBERS[hold.rule],
        detail=hold.detail,
        create_time=timestamp(hold.create_time),
        false_positive=hold.false_positive,
    )


def _report(stored: StoredReport) -> moderation_pb2.TextReport:
    return moderation_pb2.TextReport(
        reason=stored.report.reason,
        text=stored.report.text,
        create_time=timestamp(stored.create_time),
        signed_in=stored.signed_in,
    )


def line_message(line: LogLine) -> moderation_pb2.ModerationLogEntry:
    return moderation_pb2.ModerationLogEntry(
        id=str(line.id),
        create_time=timestamp(line.create_time),
        action=line.action,
        actor=line.actor,
        staff_subject=line.staff_subject or "",
        case_id=str(line.case_id or ""),
        kind=line.kind,
        text_id=str(line.text_id or ""),
        offer_id=str(line.offer_id or ""),
        offer_title=line.offer_title,
        reason=line.reason,
        note=line.note,
    )


def settings_message(settings: ModerationSettings) -> moderation_pb2.ModerationSettings:
    return moderation_pb2.ModerationSettings(
        etag=etag.render(settings.row_version),
        rules=sorted(_RULE_NUMBERS[rule] for rule in settings.rules),
        words=settings.words,
        links_max=settings.links_max,
        per_minute=settings.per_minute,
        remind_hours=settings.remind_hours,
        reasons=[reason_message(reason) for reason in settings.reasons],
        policy=settings.policy,
    )


def settings_of(message: moderation_pb2.ModerationSettings) -> ModerationSettings:
    return ModerationSettings(
        row_version=0,
        rules=frozenset(known(RULES, number, "rules") for number in message.rules) - {Rule.OFFER},
        words=tuple(message.words),
        links_max=message.links_max,
        per_minute=message.per_minute,
        remind_hours=message.remind_hours,
        reasons=tuple(Reason(each.code, dict(each.names), each.active) for each in message.reasons),
        policy=dict(message.policy),
    )


def reason_message(reason: Reason) -> moderation_pb2.ModerationReason:
    return moderation_pb2.ModerationReason(code=reason.code, names=reason.names, active=reason.active)


def count_messages(counts: Mapping[str, Mapping[str, int]], what: str) -> Sequence[moderation_pb2.ModerationCount]:
    found = counts.get(what, {})
    return [moderation_pb2.ModerationCount(key=key, count=count) for key, count in found.items()]


def id_of(text: str) -> UUID:
    # What is no id names nothing, like an id that nobody gave.
    try:
        return parse_id(text, "id")
    except DomainError:
        raise case_not_found() from None


def known(values: Mapping[Any, Any], number: int, field: str) -> Any:
    try:
        return values[number]
    except KeyError:
        raise invalid(Violation(field, ViolationReason.MALFORMED, "not a value of its enum")) from None


def timestamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made
