"""ModerationService over the texts of one tool: parse, call one verb, render."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from civic.common.v1 import moderation_pb2, moderation_service_pb2, moderation_service_pb2_grpc
from civic_chassis.db import UnitOfWork
from civic_chassis.db.timers import Handler, Timer
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel import etag
from civic_chassis.kernel.errors import DomainError, Violation, ViolationReason, invalid
from civic_chassis.kernel.ids import parse_id
from google.protobuf.timestamp_pb2 import Timestamp

from civic_participation.application.moderation import LONG_TIMER, NEW_TIMER, Moderation, SeenCase
from civic_participation.domain.moderation import (
    Case,
    CaseState,
    Decision,
    TextKey,
    TextState,
    case_not_found,
    may_object,
)
from civic_participation.domain.moderation_settings import ModerationSettings, Reason, Rule
from civic_participation.store.moderation import Filter, LogLine, StoredReport

Context = Any
messages = moderation_service_pb2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RULES = {
    moderation_pb2.HOLD_RULE_OFFER: Rule.OFFER,
    moderation_pb2.HOLD_RULE_LINKS: Rule.LINKS,
    moderation_pb2.HOLD_RULE_REPEATED: Rule.REPEATED,
    moderation_pb2.HOLD_RULE_TOO_MANY: Rule.TOO_MANY,
    moderation_pb2.HOLD_RULE_WORDS: Rule.WORDS,
    moderation_pb2.HOLD_RULE_NEW_ACCOUNT: Rule.NEW_ACCOUNT,
}
_RULE_NUMBERS = {rule.value: number for number, rule in _RULES.items()}
_STATES = {
    moderation_pb2.CASE_STATE_UNSPECIFIED: CaseState.OPEN,
    moderation_pb2.CASE_STATE_OPEN: CaseState.OPEN,
    moderation_pb2.CASE_STATE_DECIDED: CaseState.DECIDED,
}
_STATE_NUMBERS = {
    CaseState.OPEN: moderation_pb2.CASE_STATE_OPEN,
    CaseState.DECIDED: moderation_pb2.CASE_STATE_DECIDED,
}
_DECISIONS = {
    moderation_pb2.MODERATION_DECISION_HIDE: Decision.HIDE,
    moderation_pb2.MODERATION_DECISION_KEEP: Decision.KEEP,
}
_DECISION_NUMBERS = {decision: number for number, decision in _DECISIONS.items()}
_TEXT_NUMBERS = {
    TextState.PUBLISHED: moderation_pb2.TEXT_STATE_PUBLISHED,
    TextState.HELD: moderation_pb2.TEXT_STATE_HELD,
    TextState.HIDDEN: moderation_pb2.TEXT_STATE_HIDDEN,
    TextState.GONE: moderation_pb2.TEXT_STATE_GONE,
}


def moderation_servicer(moderation: Moderation) -> Servicer:
    """The servicer with the function that registers it, for a tool's own server."""
    return moderation_service_pb2_grpc.add_ModerationServiceServicer_to_server, ModerationApi(moderation)


def moderation_timers(moderation: Moderation) -> Mapping[str, Handler]:
    """What tells moderators of cases that wait."""

    async def tell_new(work: UnitOfWork, timer: Timer) -> None:
        await moderation.tell_new(work)

    async def tell_long(work: UnitOfWork, timer: Timer) -> None:
        await moderation.tell_long(work)

    return {NEW_TIMER: tell_new, LONG_TIMER: tell_long}


