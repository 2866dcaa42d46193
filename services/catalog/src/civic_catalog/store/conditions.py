"""A filter as conditions of a statement."""

from collections.abc import Mapping
from typing import Any

from civic_catalog.domain.filters import Filter
from civic_catalog.domain.phases import Phase
from civic_catalog.domain.searching import folded

# A rectangle of more square degrees holds so much that reading in order finds a page sooner than its index does.
_WIDE = 0.5
_RULES = {
    "kind": "kind = {kind}",
    "tenant": "tenant_id = {tenant}",
    "district": "district = {district}",
    "theme": "themes @> ARRAY[{theme}::text]",
    "from": "end_time > {from}::timestamptz",
    "until": "start_time < {until}::timestamptz",
    "words": "search @@ (to_tsquery('german', {german}) || to_tsquery('simple', {simple}))",
    "wide": "west <= {east}::float8 AND east >= {west}::float8"
    " AND south <= {north}::float8 AND north >= {south}::float8",
    "box": "box(point(west, south), point(east, north))"
    " && box(point({west}::float8, {south}::float8), point({east}::float8, {north}::float8)) AND west IS NOT NULL",
}
_PHASES = {
    Phase.ACTIVE: "start_time <= {at} AND end_time > {at} AND archive_time > {at}",
    Phase.ANNOUNCED: "start_time > {at} AND end_time > {at} AND archive_time > {at}",
    Phase.ENDED: "end_time <= {at} AND archive_time > {at}",
    Phase.ARCHIVED: "archive_time <= {at}",
}

# The same as Schedule.phase_at, as the place in RANKS.
RANK = "CASE WHEN archive_time <= {at} THEN 3 WHEN end_time <= {at} THEN 2 WHEN start_time <= {at} THEN 0 ELSE 1 END"
_TYPES = {"at": "timestamptz", "limit": "int", "after_time": "timestamptz", "after_id": "uuid"}

Shape = tuple[tuple[str, str], ...]


def conditions(wanted: Filter) -> Shape:
    """The rules of what the filter names, apart from its phase; names of parameters stand in braces."""
    used = [
        name
        for name, value in (
            ("kind", wanted.kind),
            ("tenant", wanted.tenant),
            ("district", wanted.district),
            ("theme", wanted.theme),
            ("from", wanted.from_time),
            ("until", wanted.until_time),
            ("words", wanted.words),
        )
        if value
    ]
    if (box := wanted.box) is not None:
        used.append("wide" if (box.east - box.west) * (box.north - box.south) > _WIDE else "box")
    return tuple((name, _RULES[name]) for name in used)


def in_phase(phase: Phase) -> str:
    """The same as Schedule.phase_at."""
    return _PHASES[phase]


def shown_phases(wanted: Filter) -> str:
    """The rule of the phase that is asked for; without one archived offers are found by words alone."""
    if wanted.phase is not None:
        return in_phase(wanted.phase)
    return "true" if wanted.words else "archive_time > {at}"


def parameters(wanted: Filter, more: Mapping[str, Any]) -> dict[str, Any]:
    """Values for the rules, and whatever the statement has beside them."""
    box = wanted.box
    return {
        "kind": wanted.kind.value if wanted.kind else None,
        "tenant": wanted.tenant,
        "district": wanted.district,
        "theme": wanted.theme,
        "from": wanted.from_time,
        "until": wanted.until_time,
        "german": beginnings(wanted.words),
        "simple": spelled_beginnings(wanted.words),
        "west": box.west if box else None,
        "south": box.south if box else None,
        "east": box.east if box else None,
        "north": box.north if box else None,
        **more,
    }


def beginnings(words: tuple[str, ...]) -> str:
    """For to_tsquery: every word, each as a beginning."""
    return " & ".join(f"{word}:*" for word in words)


def spelled_beginnings(words: tuple[str, ...]) -> str:
    """The same without umlauts."""
    return beginnings(tuple(map(folded, words)))


class Names:
    """Numbers the parameters of a statement in the order in which they are first met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def fill(self, rule: str) -> str:
        return rule.format_map(self)

    def __getitem__(self, name: str) -> str:
        number = self._numbers.setdefault(name, len(self._numbers) + 1)
        type_ = _TYPES.get(name)
        return f"${number}::{type_}" if type_ else f"${number}"

    def order(self) -> tuple[str, ...]:
        return tuple(self._numbers)
