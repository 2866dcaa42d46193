"""What a topic's export holds, read page by page: by number and by size, so that a page has a bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, statement
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from civic_discussion.store import counting, seeing
from civic_discussion.store.tables import comment, contribution, metadata, topic

PAGE_MAX = 1_000
moderation_case = metadata.tables["moderation_case"]
# Bytes of texts after which a page takes no further row; JSON makes more of them.
_BYTES = 4 * 1024 * 1024
# What stands for the path of a comment where the row is a contribution.
_NO_PATH: ColumnElement[bytes] = literal_column("''::bytea", LargeBinary).label("path")
# One more than a page shows whether another follows.
_MOST: ColumnElement[int] = literal_column(str(PAGE_MAX + 1), Integer)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: time and id of its contribution, and the path of a comment."""

    time: datetime
    id: UUID
    path: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: `full` with all that staff sees; only what was received until `as_of`."""

    topic_id: UUID
    full: bool
    staff: bool
    as_of: datetime
    after: Place | None
    limit: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as JSON objects, the place of the last one, and whether others follow it."""

    items: Sequence[str]
    last: Place | None
    more: bool


async def contributions(work: Reading, wanted: Wanted) -> Rows | None:
    """None where the caller finds no such topic."""
    return await _read(work, _contributions(wanted.after is not None, wanted.full), wanted)


async def comments(work: Reading, wanted: Wanted) -> Rows | None:
    """None where the caller finds no such topic."""
    return await _read(work, _comments(wanted.after is not None, wanted.full), wanted)


async def _read(work: Reading, query: Statement, wanted: Wanted) -> Rows | None:
    after = wanted.after
    rows = await work.rows(
        query,
        {
            "topic_id": wanted.topic_id,
            "as_of": wanted.as_of,
            "limit": wanted.limit,
            "after_time": after.time if after else None,
            "after_id": after.id if after else None,
            "after_path": after.path if after else None,
            # Whether a draft is found; what of it is shown is `full`.
            "staff": wanted.staff,
        },
    )
    if not rows:
        return None
    found = [row for row in rows if row["item"] is not None]
    if not found:
        return Rows((), None, more=False)
    last = found[-1]
    place = Place(last["at"], last["contribution"], last["path"])
    return Rows([row["item"] for row in found], place, more=last["fetched"] > len(found))


@lru_cache(maxsize=4)
def _contributions(continued: bool, full: bool) -> Statement:
    c = contribution.c
    query = select(*c, c.create_time.label("at"), c.id.label("contribution"), _NO_PATH)
    query = query.where(*_asked(c, full))
    if continued:
        query = query.where(tuple_(c.create_time, c.id) > _after())
    within = query.order_by(c.create_time, c.id).limit(_MOST).subquery("within")
    shown = _page(within, func.octet_length(within.c.title) + func.octet_length(within.c.text))
    return _statement(shown, _contribution(shown.c, full))


@lru_cache(maxsize=4)
def _comments(continued: bool, full: bool) -> Statement:
    c, m = contribution.c, comment.c
    below = select(comment).where(m.contribution_id == c.id, m.create_time <= _AS_OF)
    if not full:
        below = below.where(counting.counted(m))
    if continued:
        last = tuple_(*_places(), bindparam("after_path", type_=LargeBinary))
        below = below.where(tuple_(c.create_time, c.id, m.path) > last)
    # Contribution by contribution, in their order: as a join it might become a walk over all comments for each page.
    said = below.order_by(m.path).limit(_MOST).correlate(contribution).lateral("said")
    query = (
        select(*said.c, c.create_time.label("at"), c.id.label("contribution"))
        .select_from(contribution.join(said, true()))
        .where(*_asked(c, full, within=True))
    )
    if continued:
        query = query.where(tuple_(c.topic_id, c.create_time, c.id) >= tuple_(_TOPIC, *_places()))
    within = query.order_by(c.topic_id, c.create_time, c.id, said.c.path).limit(_MOST).subquery("within")
    shown = _page(within, func.octet_length(within.c.text))
    return _statement(shown, _comment(shown.c, full))


_AS_OF = bindparam("as_of", type_=DateTime(timezone=True))


_TOPIC = bindparam("topic_id", type_=contribution.c.topic_id.type)


def _asked(c: Any, full: bool, *, within: bool = False) -> list[ColumnElement[bool]]:
    """Contributions of the topic; `within` says it so that only the index that begins with the topic has their order:
    by time alone a walk that finds little would go through all topics of the tenant."""
    of_topic = [c.topic_id >= _TOPIC, c.topic_id <= _TOPIC] if within else [c.topic_id == _TOPIC]
    asked = [*of_topic, c.create_time <= _AS_OF]
    return asked if full else [*asked, counting.counted(c)]


