"""Moderation by staff: cases, decisions, settings and the log, for the texts of any tool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.page import PageRequest, encode_token, from_micros, from_text, to_micros

from civic_participation.application.moderated_texts import LONG_TIMER, Texts, awaited
from civic_participation.domain import moderation, moderation_settings, moderation_times
from civic_participation.domain.moderation import Case, Decision, FoundText, Ruling, TextKey, TextState
from civic_participation.domain.moderation_settings import ModerationSettings
from civic_participation.store import moderation as store
from civic_participation.store import moderation_log as log_store
from civic_participation.store import moderation_settings as settings_store
from civic_participation.store.moderation import Filter, StoredReport
from civic_participation.store.moderation_log import LogLine
from civic_participation.tenants import ensure_open

LOG_PAGE = 500
_SHAPE = (int, str)


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A case with its text; `token` begins the page after it, in lists alone. The text may be gone."""

    case: Case
    text: FoundText | None
    token: str = ""
    reports: Sequence[StoredReport] = ()


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases, the token of the page after them, and how many wait."""

    items: Sequence[SeenCase]
    next_page_token: str
    open_count: int


class Moderation:
    """The verbs over the texts of one tool."""

    def __init__(self, database: Database, texts: Texts) -> None:
        self._database = database
        self._texts = texts

    async def list_cases(self, call: Call, wanted: Filter, *, page_size: int, page_token: str) -> CasePage:
        """What waits longest first; decided ones by the latest decision."""
        scope = f"cases of {call.require_tenant()}: {wanted}"
        request = PageRequest.parse(page_size, page_token, scope=scope, shape=_SHAPE)
        after = None
        if request.position is not None:
            time, last_id = request.position
            after = from_micros(time), from_text(last_id)
        async with self._database.read(call) as work:
            found, open_count = await store.page(work, wanted, after=after, limit=request.size + 1)
            shown = found[: request.size]
            texts = await self._texts.find(work, [case.key for case, _ in shown])
        items = [
            SeenCase(case, texts.get(case.key), encode_token(scope, (to_micros(time), str(case.id))))
            for case, time in shown
        ]
        return CasePage(items, items[-1].token if len(found) > request.size else "", open_count)

    async def get_case(self, call: Call, case_id: UUID) -> SeenCase:
        """Raises CASE_NOT_FOUND."""
        call.require_tenant()
        async with self._database.read(call) as work:
            case = await store.get(work, case_id)
            if case is None:
                raise moderation.case_not_found()
            texts = await self._texts.find(work, [case.key])
            reports = await store.reports(work, case_id)
        return SeenCase(case, texts.get(case.key), reports=reports)

    async def decide(
        self, call: Call, ids: Sequence[UUID], decision: Decision, *, reason: str, text: str, false_positive: bool
    ) -> list[SeenCase]:
        """All of them or none. Raises CASE_NOT_FOUND or INVALID_ARGUMENT."""
        moderation.checked_count(len(ids))
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            settings = await settings_store.stored_settings(work)
            ruling = moderation.checked_ruling(
                settings, decision, reason=reason, text=text, false_positive=false_positive
            )
            cases, texts = await self._locked(work, ids)
            return [await self._decide(work, cases[each], texts, ruling, settings) for each in dict.fromkeys(ids)]

    async def undo(self, call: Call, ids: Sequence[UUID]) -> list[SeenCase]:
        """All of them or none. Raises CASE_NOT_FOUND or UNDO_TOO_LATE."""
        moderation.checked_count(len(ids))
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            cases, texts = await self._locked(work, ids)
            return [await self._undo(work, cases[each], texts) for each in dict.fromkeys(ids)]

    async def settings(self, call: Call) -> tuple[ModerationSettings, Mapping[str, Mapping[str, int]]]:
        """How the tenant moderates, and what was counted."""
        call.require_tenant()
        async with self._database.read(call) as work:
            return await settings_store.stored_settings(work), await settings_store.counts(work)

    async def change_settings(self, call: Call, given: ModerationSettings, expected: str) -> ModerationSettings:
        """Raises ETAG_REQUIRED, ETAG_MISMATCH or INVALID_ARGUMENT."""
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            before = await settings_store.stored_settings(work)
            etag.check(expected, before.row_version, required=True)
            after = moderation_settings.checked(given, before)
            if not await settings_store.change_settings(work, after):
                raise etag.mismatch(after.row_version)
            await log_store.log(work, "settings", "staff", case=None)
            work.audit("moderation.settings", "moderation_setting", call.require_tenant(), {})
        return after

    async def log(self, call: Call, page_token: str) -> tuple[list[LogLine], str]:
        """At most 500 lines, oldest first, and the token of the lines after them."""
        scope = f"moderation log of {call.require_tenant()}"
        request = PageRequest.parse(0, page_token, scope=scope, shape=(str,))
        after = from_text(request.position[0]) if request.position is not None else None
        async with self._database.read(call) as work:
            lines = await log_store.log_lines(work, after=after, limit=LOG_PAGE + 1)
        shown = lines[:LOG_PAGE]
        return shown, encode_token(scope, (str(shown[-1].id),)) if len(lines) > LOG_PAGE else ""

    async def tell_new(self, work: UnitOfWork) -> None:
        """A timer's work: moderators learn that there are new cases."""
        waiting, _ = await store.waiting(work, before=work.call.received_at)
        if waiting:
            await self._texts.tell_moderators(work, waiting=waiting, long=0)

    async def tell_long(self, work: UnitOfWork) -> None:
        """A timer's work: every morning, as long as something waits, what waits too long."""
        at = work.call.received_at
        settings = await settings_store.stored_settings(work)
        waiting, long = await store.waiting(work, before=at - settings.remind_time)
        if long:
            await self._texts.tell_moderators(work, waiting=waiting, long=long)
        if waiting:
            work.set_timer(LONG_TIMER, work.call.require_tenant(), moderation_times.next_morning(at))

    async def _locked(
        self, work: UnitOfWork, ids: Sequence[UUID]
    ) -> tuple[Mapping[UUID, Case], Mapping[TextKey, FoundText]]:
        cases = await store.locked(work, ids)
        if len(cases) != len(set(ids)):
            raise moderation.case_not_found()
        return cases, await self._texts.find(work, [case.key for case in cases.values()])

    async def _decide(
        self,
        work: UnitOfWork,
        case: Case,
        texts: Mapping[TextKey, FoundText],
        ruling: Ruling,
        settings: ModerationSettings,
    ) -> SeenCase:
        found = texts.get(case.key)
        before = found.state if found is not None else TextState.GONE
        decided, after = moderation.decided(case, ruling, before, at=work.call.received_at)
        await store.change(work, decided)
        await self._count_hidden(work, case, decided)
        if ruling.decision is Decision.KEEP:
            await settings_store.count(work, "kept", "")
        await self._count_false(work, case, decided, 1)
        await log_store.log(work, ruling.decision.value, "staff", case=decided, reason=ruling.reason, note=ruling.text)
        work.audit(f"moderation.{ruling.decision}", case.key.kind, case.key.id, {"reason": ruling.reason})
        if found is None or before is after:
            return SeenCase(decided, found)
        await self._move(work, found, after)
        found = replace(found, state=after)
        reason = settings.reason(ruling.reason)
        await self._texts.tell_author(work, found, decided, reason.names if reason is not None else {})
        return SeenCase(decided, found)

    async def _undo(self, work: UnitOfWork, case: Case, texts: Mapping[TextKey, FoundText]) -> SeenCase:
        found = texts.get(case.key)
        undone, state, verdict = moderation.undone(case, at=work.call.received_at)
        await store.change(work, undone)
        await self._count_hidden(work, case, undone)
        if verdict.decision is Decision.KEEP:
            await settings_store.count(work, "kept", "", -1)
        await self._count_false(work, undone, case, -1)
        await log_store.log(work, "undo", "staff", case=undone, reason=verdict.reason)
        work.audit("moderation.undo", case.key.kind, case.key.id, {})
        awaited(work)
        if found is None or TextState.GONE in (found.state, state) or found.state is state:
            return SeenCase(undone, found)
        await self._move(work, found, state)
        found = replace(found, state=state)
        if state is TextState.PUBLISHED:
            await self._texts.tell_author(work, found, undone, {})
        return SeenCase(undone, found)

    async def _move(self, work: UnitOfWork, found: FoundText, state: TextState) -> None:
        await self._texts.move(work, found, state)
        if state is TextState.PUBLISHED:
            await settings_store.remember(work, found.author_subject, "", known=True)

    async def _count_hidden(self, work: UnitOfWork, before: Case, after: Case) -> None:
        if before.hidden_for == after.hidden_for:
            return
        if before.hidden_for:
            await settings_store.count(work, "hidden", before.hidden_for, -1)
        if after.hidden_for:
            await settings_store.count(work, "hidden", after.hidden_for)

    async def _count_false(self, work: UnitOfWork, fewer: Case, more: Case, by: int) -> None:
        """Counts the rules whose holds are false positives in the one case and not yet in the other."""
        pairs = zip(fewer.holds, more.holds, strict=True)
        changed = [after for before, after in pairs if after.false_positive and not before.false_positive]
        for rule in moderation.rules_of(changed):
            await settings_store.count(work, "false_positive", rule, by)
