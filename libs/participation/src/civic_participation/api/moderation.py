"""ModerationService over the texts of one tool: parse, call one verb, render."""

from collections.abc import Mapping
from typing import Any

from civic.common.v1 import moderation_pb2, moderation_service_pb2, moderation_service_pb2_grpc
from civic_chassis.db import UnitOfWork
from civic_chassis.db.timers import Handler, Timer
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_participation.api.moderation_wire import (
    DECISIONS,
    RULES,
    STATES,
    TEXT_NUMBERS,
    case_message,
    count_messages,
    id_of,
    known,
    line_message,
    reason_message,
    settings_message,
    settings_of,
    timestamp,
)
from civic_participation.application.moderated_texts import LONG_TIMER, NEW_TIMER
from civic_participation.application.moderation import Moderation
from civic_participation.application.moderation_reports import Reports
from civic_participation.domain.moderation import TextKey, TextState, may_object
from civic_participation.store.moderation import Filter

Context = Any
messages = moderation_service_pb2


def moderation_servicer(moderation: Moderation, reports: Reports) -> Servicer:
    """The servicer with the function that registers it, for a tool's own server."""
    return moderation_service_pb2_grpc.add_ModerationServiceServicer_to_server, ModerationApi(moderation, reports)


def moderation_timers(moderation: Moderation) -> Mapping[str, Handler]:
    """What tells moderators of cases that wait."""

    async def tell_new(work: UnitOfWork, timer: Timer) -> None:
        await moderation.tell_new(work)

    async def tell_long(work: UnitOfWork, timer: Timer) -> None:
        await moderation.tell_long(work)

    return {NEW_TIMER: tell_new, LONG_TIMER: tell_long}


class ModerationApi(moderation_service_pb2_grpc.ModerationServiceServicer):
    """ModerationService."""

    def __init__(self, moderation: Moderation, reports: Reports) -> None:
        self._moderation = moderation
        self._reports = reports

    async def ListCases(self, request: messages.ListCasesRequest, context: Context) -> messages.ListCasesResponse:
        wanted = Filter(
            state=known(STATES, request.state, "state"),
            offer_id=id_of(request.offer_id) if request.offer_id else None,
            kind=request.kind,
            reported=request.reported,
            rule=known(RULES, request.rule, "rule").value if request.rule else "",
        )
        page = await self._moderation.list_cases(
            current_call(), wanted, page_size=request.page_size, page_token=request.page_token
        )
        return messages.ListCasesResponse(
            cases=[case_message(seen) for seen in page.items],
            next_page_token=page.next_page_token,
            open_count=page.open_count,
        )

    async def GetCase(self, request: messages.GetCaseRequest, context: Context) -> messages.GetCaseResponse:
        seen = await self._moderation.get_case(current_call(), id_of(request.id))
        return messages.GetCaseResponse(case=case_message(seen))

    async def DecideCases(self, request: messages.DecideCasesRequest, context: Context) -> messages.DecideCasesResponse:
        decided = await self._moderation.decide(
            current_call(),
            [id_of(each) for each in request.ids],
            known(DECISIONS, request.decision, "decision"),
            reason=request.reason,
            text=request.text,
            false_positive=request.false_positive,
        )
        return messages.DecideCasesResponse(cases=[case_message(seen) for seen in decided])

    async def UndoDecisions(
        self, request: messages.UndoDecisionsRequest, context: Context
    ) -> messages.UndoDecisionsResponse:
        undone = await self._moderation.undo(current_call(), [id_of(each) for each in request.ids])
        return messages.UndoDecisionsResponse(cases=[case_message(seen) for seen in undone])

    async def ReportText(self, request: messages.ReportTextRequest, context: Context) -> messages.ReportTextResponse:
        repeated = await self._reports.report(
            current_call(),
            TextKey(request.kind, id_of(request.id)),
            reason=request.reason,
            text=request.text,
            client=request.client[:100],
        )
        return messages.ReportTextResponse(repeated=repeated)

    async def GetOwnCase(self, request: messages.GetOwnCaseRequest, context: Context) -> messages.GetOwnCaseResponse:
        own = await self._reports.own_case(current_call(), TextKey(request.kind, id_of(request.id)))
        case = own.case
        verdict = case.verdict if case is not None else None
        objection = case.objection if case is not None else None
        return messages.GetOwnCaseResponse(
            state=TEXT_NUMBERS[own.state],
            reason=case.hidden_for if case is not None and own.state is TextState.HIDDEN else "",
            reason_names=own.reason_names,
            text=verdict.text if verdict is not None else "",
            decide_time=timestamp(verdict.time) if verdict is not None else None,
            may_object=may_object(case, own.state),
            objection=objection.text if objection is not None else "",
        )

    async def ObjectToDecision(
        self, request: messages.ObjectToDecisionRequest, context: Context
    ) -> messages.ObjectToDecisionResponse:
        await self._reports.object_to(current_call(), TextKey(request.kind, id_of(request.id)), request.text)
        return messages.ObjectToDecisionResponse()

    async def GetModerationSettings(
        self, request: messages.GetModerationSettingsRequest, context: Context
    ) -> messages.GetModerationSettingsResponse:
        settings, counts = await self._moderation.settings(current_call())
        return messages.GetModerationSettingsResponse(
            settings=settings_message(settings),
            held=count_messages(counts, "held"),
            false_positives=count_messages(counts, "false_positive"),
        )

    async def UpdateModerationSettings(
        self, request: messages.UpdateModerationSettingsRequest, context: Context
    ) -> messages.UpdateModerationSettingsResponse:
        changed = await self._moderation.change_settings(
            current_call(), settings_of(request.settings), request.settings.etag
        )
        return messages.UpdateModerationSettingsResponse(settings=settings_message(changed))

    async def ListModerationLog(
        self, request: messages.ListModerationLogRequest, context: Context
    ) -> messages.ListModerationLogResponse:
        lines, token = await self._moderation.log(current_call(), request.page_token)
        return messages.ListModerationLogResponse(entries=[line_message(line) for line in lines], next_page_token=token)

    async def GetModerationPolicy(
        self, request: messages.GetModerationPolicyRequest, context: Context
    ) -> messages.GetModerationPolicyResponse:
        settings, counts = await self._moderation.settings(current_call())
        policy = moderation_pb2.ModerationPolicy(
            policy=settings.policy,
            reasons=[reason_message(reason) for reason in settings.reasons],
            hidden=count_messages(counts, "hidden"),
            kept=counts.get("kept", {}).get("", 0),
            reported=count_messages(counts, "reported"),
            held=count_messages(counts, "held"),
            objections=counts.get("objection", {}).get("", 0),
        )
        return messages.GetModerationPolicyResponse(policy=policy)
