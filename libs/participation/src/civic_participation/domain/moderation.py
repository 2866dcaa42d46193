"""Cases of moderation: what waits, what was decided, what its author may still do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from civic_chassis.kernel.text import Violations

from civic_participation.domain.moderation_settings import OTHER, ModerationSettings

# How long a decision can be taken back: long enough to notice a slip, short enough for a log that means something.
UNDO_TIME = timedelta(minutes=30)
# Nobody proves who they are without an account, so more of them would say nothing more.
ANONYMOUS_REPORTS_MAX = 20
REPORT_TEXT_MAX = 1_000
DECISION_TEXT_MAX = 2_000
OBJECTION_MIN = 10
OBJECTION_MAX = 2_000
BULK_MAX = 100
_KIND = re.compile(r"[a-z][a-z_]{0,39}")


class TextState(StrEnum):
    """Whether a text is shown."""

    PUBLISHED = "published"
    HELD = "held"
    HIDDEN = "hidden"
    # Withdrawn, merged: no matter of moderation.
    GONE = "gone"


class CaseState(StrEnum):
    """Whether a case waits."""

    OPEN = "open"
    DECIDED = "decided"


class Decision(StrEnum):
    """What a moderator says about a text."""

    HIDE = "hide"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class TextKey:
    """A text of a tool: its kind in the tool's words, and its id."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundText:
    """A text as its tool knows it now. `parent_id` is what it stands below, its own id where it stands alone."""

    key: TextKey
    parent_id: UUID
    offer_id: UUID
    offer_title: str
    title: str
    text: str
    author_subject: str
    author_name: str
    state: TextState
    # False where its offer, or what it stands below, is not shown.
    public: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """A rule that held a text back, and what met it."""

    rule: str
    detail: str
    create_time: datetime
    false_positive: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last decision. An undo restores `text_before`, `case_before` and the decision before, itself without one.

    `false_before` counts the holds, the oldest first, that an earlier decision had called false positives.
    """

    decision: Decision
    reason: str
    text: str
    time: datetime
    text_before: TextState
    case_before: CaseState
    before: "Verdict | None" = None
    false_before: int = 0


@dataclass(frozen=True, slots=True)
class Objection:
    """What the author said against it."""

    text: str
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One text with what made it a case."""

    id: UUID
    tenant: str
    row_version: int
    key: TextKey
    offer_id: UUID
    offer_title: str
    state: CaseState
    waiting_since: datetime
    holds: tuple[Hold, ...] = ()
    report_count: int = 0
    verdict: Verdict | None = None
    objection: Objection | None = None

    def undo_until(self) -> datetime | None:
        """Until when the last decision can be taken back."""
        if self.verdict is None or self.state is CaseState.OPEN:
            return None
        return self.verdict.time + UNDO_TIME

    @property
    def hidden_for(self) -> str:
        """The reason for which it counts as hidden; empty where it does not."""
        hidden = self.verdict is not None and self.verdict.decision is Decision.HIDE
        return self.verdict.reason if self.verdict is not None and hidden else ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a moderator wants, checked."""

    decision: Decision
    reason: str
    text: str
    false_positive: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a reader says against a text, checked."""

    reason: str
    text: str


def case_not_found() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "CASE_NOT_FOUND", "no such case or text in this tenant")


def reports_enough() -> DomainError:
    return DomainError(Kind.PRECONDITION, "REPORTS_ENOUGH", "moderators know of this text")


def checked_kind(kind: str) -> str:
    """Raises CASE_NOT_FOUND for what is no word of a tool."""
    if not _KIND.fullmatch(kind):
        raise case_not_found()
    return kind


def checked_report(settings: ModerationSettings, *, reason: str, text: str) -> Report:
    """Raises INVALID_ARGUMENT naming every wrong field."""
    found = Violations()
    _check_reason(settings, reason, found)
    said = found.text(text, "text", min=1 if reason == OTHER else 0, max=REPORT_TEXT_MAX)
    found.check()
    return Report(reason, said)


def checked_ruling(
    settings: ModerationSettings, decision: Decision, *, reason: str, text: str, false_positive: bool
) -> Ruling:
    """Raises INVALID_ARGUMENT naming every wrong field."""
    found = Violations()
    if decision is Decision.HIDE:
        _check_reason(settings, reason, found)
    said = found.text(text, "text", min=0, max=DECISION_TEXT_MAX)
    found.check()
    hiding = decision is Decision.HIDE
    return Ruling(decision, reason if hiding else "", said, false_positive and not hiding)


