"""Structured texts: sections that keep their ids through the versions of a text."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from civic_chassis.kernel.text import Violations

SECTIONS_MAX = 500
TITLE_MAX = 300
TEXT_MAX = 20_000
TOGETHER_MAX = 300_000
LEVEL_MAX = 6
# A section is taken for a changed one where at least this part of the words stayed.
_ALIKE = 0.5
# More pairs than this are told apart by their headings alone.
_PAIRS_MAX = 10_000
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OURS = re.compile(r"s([1-9][0-9]{0,8})")


class Splitting(StrEnum):
    """How Markdown becomes sections."""

    HEADINGS = "headings"
    PARAGRAPHS = "paragraphs"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text; `level` 0 has no heading. `changed_version` is the version in which it got its words."""

    id: str
    level: int
    title: str
    text: str
    changed_version: int = 0

    @property
    def words(self) -> tuple[int, str, str]:
        return self.level, self.title, self.text

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "id": self.id,
            "level": self.level,
            "title": self.title,
            "text": self.text,
            "changed": self.changed_version,
        }


def section_of(stored: Mapping[str, Any]) -> Section:
    """The way back from `as_json`."""
    return Section(stored["id"], stored["level"], stored["title"], stored.get("text", ""), stored["changed"])


def split(markdown: str, splitting: Splitting) -> list[Section]:
    """Sections without ids. Headings are lines that begin with "#", outside of code."""
    found: list[Section] = []
    level, title = 0, ""
    lines: list[str] = []

    def close() -> None:
        nonlocal level, title
        text = "\n".join(lines).strip("\n")
        lines.clear()
        if text or title:
            found.append(Section("", level if title else 0, title, text))
            level, title = 0, ""

    for line, in_code in _lines(markdown):
        heading = None if in_code else _HEADING.fullmatch(line)
        if heading is not None:
            close()
            level, title = len(heading[1]), (heading[2] or "").strip()
        elif splitting is Splitting.PARAGRAPHS and not in_code and not line.strip():
            if any(lines):
                close()
        else:
            lines.append(line.rstrip())
    close()
    return found


def checked_sections(given: Sequence[Section], found: Violations, field: str) -> tuple[Section, ...]:
    """The sections with regular texts; notes what is wrong under `<field>.<part>`."""
    if not given:
        found.add(field, "REQUIRED", "the text has no section")
    if len(given) > SECTIONS_MAX:
        found.add(field, "OUT_OF_RANGE", "too many sections", min="1", max=str(SECTIONS_MAX))
        return ()
    named = [section.id for section in given if section.id]
    if any(not _ID.fullmatch(name) for name in named) or len(set(named)) < len(named):
        found.add(f"{field}.id", "MALFORMED", "an id has not its form, or stands there twice")
    cleaned = tuple(_checked(section, found, field) for section in given)
    together = sum(len(section.title) + len(section.text) for section in cleaned)
    if together > TOGETHER_MAX:
        limits = {"max": str(TOGETHER_MAX), "actual": str(together)}
        found.add(field, "TOO_LONG", f"must have at most {TOGETHER_MAX} characters", **limits)
    return cleaned


def carried(
    new: Sequence[Section], *, before: Sequence[Section], used: frozenset[str], version: int
) -> tuple[Section, ...]:
    """The new sections, each with the id of the section that it was before.

    `used` holds every id that some version ever had: no new section gets one of them. A section that says the same
    keeps the version in which it got its words.
    """
    ids = _kept_ids(new, before)
    earlier = {section.id: section for section in before}
    free = _free_ids(used | set(ids.values()))
    made = []
    for place, section in enumerate(new):
        name = ids.get(place) or next(free)
        old = earlier.get(name)
        same = old is not None and old.words == section.words
        made.append(replace(section, id=name, changed_version=old.changed_version if same and old else version))
    return tuple(made)


def _kept_ids(new: Sequence[Section], before: Sequence[Section]) -> dict[int, str]:
    """Place of a new section → id: those that came with one, then equal ones, then alike ones between them."""
    ids = {place: section.id for place, section in enumerate(new) if section.id}
    left_new = [place for place in range(len(new)) if place not in ids]
    taken = set(ids.values())
    left_old = [section for section in before if section.id not in taken]
    blocks = SequenceMatcher(
        None, [section.words for section in left_old], [new[place].words for place in left_new], autojunk=False
    )
    gaps = []
    for kind, old_from, old_to, new_from, new_to in blocks.get_opcodes():
        if kind == "equal":
            for old, place in zip(left_old[old_from:old_to], left_new[new_from:new_to], strict=True):
                ids[place] = old.id
        else:
            gaps.append((left_old[old_from:old_to], left_new[new_from:new_to]))
    _keep_moved(new, gaps, ids)
    for olds, places in gaps:
        _keep_alike(new, [old for old in olds if old.id not in ids.values()], places, ids)
    return ids


def _keep_moved(new: Sequence[Section], gaps: list[tuple[list[Section], list[int]]], ids: dict[int, str]) -> None:
    moved = {old.words: old.id for olds, _ in gaps for old in reversed(olds)}
    for _, places in gaps:
        for place in places:
            name = moved.pop(new[place].words, None)
            if name is not None:
                ids[place] = name


def _keep_alike(new: Sequence[Section], olds: list[Section], places: list[int], ids: dict[int, str]) -> None:
    """In reading order, the same heading first; a section that changed keeps its place more often than not."""
    rest = [place for place in places if place not in ids]
    for place in list(rest):
        title = new[place].title
        old = next((old for old in olds if title and old.title == title), None)
        if old is not None:
            ids[place] = old.id
            olds.remove(old)
            rest.remove(place)
    if len(olds) * len(rest) > _PAIRS_MAX:
        return
    bags = {old.id: _bag(old) for old in olds}
    for place in rest:
        words = _bag(new[place])
        best = max(olds, key=lambda old: _likeness(bags[old.id], words), default=None)
        if best is not None and _likeness(bags[best.id], words) >= _ALIKE:
            ids[place] = best.id
            olds.remove(best)


def _bag(section: Section) -> Counter[str]:
    return Counter(f"{section.title} {section.text}".lower().split())


def _likeness(old: Counter[str], new: Counter[str]) -> float:
    """Which part of the words both have: 0 to 1."""
    return 2 * (old & new).total() / max(old.total() + new.total(), 1)


def _free_ids(used: set[str] | frozenset[str]) -> Iterator[str]:
    numbers = (int(match[1]) for name in used if (match := _OURS.fullmatch(name)))
    number = max(numbers, default=0)
    while True:
        number += 1
        yield f"s{number}"


def _checked(section: Section, found: Violations, field: str) -> Section:
    title = found.line(section.title, f"{field}.title", min=0, max=TITLE_MAX)
    text = found.text(section.text, f"{field}.text", min=0, max=TEXT_MAX)
    if not 0 <= section.level <= LEVEL_MAX:
        found.add(f"{field}.level", "OUT_OF_RANGE", "no heading has this level", min="0", max=str(LEVEL_MAX))
    if not section.title.strip() and not section.text.strip():
        found.add(f"{field}.text", "EMPTY", "a section says something", min="1")
    return Section(section.id, (section.level or 2) if title else 0, title, text)


def _lines(markdown: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to code between fences."""
    fence = ""
    for line in markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        mark = _FENCE.match(line)
        if fence:
            yield line, True
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark[1]
            yield line, True
        else:
            yield line, False
