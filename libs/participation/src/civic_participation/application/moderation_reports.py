"""What people say of texts: anybody reports, an author objects."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.ids import new_id

from civic_participation.application.moderated_texts import Texts, awaited
from civic_participation.domain import moderation
from civic_participation.domain.moderation import Case, FoundText, Report, TextKey, TextState
from civic_participation.store import moderation as store
from civic_participation.store import moderation_log as log_store
from civic_participation.store import moderation_settings as settings_store
from civic_participation.tenants import ensure_open


@dataclass(frozen=True, slots=True)
class OwnCase:
    """What an author is told."""

    state: TextState
    case: Case | None
    reason_names: Mapping[str, str]


class Reports:
    """The verbs over the texts of one tool."""

    def __init__(self, database: Database, texts: Texts) -> None:
        self._database = database
        self._texts = texts

    async def report(self, call: Call, key: TextKey, *, reason: str, text: str, client: str) -> bool:
        """Whether this person had reported the text before. Raises CASE_NOT_FOUND, INVALID_ARGUMENT, REPORTS_ENOUGH."""
        moderation.checked_kind(key.kind)
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            settings = await settings_store.settings_of(work)
            said = moderation.checked_report(settings, reason=reason, text=text)
            found = (await self._texts.find(work, [key])).get(key)
            if found is None or not found.public or found.state is not TextState.PUBLISHED:
                raise moderation.case_not_found()
            return await self._report(work, found, said, client)

    async def own_case(self, call: Call, key: TextKey) -> OwnCase:
        """Raises CASE_NOT_FOUND for a text that is not the caller's."""
        subject = call.require_subject()
        call.require_tenant()
        async with self._database.read(call) as work:
            found = (await self._texts.find(work, [key])).get(key)
            if found is None or found.author_subject != subject:
                raise moderation.case_not_found()
            case = await store.of_text(work, key)
            settings = await settings_store.stored_settings(work)
        hidden = case is not None and found.state is TextState.HIDDEN
        known = settings.reason(case.hidden_for) if case is not None and hidden else None
        return OwnCase(found.state, case, known.names if known is not None else {})

    async def object_to(self, call: Call, key: TextKey, text: str) -> None:
        """Exactly once. Raises CASE_NOT_FOUND, NOTHING_TO_OBJECT, OBJECTION_MADE or INVALID_ARGUMENT."""
        subject = call.require_subject()
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            found = (await self._texts.find(work, [key])).get(key)
            if found is None or found.author_subject != subject:
                raise moderation.case_not_found()
            case = await store.locked_of_text(work, key)
            changed = moderation.objected(case, found.state, text, at=call.received_at)
            await store.change(work, changed)
            await log_store.log(work, "object", "author", case=changed)
            await settings_store.count(work, "objection", "")
            await self._texts.tell_objection(work, found, changed)
            awaited(work)

    async def _report(self, work: UnitOfWork, found: FoundText, said: Report, client: str) -> bool:
        call = work.call
        case = await store.locked_of_text(work, found.key)
        if case is None:
            made = moderation.new_case(new_id(), found, (), tenant=call.require_tenant(), at=call.received_at)
            case = await store.open_anew(work, made)
        signed_in = call.caller.signed_in
        full = not signed_in and await store.anonymous_reports(work, case.id) >= moderation.ANONYMOUS_REPORTS_MAX
        reporter = _reporter(call, client)
        if full:
            raise moderation.reports_enough()
        if not await store.add_report(work, case.id, said, reporter=reporter, signed_in=signed_in):
            return True
        await store.change(work, moderation.reported(case, at=call.received_at))
        await log_store.log(work, "report", "reader", case=case, reason=said.reason)
        await settings_store.count(work, "reported", said.reason)
        awaited(work)
        return False


def _reporter(call: Call, client: str) -> str:
    """Under what a person counts once. Without an account it is all that a gateway can tell for a day."""
    if call.caller.subject is not None:
        source = f"person {call.require_tenant()} {call.caller.subject}"
    else:
        source = f"client {call.received_at.date()} {client}"
    return hashlib.blake2b(source.encode(), digest_size=16).hexdigest()
