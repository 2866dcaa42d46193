"""Lists of topics, of a tenant and of the state, in the order of phases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, statement
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from civic_discussion.domain.phases import Phase
from civic_discussion.domain.policy import Viewer
from civic_discussion.domain.topics import Topic
from civic_discussion.store import seeing
from civic_discussion.store.cutting import cut
from civic_discussion.store.rows import topic_of
from civic_discussion.store.tables import topic, topic_card
from civic_discussion.store.topics import GERMAN, LISTED, SIMPLE, counts_of

# The order of lists: what is running first, soonest end first; then what comes, soonest start first; then what is over,
# latest end first.
RANKS = (Phase.ACTIVE, Phase.ANNOUNCED, Phase.ENDED, Phase.ARCHIVED)


@dataclass(frozen=True, slots=True)
class After:
    """Where the page before ended: the rank of the phase, the time it sorts by, the id."""

    rank: int
    time: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Filter:
    """Which topics a list holds; `tenant` is for the state's list alone, `drafts` for the tenant's."""

    phase: Phase | None = None
    words: Sequence[str] = ()
    drafts: bool = False
    tenant: str = ""


async def list_of_tenant(
    work: Reading, wanted: Filter, *, at: datetime, after: After | None, limit: int, viewer: Viewer
) -> list[Topic]:
    """Topics without their full texts, in the order of phases at the instant `at`; closed ones for whom they are."""
    given = {**_parameters(wanted, at, after, limit), "subject": viewer.subject, "staff": viewer.staff}
    rows = await work.rows(_listing(False, *_shape(wanted, after)), given)
    return [topic_of(row) for row in rows]


async def list_of_state(work: Reading, wanted: Filter, *, at: datetime, after: After | None, limit: int) -> list[Topic]:
    """Published topics of all tenants without their full texts, in the order of phases at the instant `at`."""
    rows = await work.rows(_listing(True, *_shape(wanted, after)), _parameters(wanted, at, after, limit))
    return [topic_of(row) for row in rows]


def place_in_list(found: Topic, *, at: datetime) -> After:
    """Where a topic stands in lists made at the instant `at`."""
    phase = found.phase_at(at)
    time = found.schedule.start_time if phase is Phase.ANNOUNCED else found.schedule.end_time
    return After(RANKS.index(phase), time, found.id)


def _found(column: ColumnElement[Any]) -> ColumnElement[bool]:
    query = bindparam("query", type_=Text)
    return or_(
        column.op("@@")(func.to_tsquery(GERMAN, query)),
        column.op("@@")(func.to_tsquery(SIMPLE, query)),
    )


# What lists show of outcome and site, and of the settings of cards, which hold none.
_NO_SETTINGS: ColumnElement[Any] = literal_column("'{}'::jsonb").label("settings")
_CHOICES: ColumnElement[Any] = literal_column("ARRAY['categories', 'labels']")
_NO_OUTCOME: ColumnElement[Any] = literal_column("NULL::jsonb").label("outcome")
_NO_SITE: ColumnElement[Any] = literal_column("NULL::jsonb").label("site")


def _shape(wanted: Filter, after: After | None) -> tuple[tuple[int, ...], int | None, bool, bool, bool]:
    """What the SQL depends on: the ranks to read, the rank that is continued, and the filters."""
    first = after.rank if after is not None else 0
    ranks = tuple(rank for rank in range(first, len(RANKS)) if wanted.phase in (None, RANKS[rank]))
    continued = after.rank if after is not None else None
    return ranks, continued, bool(wanted.words), wanted.drafts, bool(wanted.tenant)


def _parameters(wanted: Filter, at: datetime, after: After | None, limit: int) -> dict[str, Any]:
    return {
        "at": at,
        "limit": limit,
        "after_time": after.time if after is not None else None,
        "after_id": after.id if after is not None else None,
        "query": " & ".join(f"{word}:*" for word in wanted.words),
        "tenant_id": wanted.tenant,
    }


@lru_cache(maxsize=512)
def _listing(
    cards: bool, ranks: tuple[int, ...], continued: int | None, searched: bool, drafts: bool, of_tenant: bool
) -> Statement:
    """One index range per phase, each cut at the limit, so that a page costs the same however many topics there are."""
    source = topic_card if cards else topic
    conditions: list[ColumnElement[bool]] = []
    if not cards:
        conditions.append(seeing.listed(topic.c))
    if not cards and not drafts:
        conditions.append(topic.c.published)
    if searched:
        conditions.append(_found(source.c.search))
    if of_tenant:
        conditions.append(source.c.tenant_id == bindparam("tenant_id", type_=Text))
    parts = [_phase_part(source, rank, continued=rank == continued).where(*conditions) for rank in ranks]
    pages = [
        cut(part, lambda c: [c.position], part.selected_columns, name=f"part_{rank}") for rank, part in enumerate(parts)
    ]
    found = union_all(*(page.select() for page in pages)).subquery("found")
    page = (
        select(found).order_by(found.c.rank, found.c.position).limit(bindparam("limit", type_=Integer)).subquery("page")
    )
    counts = counts_of(page.c.tenant_id, page.c.id)
    columns = [column for column in page.c if column.name not in ("translations", "settings")]
    translations = page.c.translations if cards else _without_full_texts(page.c.translations)
    settings = page.c.settings if cards else page.c.settings.op("-")(_CHOICES)
    return statement(
        select(*columns, translations.label("translations"), settings.label("settings"), *counts.c)
        .select_from(page.join(counts, true()))
        .order_by(page.c.rank, page.c.position)
    )


def _without_full_texts(translations: ColumnElement[Any]) -> ColumnElement[Any]:
    each = func.jsonb_each(translations).table_valued("key", "value").lateral("each_language")
    short = func.jsonb_object_agg(each.c.key, each.c.value.op("-")(literal_column("'text'")))
    return func.coalesce(select(short).select_from(each).scalar_subquery(), literal_column("'{}'::jsonb"))


def _phase_part(source: Table, rank: int, *, continued: bool) -> Select[Any]:
    c, phase = source.c, RANKS[rank]
    at = bindparam("at", type_=c.end_time.type)
    time = c.start_time if phase is Phase.ANNOUNCED else c.end_time
    backwards = phase in (Phase.ENDED, Phase.ARCHIVED)
    order = (time.desc(), c.id.desc()) if backwards else (time, c.id)
    part = select(
        *(c[name] for name in LISTED),
        literal_column("''").label("text"),
        c.settings if "settings" in c else _NO_SETTINGS,
        _NO_OUTCOME,
        _NO_SITE,
        (c.published if "published" in c else true()).label("published"),
        literal_column(str(rank)).label("rank"),
        func.row_number().over(order_by=order).label("position"),
    ).where(*_in_phase(c, phase, at))
    if continued:
        place = tuple_(bindparam("after_time", type_=time.type), bindparam("after_id", type_=c.id.type))
        here = tuple_(time, c.id)
        part = part.where(here < place if backwards else here > place)
    return part


def _in_phase(c: Any, phase: Phase, at: Any) -> Sequence[ColumnElement[bool]]:
    """The same as Schedule.phase_at."""
    match phase:
        case Phase.ACTIVE:
            return c.start_time <= at, c.end_time > at, c.archive_time > at
        case Phase.ANNOUNCED:
            return c.start_time > at, c.end_time > at, c.archive_time > at
        case Phase.ENDED:
            return c.end_time <= at, c.archive_time > at
        case Phase.ARCHIVED:
            return (c.archive_time <= at,)