def _places() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    c = contribution.c
    return bindparam("after_time", type_=c.create_time.type), bindparam("after_id", type_=c.id.type)


def _after() -> ColumnElement[Any]:
    return tuple_(*_places())


def _page(within: Subquery, size: ColumnElement[Any]) -> Subquery:
    """As many of the rows as fit; the first always does."""
    w = within.c
    order = [w["at"], w.contribution, w.path]
    measured = select(
        within,
        func.row_number().over(order_by=order).label("position"),
        func.count().over().label("fetched"),
        (func.sum(size).over(order_by=order) - size).label("before"),
    ).subquery("measured")
    c = measured.c
    fits = or_(c.position == literal_column("1"), c.before < literal_column(str(_BYTES), BigInteger))
    return select(measured).where(fits, c.position <= bindparam("limit", type_=Integer)).subquery("shown")


def _statement(shown: Subquery, item: Select[Any]) -> Statement:
    """One row per item; a single row without item for an empty page, none where there is no such topic."""
    lateral = item.correlate(topic, shown).lateral("item")
    source: FromClause = topic.outerjoin(shown.join(lateral, true()), true())
    c = shown.c
    return statement(
        select(
            case((c["at"].is_not(None), func.row_to_json(literal_column("item")))).label("item"),
            *(c[name] for name in ("at", "contribution", "path", "fetched")),
        )
        .select_from(source)
        .where(topic.c.id == bindparam("topic_id", type_=topic.c.id.type), seeing.visible(topic.c))
        .order_by(c["at"], c.contribution, c.path)
    )


def _contribution(c: Any, full: bool) -> Select[Any]:
    ratings = func.json_build_object("for", c.rated_for, "neutral", c.rated_neutral, "against", c.rated_against)
    shown = [
        c.id,
        seeing.json_time(c.create_time).label("create_time"),
        seeing.json_time(c.update_time).label("update_time"),
        c.title,
        c.text,
        func.nullif(c.category, literal_column("''")).label("category"),
        c.labels,
        c.state,
        _author_name(c, full),
        c.place,
        c.anchor,
        ratings.label("ratings"),
        c.comment_count,
        c.answer,
        c.merged_into,
        seeing.goal_reached(c),
        c.attachments,
    ]
    return select(*shown, *_for_staff(c, full, "contribution"))


def _comment(c: Any, full: bool) -> Select[Any]:
    shown = [
        c.id,
        c.contribution_id,
        c.parent_id,
        c.depth,
        seeing.json_time(c.create_time).label("create_time"),
        c.text,
        _author_name(c, full),
        c.state,
    ]
    return select(*shown, *_for_staff(c, full, "comment"))


def _author_name(c: Any, full: bool) -> ColumnElement[Any]:
    """The same for whoever asks: an own name that is hidden from the public stays hidden in a public export."""
    public = topic.c.names_public & c.name_public
    return case((or_(public, c.name_office) if full else public, c.author_name)).label("author_name")


def _for_staff(c: Any, full: bool, kind: str) -> list[ColumnElement[Any]]:
    if not full:
        return []
    # Tells what the same person wrote here, and nothing of what that person wrote to another topic.
    person = func.convert_to(
        cast(topic.c.id, Text) + literal_column("':'") + c.author_subject, literal_column("'UTF8'")
    )
    digest = func.left(func.encode(func.sha256(person), literal_column("'hex'")), literal_column("16"))
    return [
        case((c.name_office, digest)).label("author_id"),
        c.name_public,
        _moderation(c, kind).scalar_subquery().label("moderation"),
    ]


def _moderation(c: Any, kind: str) -> Select[Any]:
    """What moderators know of a text; null where it never was a case."""
    m = moderation_case.c
    said = func.json_build_object(
        *_pair("state", m.state),
        *_pair("decision", _said(m.verdict, "decision")),
        *_pair("reason", _said(m.verdict, "reason")),
        *_pair("text", _said(m.verdict, "text")),
        *_pair("report_count", m.report_count),
        *_pair("objection", _said(m.objection, "text")),
    )
    of_text = (m.tenant_id == c.tenant_id, m.text_kind == literal_column(f"'{kind}'"), m.text_id == c.id)
    return select(said).where(*of_text).correlate_except(moderation_case)


def _pair(name: str, value: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return literal_column(f"'{name}'"), value


def _said(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    # An empty word says nothing.
    return func.nullif(column.op("->>")(literal_column(f"'{name}'")), literal_column("''"))