class ModerationApi(moderation_service_pb2_grpc.ModerationServiceServicer):
    """ModerationService."""

    def __init__(self, moderation: Moderation) -> None:
        self._moderation = moderation

    async def ListCases(self, request: messages.ListCasesRequest, context: Context) -> messages.ListCasesResponse:
        wanted = Filter(
            state=_known(_STATES, request.state, "state"),
            offer_id=_id(request.offer_id) if request.offer_id else None,
            kind=request.kind,
            reported=request.reported,
            rule=_known(_RULES, request.rule, "rule").value if request.rule else "",
        )
        page = await self._moderation.list_cases(
            current_call(), wanted, page_size=request.page_size, page_token=request.page_token
        )
        return messages.ListCasesResponse(
            cases=[_case(seen) for seen in page.items],
            next_page_token=page.next_page_token,
            open_count=page.open_count,
        )

    async def GetCase(self, request: messages.GetCaseRequest, context: Context) -> messages.GetCaseResponse:
        seen = await self._moderation.get_case(current_call(), _id(request.id))
        return messages.GetCaseResponse(case=_case(seen))

    async def DecideCases(self, request: messages.DecideCasesRequest, context: Context) -> messages.DecideCasesResponse:
        decided = await self._moderation.decide(
            current_call(),
            [_id(each) for each in request.ids],
            _known(_DECISIONS, request.decision, "decision"),
            reason=request.reason,
            text=request.text,
            false_positive=request.false_positive,
        )
        return messages.DecideCasesResponse(cases=[_case(seen) for seen in decided])

    async def UndoDecisions(
        self, request: messages.UndoDecisionsRequest, context: Context
    ) -> messages.UndoDecisionsResponse:
        undone = await self._moderation.undo(current_call(), [_id(each) for each in request.ids])
        return messages.UndoDecisionsResponse(cases=[_case(seen) for seen in undone])

    async def ReportText(self, request: messages.ReportTextRequest, context: Context) -> messages.ReportTextResponse:
        repeated = await self._moderation.report(
            current_call(),
            TextKey(request.kind, _id(request.id)),
            reason=request.reason,
            text=request.text,
            client=request.client[:100],
        )
        return messages.ReportTextResponse(repeated=repeated)

    async def GetOwnCase(self, request: messages.GetOwnCaseRequest, context: Context) -> messages.GetOwnCaseResponse:
        own = await self._moderation.own_case(current_call(), TextKey(request.kind, _id(request.id)))
        case = own.case
        verdict = case.verdict if case is not None else None
        objection = case.objection if case is not None else None
        return messages.GetOwnCaseResponse(
            state=_TEXT_NUMBERS[own.state],
            reason=case.hidden_for if case is not None and own.state is TextState.HIDDEN else "",
            reason_names=own.reason_names,
            text=verdict.text if verdict is not None else "",
            decide_time=_timestamp(verdict.time) if verdict is not None else None,
            may_object=may_object(case, own.state),
            objection=objection.text if objection is not None else "",
        )

    async def ObjectToDecision(
        self, request: messages.ObjectToDecisionRequest, context: Context
    ) -> messages.ObjectToDecisionResponse:
        await self._moderation.object_to(current_call(), TextKey(request.kind, _id(request.id)), request.text)
        return messages.ObjectToDecisionResponse()

    async def GetModerationSettings(
        self, request: messages.GetModerationSettingsRequest, context: Context
    ) -> messages.GetModerationSettingsResponse:
        settings, counts = await self._moderation.settings(current_call())
        return messages.GetModerationSettingsResponse(
            settings=_settings(settings),
            held=_counts(counts, "held"),
            false_positives=_counts(counts, "false_positive"),
        )

    async def UpdateModerationSettings(
        self, request: messages.UpdateModerationSettingsRequest, context: Context
    ) -> messages.UpdateModerationSettingsResponse:
        changed = await self._moderation.change_settings(
            current_call(), _given(request.settings), request.settings.etag
        )
        return messages.UpdateModerationSettingsResponse(settings=_settings(changed))

    async def ListModerationLog(
        self, request: messages.ListModerationLogRequest, context: Context
    ) -> messages.ListModerationLogResponse:
        lines, token = await self._moderation.log(current_call(), request.page_token)
        return messages.ListModerationLogResponse(entries=[_line(line) for line in lines], next_page_token=token)

    async def GetModerationPolicy(
        self, request: messages.GetModerationPolicyRequest, context: Context
    ) -> messages.GetModerationPolicyResponse:
        settings, counts = await self._moderation.settings(current_call())
        policy = moderation_pb2.ModerationPolicy(
            policy=settings.policy,
            reasons=[_reason(reason) for reason in settings.reasons],
            hidden=_counts(counts, "hidden"),
            kept=counts.get("kept", {}).get("", 0),
            reported=_counts(counts, "reported"),
            held=_counts(counts, "held"),
            objections=counts.get("objection", {}).get("", 0),
        )
        return messages.GetModerationPolicyResponse(policy=policy)


