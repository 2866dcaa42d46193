"""What staff notes about contributions; nobody else sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from civic_chassis.kernel.text import Violations

from civic_discussion.domain.contributions import Contribution, State

LABEL_MAX = 40
# How a caller calls the own subject.
ME = "me"


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the staff."""

    subject: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A star, a label, and who looks after it; `assignee_name` is empty for nobody."""

    starred: bool = False
    label: str = ""
    assignee: str = ""
    assignee_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkChange:
    """What is None stays."""

    starred: bool | None = None
    label: str | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class OnDesk:
    """A contribution with its mark, as it stands on the desk."""

    contribution: Contribution
    topic_title: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Desk:
    """Who takes work over, which labels there are, and how many initiatives wait for an answer."""

    colleagues: Sequence[Colleague]
    labels: Sequence[str]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFilter:
    """Which contributions the desk shows; what is empty leaves nothing out."""

    topic_id: str = ""
    words: Sequence[str] = ()
    state: State | None = None
    starred: bool = False
    label: str = ""
    assignee: str = ""
    waiting: bool = False


def marked(mark: Mark, change: MarkChange, colleagues: Sequence[Colleague]) -> Mark:
    """The mark after the change. Raises INVALID_ARGUMENT naming label or assignee."""
    found = Violations()
    if change.starred is not None:
        mark = replace(mark, starred=change.starred)
    if change.label is not None:
        mark = replace(mark, label=found.line(change.label, "label", min=0, max=LABEL_MAX))
    if change.assignee is not None and change.assignee != mark.assignee:
        known = next((each for each in colleagues if each.subject == change.assignee), None)
        if change.assignee and known is None:
            found.add("assignee", "NOT_ALLOWED", "is nobody who works at this desk")
        mark = replace(mark, assignee=change.assignee, assignee_name=known.name if known else "")
    found.check()
    return mark
