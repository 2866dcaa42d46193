"""What moderation asks of a tool's texts, and how a text comes to wait for moderators."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from civic_chassis.db import Reading, SingleWrite, UnitOfWork
from civic_chassis.kernel.ids import new_id

from civic_participation.domain import moderation, moderation_times
from civic_participation.domain.moderation import Case, FoundText, TextKey, TextState
from civic_participation.domain.moderation_rules import Judgement
from civic_participation.store import moderation as store
from civic_participation.store import moderation_log as log_store
from civic_participation.store import moderation_settings as settings_store

NEW_TIMER = "moderation_new"
LONG_TIMER = "moderation_long"


class Texts(Protocol):
    """What a tool does with its own texts when the mechanism asks."""

    async def find(self, work: Reading | UnitOfWork, keys: Sequence[TextKey]) -> Mapping[TextKey, FoundText]:
        """The texts that are there, as they are now; nothing for a kind that the tool does not have."""
        ...

    async def move(self, work: UnitOfWork, found: FoundText, state: TextState) -> None:
        """Shows the text or not, corrects every count, and stages the event that tells of it."""
        ...

    async def tell_author(self, work: UnitOfWork, found: FoundText, case: Case, reason: Mapping[str, str]) -> None:
        """Sends word of the last decision; `found` is the text after it, `reason` by language, empty where it is
        shown."""
        ...

    async def tell_objection(self, work: UnitOfWork, found: FoundText, case: Case) -> None:
        """Sends moderators word of the author's objection."""
        ...

    async def tell_moderators(self, work: UnitOfWork, *, waiting: int, long: int) -> None:
        """Sends word of cases that wait, `long` of them for too long."""
        ...


async def hold_back(work: UnitOfWork, found: FoundText, judgement: Judgement) -> None:
    """Opens the case of a text that its author changed into one that rules hold back, and remembers the change."""
    call = work.call
    await settings_store.remember(work, found.author_subject, judgement.trace, known=False)
    if not judgement.held:
        return
    made = moderation.new_case(new_id(), found, judgement.holds, tenant=call.require_tenant(), at=call.received_at)
    case = await store.open_anew(work, made)
    rules = moderation.rules_of(judgement.holds)
    for rule in sorted(rules):
        await settings_store.count(work, "held", rule)
    await log_store.log(work, "hold", "rule", case=case, reason=" ".join(rules))
    awaited(work)


def awaited(work: UnitOfWork | SingleWrite) -> None:
    """Sets the timers by which moderators learn of a new case; several at about the same time are told together."""
    tenant, at = work.call.require_tenant(), work.call.received_at
    work.set_timer(NEW_TIMER, tenant, moderation_times.next_notice(at))
    work.set_timer(LONG_TIMER, tenant, moderation_times.next_morning(at))