def checked_count(number: int) -> None:
    """Raises INVALID_ARGUMENT for none or too many cases at once."""
    if not 1 <= number <= BULK_MAX:
        limits = {"min": "1", "max": str(BULK_MAX)}
        raise invalid(Violation("ids", "OUT_OF_RANGE", "must be between 1 and 100", limits))


def decided(case: Case, ruling: Ruling, text: TextState, *, at: datetime) -> tuple[Case, TextState]:
    """The case and the text after the decision. What is gone for another reason stays gone."""
    after = TextState.HIDDEN if ruling.decision is Decision.HIDE else TextState.PUBLISHED
    if text is TextState.GONE:
        after = text
    before = replace(case.verdict, before=None) if case.verdict is not None else None
    false_before = sum(hold.false_positive for hold in case.holds)
    verdict = Verdict(ruling.decision, ruling.reason, ruling.text, at, text, case.state, before, false_before)
    holds = tuple(replace(hold, false_positive=True) for hold in case.holds) if ruling.false_positive else case.holds
    changed = replace(case, state=CaseState.DECIDED, verdict=verdict, holds=holds, row_version=case.row_version + 1)
    return changed, after


def undone(case: Case, *, at: datetime) -> tuple[Case, TextState, Verdict]:
    """The case and the text as they were before the last decision, and that decision. Raises UNDO_TOO_LATE."""
    until = case.undo_until()
    if until is None or at > until or case.verdict is None:
        raise DomainError(Kind.PRECONDITION, "UNDO_TOO_LATE", "the decision can no longer be undone")
    verdict = case.verdict
    holds = tuple(replace(hold, false_positive=place < verdict.false_before) for place, hold in enumerate(case.holds))
    changed = replace(
        case, state=verdict.case_before, verdict=verdict.before, holds=holds, row_version=case.row_version + 1
    )
    return changed, verdict.text_before, verdict


def objected(case: Case | None, state: TextState, text: str, *, at: datetime) -> Case:
    """The case waits again. Raises NOTHING_TO_OBJECT, OBJECTION_MADE or INVALID_ARGUMENT."""
    if case is None or state is not TextState.HIDDEN:
        raise DomainError(Kind.PRECONDITION, "NOTHING_TO_OBJECT", "no moderator hid the text")
    if case.objection is not None:
        raise DomainError(Kind.PRECONDITION, "OBJECTION_MADE", "the author has objected before")
    found = Violations()
    said = found.text(text, "text", min=OBJECTION_MIN, max=OBJECTION_MAX)
    found.check()
    return replace(
        case,
        state=CaseState.OPEN,
        waiting_since=at,
        objection=Objection(said, at),
        row_version=case.row_version + 1,
    )


def may_object(case: Case | None, state: TextState) -> bool:
    """Whether the author may say something against the decision."""
    return case is not None and state is TextState.HIDDEN and case.objection is None


def reported(case: Case, *, at: datetime) -> Case:
    """The case with one report more; it waits again where it was decided."""
    waiting = case.waiting_since if case.state is CaseState.OPEN else at
    return replace(
        case,
        state=CaseState.OPEN,
        waiting_since=waiting,
        report_count=case.report_count + 1,
        row_version=case.row_version + 1,
    )


def new_case(case_id: UUID, found: FoundText, holds: Sequence[Hold], *, tenant: str, at: datetime) -> Case:
    """A case that waits from now on."""
    return Case(
        id=case_id,
        tenant=tenant,
        row_version=1,
        key=found.key,
        offer_id=found.offer_id,
        offer_title=found.offer_title,
        state=CaseState.OPEN,
        waiting_since=at,
        holds=tuple(holds),
    )


def rules_of(holds: Sequence[Hold]) -> list[str]:
    """The names of the rules, each once."""
    return list(dict.fromkeys(hold.rule for hold in holds))


def _check_reason(settings: ModerationSettings, reason: str, found: Violations) -> None:
    offered = [each.code for each in settings.reasons if each.active]
    if not reason:
        found.add("reason", "REQUIRED", "a reason must be chosen")
    elif reason not in offered:
        found.add("reason", "NOT_ALLOWED", "not a reason of this tenant", allowed=", ".join(offered))
