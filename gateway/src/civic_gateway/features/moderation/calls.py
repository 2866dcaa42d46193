"""Calls to the moderation of every tool; each raises DomainError."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from civic.common.v1 import moderation_pb2, moderation_service_pb2, moderation_service_pb2_grpc
from civic_chassis.kernel.errors import DomainError, Kind

from civic_gateway.clients import Asker, Service
from civic_gateway.limits import Buckets, rate_limited

Case = moderation_pb2.Case
CaseState = moderation_pb2.CaseState
Decision = moderation_pb2.ModerationDecision
HoldRule = moderation_pb2.HoldRule
Settings = moderation_pb2.ModerationSettings
Reason = moderation_pb2.ModerationReason
LogEntry = moderation_pb2.ModerationLogEntry
OwnCase = moderation_service_pb2.GetOwnCaseResponse
requests = moderation_service_pb2

DEFAULT_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class ToolCase:
    """A case and the tool that it belongs to."""

    tool: str
    case: Case

    @property
    def id(self) -> str:
        """Its id in addresses and in the API."""
        return f"{self.tool}.{self.case.id}"


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases of all tools in one order."""

    cases: Sequence[ToolCase]
    next_page_token: str
    open_count: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a list shows."""

    state: CaseState.ValueType = CaseState.CASE_STATE_OPEN
    offer_id: str = ""
    kind: str = ""
    reported: bool = False
    rule: HoldRule.ValueType = HoldRule.HOLD_RULE_UNSPECIFIED


class ModerationCalls:
    """The moderation of each tool, as one. `secret` makes digests of addresses that nobody can turn back."""

    def __init__(self, tools: Mapping[str, Service], *, secret: str, reports_per_minute: int) -> None:
        self._tools = tools
        self._stubs = {
            name: moderation_service_pb2_grpc.ModerationServiceStub(service.channel) for name, service in tools.items()
        }
        self._secret = secret.encode()
        self._reports = Buckets(reports_per_minute)

    async def list_cases(self, asker: Asker, wanted: Wanted, *, size: int = 0, token: str = "") -> CasePage:
        """What waits longest first, over all tools; decided ones by the latest decision."""
        size = size or DEFAULT_SIZE
        tokens = _tokens_of(token, self._tools)
        asked = {name: token for name, token in tokens.items() if token is not None}
        answers = await asyncio.gather(*(self._list(name, asker, wanted, size, each) for name, each in asked.items()))
        found = [
            (ToolCase(name, case), answer) for name, answer in zip(asked, answers, strict=True) for case in answer.cases
        ]
        waits = wanted.state != CaseState.CASE_STATE_DECIDED
        found.sort(key=lambda each: _place(each[0].case, waits=waits), reverse=not waits)
        shown = [case for case, _ in found[:size]]
        left: dict[str, str | None] = dict(tokens)
        for name, answer in zip(asked, answers, strict=True):
            taken = [case for case in shown if case.tool == name]
            if len(taken) == len(answer.cases):
                left[name] = answer.next_page_token or None
            elif taken:
                left[name] = taken[-1].case.page_token
        more = any(each is not None for each in left.values())
        return CasePage(shown, _token_of(left) if more else "", sum(answer.open_count for answer in answers))

    async def count_open(self, asker: Asker) -> int:
        """How many cases of the tenant wait."""
        page = await self.list_cases(asker, Wanted(), size=1)
        return page.open_count

    async def get_case(self, asker: Asker, case_id: str) -> ToolCase:
        """One case with its reports."""
        tool, own_id = self._parts(case_id)
        answer = await self._call(tool, "GetCase", requests.GetCaseRequest(id=own_id), asker)
        return ToolCase(tool, answer.case)

    async def decide(
        self,
        asker: Asker,
        case_ids: Sequence[str],
        decision: Decision.ValueType,
        *,
        reason: str = "",
        text: str = "",
        false_positive: bool = False,
    ) -> list[ToolCase]:
        """Decides cases; those of one tool all or none."""
        decided: list[ToolCase] = []
        for tool, ids in self._by_tool(case_ids).items():
            request = requests.DecideCasesRequest(
                ids=ids, decision=decision, reason=reason, text=text, false_positive=false_positive
            )
            answer = await self._call(tool, "DecideCases", request, asker)
            decided += [ToolCase(tool, case) for case in answer.cases]
        return decided

    async def undo(self, asker: Asker, case_ids: Sequence[str]) -> list[ToolCase]:
        """Takes decisions back."""
        undone: list[ToolCase] = []
        for tool, ids in self._by_tool(case_ids).items():
            answer = await self._call(tool, "UndoDecisions", requests.UndoDecisionsRequest(ids=ids), asker)
            undone += [ToolCase(tool, case) for case in answer.cases]
        return undone

    async def report(
        self, asker: Asker, tool: str, kind: str, text_id: str, *, reason: str, text: str, client: str
    ) -> bool:
        """Whether this person had reported it before. `client` is the address that an anonymous report comes from."""
        digest = ""
        if asker.token is None:
            if wait := self._reports.take(client):
                raise rate_limited(wait)
            digest = hmac.new(self._secret, f"report {client}".encode(), sha256).hexdigest()[:32]
        request = requests.ReportTextRequest(kind=kind, id=text_id, reason=reason, text=text, client=digest)
        answer = await self._call(tool, "ReportText", request, asker)
        return bool(answer.repeated)

    async def own_case(self, asker: Asker, tool: str, kind: str, text_id: str) -> OwnCase:
        """What the author of a text is told."""
        answer: OwnCase = await self._call(tool, "GetOwnCase", requests.GetOwnCaseRequest(kind=kind, id=text_id), asker)
        return answer

    async def object_to(self, asker: Asker, tool: str, kind: str, text_id: str, text: str) -> None:
        """The author's objection."""
        request = requests.ObjectToDecisionRequest(kind=kind, id=text_id, text=text)
        await self._call(tool, "ObjectToDecision", request, asker)

    async def settings(self, asker: Asker, tool: str) -> requests.GetModerationSettingsResponse:
        """How the tenant moderates the tool's texts, with counts by rule."""
        request = requests.GetModerationSettingsRequest()
        answer: requests.GetModerationSettingsResponse = await self._call(tool, "GetModerationSettings", request, asker)
        return answer

    async def change_settings(self, asker: Asker, tool: str, settings: Settings) -> Settings:
        """Replaces them; their etag is required."""
        request = requests.UpdateModerationSettingsRequest(settings=settings)
        answer = await self._call(tool, "UpdateModerationSettings", request, asker)
        changed: Settings = answer.settings
        return changed

    async def policies(self, asker: Asker) -> Mapping[str, moderation_pb2.ModerationPolicy]:
        """The public policy of each tool."""
        request = requests.GetModerationPolicyRequest()
        answers = await asyncio.gather(
            *(self._call(tool, "GetModerationPolicy", request, asker) for tool in self._tools)
        )
        return {tool: answer.policy for tool, answer in zip(self._tools, answers, strict=True)}

    async def log(self, asker: Asker) -> AsyncIterator[tuple[str, Sequence[LogEntry]]]:
        """The log of each tool, part by part, oldest first."""
        for tool in self._tools:
            token = ""
            while True:
                request = requests.ListModerationLogRequest(page_token=token)
                answer = await self._call(tool, "ListModerationLog", request, asker)
                yield tool, answer.entries
                token = answer.next_page_token
                if not token:
                    break

    @property
    def tools(self) -> Sequence[str]:
        """The names of the tools."""
        return tuple(self._tools)

    async def _list(self, tool: str, asker: Asker, wanted: Wanted, size: int, token: str) -> Any:
        request = requests.ListCasesRequest(
            page_size=size,
            page_token=token,
            state=wanted.state,
            offer_id=wanted.offer_id,
            kind=wanted.kind,
            reported=wanted.reported,
            rule=wanted.rule,
        )
        return await self._call(tool, "ListCases", request, asker)

    async def _call(self, tool: str, method: str, request: Any, asker: Asker) -> Any:
        if tool not in self._tools:
            raise _no_such_tool()
        return await self._tools[tool].call(getattr(self._stubs[tool], method), request, asker)

    def _by_tool(self, case_ids: Sequence[str]) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for case_id in case_ids:
            tool, own_id = self._parts(case_id)
            found.setdefault(tool, []).append(own_id)
        # Nothing chosen is for the service to refuse, in its own words.
        return found or {next(iter(self._tools)): []}

    def _parts(self, case_id: str) -> tuple[str, str]:
        tool, _, own_id = case_id.partition(".")
        if tool not in self._tools:
            raise _no_such_tool()
        return tool, own_id


def _no_such_tool() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "CASE_NOT_FOUND", "no such tool")


def _place(case: Case, *, waits: bool) -> tuple[int, int, str]:
    time = case.waiting_since if waits else case.decide_time
    return time.seconds, time.nanos, case.id


def _token_of(tokens: Mapping[str, str | None]) -> str:
    return base64.urlsafe_b64encode(json.dumps(tokens).encode()).rstrip(b"=").decode()


def _tokens_of(token: str, tools: Mapping[str, Service]) -> Mapping[str, str | None]:
    """Where each tool's list goes on; None where it has ended. Raises PAGE_TOKEN_INVALID."""
    if not token:
        return dict.fromkeys(tools, "")
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError):
        found = None
    known = isinstance(found, dict) and set(found) == set(tools)
    if not known or not all(each is None or isinstance(each, str) for each in found.values()):
        raise DomainError(Kind.INVALID, "PAGE_TOKEN_INVALID", "the page token is not one of this list")
    return dict(found)
