"""What changed in a structured text from one version to another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from civic_participation.domain.sections import Section

# Longer texts are shown as replaced: comparing costs the square of their words.
_WORDS_MAX = 4_000
_WORDS = re.compile(r"\S+\s*|\s+")


class SectionChange(StrEnum):
    """What became of a section."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class PieceKind(StrEnum):
    """Which version has the words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words; those of one version joined are its text."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True)
class ComparedSection:
    """A section in two versions; `level` is that of the later one that has it."""

    id: str
    level: int
    change: SectionChange
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]


def compared(before: Sequence[Section], after: Sequence[Section]) -> tuple[ComparedSection, ...]:
    """The sections of both in the order of the later version; what was removed stands where it was."""
    earlier = {section.id: section for section in before}
    later = {section.id for section in after}
    matcher = SequenceMatcher(None, [each.id for each in before], [each.id for each in after], autojunk=False)
    found: list[ComparedSection] = []
    for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        # What stands elsewhere in the later version moved; it is shown there.
        found += [_compared(old, None) for old in before[old_from:old_to] if old.id not in later]
        found += [_compared(earlier.get(new.id), new) for new in after[new_from:new_to]]
    return tuple(found)


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Word by word."""
    if before == after:
        return (Piece(PieceKind.SAME, after),) if after else ()
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) > _WORDS_MAX or len(new) > _WORDS_MAX:
        return _runs([(PieceKind.REMOVED, old), (PieceKind.ADDED, new)])
    runs: list[tuple[PieceKind, list[str]]] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            runs.append((PieceKind.SAME, new[new_from:new_to]))
        else:
            runs += [(PieceKind.REMOVED, old[old_from:old_to]), (PieceKind.ADDED, new[new_from:new_to])]
    return _runs(runs)


def _runs(runs: Sequence[tuple[PieceKind, list[str]]]) -> tuple[Piece, ...]:
    return tuple(Piece(kind, "".join(words)) for kind, words in runs if words)


def _compared(old: Section | None, new: Section | None) -> ComparedSection:
    shown = new or old
    assert shown is not None  # noqa: S101 - one of them is there
    change = SectionChange.CHANGED
    if old is None:
        change = SectionChange.ADDED
    elif new is None:
        change = SectionChange.REMOVED
    elif old.words == new.words:
        change = SectionChange.SAME
    return ComparedSection(
        id=shown.id,
        level=shown.level,
        change=change,
        title=pieces(old.title if old else "", new.title if new else ""),
        text=pieces(old.text if old else "", new.text if new else ""),
    )
