"""Contributions of a tenant as a work list, and what staff notes about them."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork, statement
from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from civic_discussion.domain.desk import Colleague, Desk, DeskFilter, Mark, OnDesk
from civic_discussion.store import seeing
from civic_discussion.store.cutting import cut
from civic_discussion.store.rows import contribution_of
from civic_discussion.store.tables import colleague, contribution, contribution_words, topic

After = tuple[datetime, UUID]
# So many of the contributions that hold certain words are listed, the newest.
_WORDS_MAX = 1_000


async def page(
    work: Reading, wanted: DeskFilter, *, topic_id: UUID | None, after: After | None, limit: int
) -> list[tuple[OnDesk, After]]:
    """Newest first; what waits for an answer the longest first. Each with its place in the list."""
    time, last_id = after if after is not None else (None, None)
    rows = await work.rows(
        _page(_given(wanted), wanted.waiting, after is not None),
        {
            "tenant_id": work.call.require_tenant(),
            "topic_id": topic_id,
            "query": " & ".join(f"{word}:*" for word in wanted.words),
            "state": wanted.state and wanted.state.value,
            "mark_label": wanted.label,
            "assignee": wanted.assignee,
            "after_time": time,
            "after_id": last_id,
            "limit": limit,
            "subject": work.call.caller.subject,
            "staff": True,
        },
    )
    return [(OnDesk(contribution_of(row), row["topic_title"], _mark_of(row)), (row["at"], row["id"])) for row in rows]


async def desk(work: Reading) -> Desk:
    row = await work.row(_DESK)
    assert row is not None  # noqa: S101 - a statement of aggregates has one row
    return Desk([Colleague(*each) for each in row["colleagues"]], row["labels"], row["waiting"])


async def mark_of(work: Reading, contribution_id: UUID) -> Mark | None:
    row = await work.row(_MARK_OF, {"id": contribution_id})
    return _mark_of(row) if row else None


async def mark_for_update(work: UnitOfWork, contribution_id: UUID) -> Mark | None:
    """Locks the contribution until the end of the unit of work."""
    row = await work.row(_LOCK, {"id": contribution_id})
    return _mark_of(row) if row else None


async def colleagues(work: UnitOfWork) -> Sequence[Colleague]:
    """By name."""
    return [Colleague(row["subject"], row["name"]) for row in await work.rows(_COLLEAGUES)]


async def know(work: UnitOfWork, person: Colleague) -> None:
    """Keeps who works at this desk, under the present name."""
    tenant = work.call.require_tenant()
    await work.execute(_KNOW, {"tenant_id": tenant, "subject": person.subject, "name": person.name})


async def set_mark(work: UnitOfWork, contribution_id: UUID, mark: Mark) -> None:
    await work.execute(
        _MARK,
        {"id": contribution_id, "starred": mark.starred, "mark_label": mark.label, "assignee": mark.assignee},
    )


def _mark_of(row: Any) -> Mark:
    return Mark(
        starred=row["starred"],
        label=row["mark_label"],
        assignee=row["assignee"],
        assignee_name=row["assignee_name"] or "",
    )


def _given(wanted: DeskFilter) -> tuple[str, ...]:
    """Names of the filters that leave something out."""
    names = ("topic_id", "words", "state", "starred", "label", "assignee")
    return tuple(name for name in names if getattr(wanted, name))


@lru_cache(maxsize=256)
def _page(filters: tuple[str, ...], waiting: bool, continued: bool) -> Statement:
    """One index range, cut at the limit, so that a page costs the same however many contributions there are."""
    c = contribution.c
    time = c.goal_time if waiting else c.create_time
    query = select(contribution, time.label("at")).where(
        *(_kept(c, name, of_topic="topic_id" in filters) for name in filters)
    )
    if waiting:
        query = query.where(c.goal_time.isnot(None), c.answer.is_(None), c.state == seeing.PUBLISHED)
    if continued:
        place = tuple_(bindparam("after_time", type_=time.type), bindparam("after_id", type_=c.id.type))
        here = tuple_(time, c.id)
        query = query.where(here > place if waiting else here < place)

    def order(columns: Any) -> list[ColumnElement[Any]]:
        at = columns.goal_time if waiting else columns.create_time
        return [at, columns.id] if waiting else [at.desc(), columns.id.desc()]

    shown = cut(query, order, c, name="shown")
    source = shown.join(topic, topic.c.id == shown.c.topic_id).outerjoin(
        colleague, colleague.c.subject == shown.c.assignee
    )
    return statement(
        select(
            *seeing.contribution(shown.c, cast(null(), Text)),
            *(shown.c[name] for name in ("at", "starred", "mark_label", "assignee")),
            colleague.c.name.label("assignee_name"),
            topic.c.title.label("topic_title"),
        )
        .select_from(source)
        .order_by(*order(shown.c))
    )


def _kept(c: Any, name: str, *, of_topic: bool) -> ColumnElement[bool]:
    empty: ColumnElement[str] = literal_column("''")
    match name:
        case "topic_id":
            return and_(c.topic_id == bindparam("topic_id", type_=c.topic_id.type))
        case "state":
            return and_(c.state == bindparam("state", type_=Text))
        case "starred":
            return and_(c.starred)
        case "words":
            return and_(c.id == any_(_holding_words(of_topic)))
        # The second condition is that of the index.
        case "label":
            return and_(c.mark_label == bindparam("mark_label", type_=Text), c.mark_label != empty)
        case _:
            return and_(c.assignee == bindparam("assignee", type_=Text), c.assignee != empty)


def _holding_words(of_topic: bool) -> Any:
    """Ids of the newest that hold the words: an array is looked up by its ids, whatever the planner thinks of it."""
    w = contribution_words.c
    asked = func.to_tsquery(literal_column("'german'"), bindparam("query", type_=Text))
    found = select(w.id).where(w.tenant_id == bindparam("tenant_id", type_=Text), w.search.op("@@")(asked))
    if of_topic:
        found = found.where(w.topic_id == bindparam("topic_id", type_=w.topic_id.type))
    newest = found.order_by(w.id.desc()).limit(literal_column(str(_WORDS_MAX)))
    return func.array(newest.scalar_subquery(), type_=ARRAY(Uuid))


_DESK = statement(
    text("""
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(subject, name) ORDER BY name, subject), '[]')
        FROM (SELECT subject, name FROM colleague ORDER BY name, subject LIMIT 200) AS known) AS colleagues,
       (SELECT coalesce(jsonb_agg(mark_label ORDER BY mark_label), '[]')
        FROM (SELECT DISTINCT mark_label FROM contribution WHERE mark_label <> '' ORDER BY mark_label LIMIT 100)
        AS used) AS labels,
       (SELECT count(*) FROM contribution
        WHERE goal_time IS NOT NULL AND answer IS NULL AND state = 'published') AS waiting
""")
)
_MARKED = """
SELECT starred, mark_label, assignee, (SELECT name FROM colleague WHERE subject = assignee) AS assignee_name
FROM contribution WHERE id = :id
"""
_MARK_OF = statement(text(_MARKED))
_LOCK = statement(text(f"{_MARKED} FOR UPDATE OF contribution"))
_COLLEAGUES = statement(text("SELECT subject, name FROM colleague ORDER BY name, subject"))
_KNOW = statement(
    text("""
INSERT INTO colleague (tenant_id, subject, name) VALUES (:tenant_id, :subject, :name)
ON CONFLICT (tenant_id, subject) DO UPDATE SET name = excluded.name WHERE colleague.name <> excluded.name
""")
)
_MARK = statement(
    text("UPDATE contribution SET starred = :starred, mark_label = :mark_label, assignee = :assignee WHERE id = :id")
)
