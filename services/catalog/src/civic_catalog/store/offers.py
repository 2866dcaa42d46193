"""Offers: keeping them, and pages of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork
from civic_chassis.kernel.page import MAX_PAGE_SIZE

from civic_catalog.domain.filters import Filter
from civic_catalog.domain.offers import KeptOffer, Listed
from civic_catalog.domain.phases import RANKS, Phase
from civic_catalog.store.conditions import RANK, Names, Shape, conditions, in_phase, parameters, shown_phases

MOST_HITS = 1_000


@dataclass(frozen=True, slots=True)
class After:
    """Where the page before ended: the rank of the phase, the time it sorts by, the id."""

    rank: int
    time: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Found:
    """An offer with its place in the list."""

    listed: Listed
    place: After


async def keep(work: UnitOfWork, kept: KeptOffer) -> bool:
    """Writes what an event told; False where as new a version was kept before."""
    await _learn(work, kept.vocabulary)
    return await work.execute(_KEEP, _values(kept)) == 1


async def keep_anew(work: UnitOfWork, kept: KeptOffer, generation: int) -> bool:
    """The same for a rebuild, which believes what it reads more than what was kept before it began.

    True where it differs from what was kept.
    """
    await _learn(work, kept.vocabulary)
    row = await work.row(_KEEP_ANEW, {**_values(kept), "generation": generation})
    return row is not None and row["differs"]


async def page(
    work: Reading, wanted: Filter, *, at: datetime, newest: bool, after: After | None, limit: int
) -> list[Found]:
    """Offers in the order of phases at the instant `at`, or of their publication, newest first."""
    shape = conditions(wanted)
    values: dict[str, Any] = {"at": at}
    if after is not None:
        values |= {"after_time": after.time, "after_id": after.id}
    if newest:
        made = [_newest(shape, wanted.phase, after is not None)]
    else:
        made = [_listing(shape, ranks, after.rank if after else None) for ranks in _turns(wanted, after)]
    found: list[Found] = []
    for each in made:
        asked = parameters(wanted, {**values, "limit": limit - len(found)})
        found += [_found(row) for row in await work.rows(each, asked)]
        if len(found) >= limit:
            break
    return found


async def hits(work: Reading, wanted: Filter, *, at: datetime) -> int:
    """How many offers the filter finds; at most one more than MOST_HITS."""
    counted = _counting(conditions(wanted), shown_phases(wanted))
    found: int = await work.value(counted, parameters(wanted, {"at": at}))
    return found


def _shows_archived(wanted: Filter) -> bool:
    return bool(wanted.words) and wanted.phase is None


def _ranks(wanted: Filter, after: After | None) -> tuple[int, ...]:
    shown = RANKS if _shows_archived(wanted) else RANKS[:3]
    wished = (wanted.phase,) if wanted.phase is not None else shown
    return tuple(rank for rank, phase in enumerate(RANKS) if phase in wished and (after is None or rank >= after.rank))


def _turns(wanted: Filter, after: After | None) -> list[tuple[int, ...]]:
    """Which phases a statement reads. Words and rectangles are sought in an index as a whole for each phase: where the
    first one fills the page, nobody asks for the others."""
    ranks = _ranks(wanted, after)
    return [(rank,) for rank in ranks] if wanted.words or wanted.box else [ranks]


def _found(row: Any) -> Found:
    rank = row["rank"]
    return Found(Listed(row["projection"], RANKS[rank]), After(rank, row["time"], row["id"]))


async def _learn(work: UnitOfWork, vocabulary: Sequence[str]) -> None:
    if vocabulary:
        await work.execute(_LEARN, {"words": list(vocabulary)})


def _values(kept: KeptOffer) -> dict[str, Any]:
    box = kept.box
    return {
        "id": kept.id,
        "tenant_id": kept.tenant,
        "kind": kept.kind.value,
        "version": kept.version,
        "removed": kept.removed,
        "publish_time": kept.publish_time,
        "start_time": kept.schedule.start_time,
        "end_time": kept.schedule.end_time,
        "archive_time": kept.schedule.archive_time,
        "themes": list(kept.themes),
        "district": kept.district,
        "latitude": kept.latitude,
        "longitude": kept.longitude,
        "west": box.west if box else None,
        "south": box.south if box else None,
        "east": box.east if box else None,
        "north": box.north if box else None,
        "stemmed": kept.stemmed,
        "spelled": kept.spelled,
        "projection": kept.projection,
    }


_TYPES = {
    "id": "uuid",
    "tenant_id": "text",
    "kind": "text",
    "version": "bigint",
    "removed": "boolean",
    "publish_time": "timestamptz",
    "start_time": "timestamptz",
    "end_time": "timestamptz",
    "archive_time": "timestamptz",
    "themes": "text[]",
    "district": "text",
    "latitude": "float8",
    "longitude": "float8",
    "west": "float8",
    "south": "float8",
    "east": "float8",
    "north": "float8",
    "projection": "bytea",
}
_COLUMNS = tuple(_TYPES)
_WORDS = ("stemmed", "spelled")
_NAMES = (*_COLUMNS, *_WORDS)
# German finds other forms of a word, simple finds what German leaves out and what is not German.
_SEARCH = "to_tsvector('german', ${stemmed}::text) || to_tsvector('simple', ${spelled}::text)".format(
    **{name: _NAMES.index(name) + 1 for name in _WORDS}
)
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in (*_COLUMNS[1:], "generation", "search"))
_PLACES = ", ".join(f"${number}::{type_}" for number, type_ in enumerate(_TYPES.values(), 1))


def _insert(generation: str) -> str:
    return (
        f"INSERT INTO offer ({', '.join(_COLUMNS)}, generation, search)"
        f" SELECT {_PLACES}, {generation}, {_SEARCH}"
        f" ON CONFLICT (id) DO UPDATE SET {_CHANGES}"
    )


_KEEP = Statement(
    f"{_insert('(SELECT generation FROM rebuild)')} WHERE offer.version < excluded.version",  # noqa: S608 - as above
    _NAMES,
)
_KEEP_ANEW = Statement(
    f"WITH before AS (SELECT version, projection FROM offer WHERE id = $1), written AS ("  # noqa: S608 - as above
    f"{_insert(f'${len(_NAMES) + 1}::bigint')}"
    " WHERE offer.generation < excluded.generation OR offer.version < excluded.version RETURNING projection)"
    " SELECT before.projection IS DISTINCT FROM written.projection AS differs"
    " FROM written LEFT JOIN before ON true",
    (*_NAMES, "generation"),
)
_LEARN = Statement("INSERT INTO search_word (word) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", ("words",))


# What each phase is sorted by.
_TIMES = {
    Phase.ACTIVE: "end_time",
    Phase.ANNOUNCED: "start_time",
    Phase.ENDED: "end_time",
    Phase.ARCHIVED: "archive_time",
}


@lru_cache(maxsize=512)
def _listing(shape: Shape, ranks: tuple[int, ...], continued: int | None) -> Statement:
    """One index range per phase, each cut at the limit, so that a page costs the same however many offers there are."""
    names = Names()
    parts = []
    for rank in ranks:
        phase = RANKS[rank]
        time = _TIMES[phase]
        backwards = phase in (Phase.ENDED, Phase.ARCHIVED)
        rules = [*(names.fill(rule) for _, rule in shape), names.fill(in_phase(phase))]
        if rank == continued:
            rules.append(names.fill(_continued(time, backwards=backwards)))
        parts.append(_part(rules, time, rank, backwards=backwards, limit=names.fill("{limit}")))
    union = " UNION ALL ".join(f"({part})" for part in parts)
    sql = (
        f"SELECT id, projection, rank, time FROM ({union}) AS found"  # noqa: S608 - of constants
        f" ORDER BY rank, position LIMIT {names.fill('{limit}')}"
    )
    return Statement(sql, names.order())


@lru_cache(maxsize=256)
def _newest(shape: Shape, wished: Phase | None, continued: bool) -> Statement:
    names = Names()
    rules = [names.fill(rule) for _, rule in shape]
    if wished is not None:
        rules.append(names.fill(in_phase(wished)))
    if continued:
        rules.append(names.fill(_continued("publish_time", backwards=True)))
    phase = names.fill(RANK)
    where = " AND ".join(["NOT removed", *rules])
    sql = (
        f"SELECT id, projection, {phase} AS rank, publish_time AS time FROM offer WHERE {where}"  # noqa: S608
        f" ORDER BY publish_time DESC, id DESC LIMIT {names.fill('{limit}')}"
    )
    return Statement(sql, names.order())


@lru_cache(maxsize=256)
def _counting(shape: Shape, phase: str) -> Statement:
    names = Names()
    rules = ["NOT removed", *(names.fill(rule) for _, rule in shape), names.fill(phase)]
    sql = (
        f"SELECT count(*) FROM (SELECT FROM offer WHERE {' AND '.join(rules)}"  # noqa: S608 - of constants
        f" LIMIT {MOST_HITS + 1}) AS counted"
    )
    return Statement(sql, names.order())


def _part(rules: Sequence[str], time: str, rank: int, *, backwards: bool, limit: str) -> str:
    order = f"{time} DESC, id DESC" if backwards else f"{time}, id"
    # The fixed limit inside tells the planner how little is wanted, whatever the one outside will be.
    within = (
        f"SELECT id, projection, {time} AS time, row_number() OVER (ORDER BY {order}) AS position FROM offer"  # noqa: S608
        f" WHERE {' AND '.join(['NOT removed', *rules])} ORDER BY {order} LIMIT {MAX_PAGE_SIZE + 1}"
    )
    return f"SELECT id, projection, {rank} AS rank, time, position FROM ({within}) AS within LIMIT {limit}"  # noqa: S608


def _continued(time: str, *, backwards: bool) -> str:
    return f"({time}, id) {'<' if backwards else '>'} ({{after_time}}, {{after_id}})"