def _case(seen: SeenCase) -> moderation_pb2.Case:
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
        text_state=_TEXT_NUMBERS[text.state if text is not None else TextState.GONE],
        state=_STATE_NUMBERS[case.state],
        waiting_since=_timestamp(case.waiting_since),
        holds=[_hold(case, index) for index in range(len(case.holds))],
        report_count=case.report_count,
        reports=[_report(report) for report in seen.reports],
        objection=objection.text if objection is not None else "",
        objection_time=_timestamp(objection.time) if objection is not None else None,
        page_token=seen.token,
    )
    if text is not None:
        message.title, message.text, message.author_name = text.title, text.text, text.author_name
    if verdict is not None:
        message.decision = _DECISION_NUMBERS[verdict.decision]
        message.reason, message.decision_text = verdict.reason, verdict.text
        message.decide_time.CopyFrom(_timestamp(verdict.time))
        if (until := case.undo_until()) is not None and current_call().received_at <= until:
            message.undo_until.CopyFrom(_timestamp(until))
    return message


def _hold(case: Case, index: int) -> moderation_pb2.Hold:
    hold = case.holds[index]
    return moderation_pb2.Hold(
        rule=_RULE_NUMBERS[hold.rule],
        detail=hold.detail,
        create_time=_timestamp(hold.create_time),
        false_positive=hold.false_positive,
    )


def _report(stored: StoredReport) -> moderation_pb2.TextReport:
    return moderation_pb2.TextReport(
        reason=stored.report.reason,
        text=stored.report.text,
        create_time=_timestamp(stored.create_time),
        signed_in=stored.signed_in,
    )


def _line(line: LogLine) -> moderation_pb2.ModerationLogEntry:
    return moderation_pb2.ModerationLogEntry(
        id=str(line.id),
        create_time=_timestamp(line.create_time),
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


def _settings(settings: ModerationSettings) -> moderation_pb2.ModerationSettings:
    return moderation_pb2.ModerationSettings(
        etag=etag.render(settings.row_version),
        rules=sorted(_RULE_NUMBERS[rule] for rule in settings.rules),
        words=settings.words,
        links_max=settings.links_max,
        per_minute=settings.per_minute,
        remind_hours=settings.remind_hours,
        reasons=[_reason(reason) for reason in settings.reasons],
        policy=settings.policy,
    )


def _given(message: moderation_pb2.ModerationSettings) -> ModerationSettings:
    return ModerationSettings(
        row_version=0,
        rules=frozenset(_known(_RULES, number, "rules") for number in message.rules) - {Rule.OFFER},
        words=tuple(message.words),
        links_max=message.links_max,
        per_minute=message.per_minute,
        remind_hours=message.remind_hours,
        reasons=tuple(Reason(each.code, dict(each.names), each.active) for each in message.reasons),
        policy=dict(message.policy),
    )


def _reason(reason: Reason) -> moderation_pb2.ModerationReason:
    return moderation_pb2.ModerationReason(code=reason.code, names=reason.names, active=reason.active)


def _counts(counts: Mapping[str, Mapping[str, int]], what: str) -> Sequence[moderation_pb2.ModerationCount]:
    found = counts.get(what, {})
    return [moderation_pb2.ModerationCount(key=key, count=count) for key, count in found.items()]


def _id(text: str) -> UUID:
    # What is no id names nothing, like an id that nobody gave.
    try:
        return parse_id(text, "id")
    except DomainError:
        raise case_not_found() from None


def _known(values: Mapping[Any, Any], number: int, field: str) -> Any:
    try:
        return values[number]
    except KeyError:
        raise invalid(Violation(field, ViolationReason.MALFORMED, "not a value of its enum")) from None


def _timestamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made
