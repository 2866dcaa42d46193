"""Contributions and ratings."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from asyncpg import UniqueViolationError
from civic_chassis.db import Reading, SingleWrite, Statement, UnitOfWork, statement
from civic_participation.domain.attachments import Attachment, file_taken
from civic_participation.moderation import HOLD, REMEMBER, Judgement, parameters
from civic_participation.store.attachments import ATTACH, files_of
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
    true,
    tuple_,
    update,
)

from civic_discussion.domain.contributions import Content, Contribution, Only, Order, State
from civic_discussion.domain.policy import Viewer
from civic_discussion.domain.topics import Frame
from civic_discussion.store import seeing
from civic_discussion.store.cutting import cut
from civic_discussion.store.rows import FRAME_COLUMNS, contribution_of, frame_of
from civic_discussion.store.tables import contribution, rating, topic

# Where the page before ended: ratings "for" (in that order alone), time, id.
After = tuple[int, datetime, UUID]


async def get(work: Reading | UnitOfWork, contribution_id: UUID, *, viewer: Viewer) -> Contribution | None:
    row = await work.row(_GET, {"id": contribution_id, "subject": viewer.subject, "staff": viewer.staff})
    return contribution_of(row) if row else None


async def get_for_update(
    work: UnitOfWork, contribution_id: UUID, *, viewer: Viewer
) -> tuple[Contribution, Frame] | None:
    """The contribution, locked until the end of the unit of work, and its topic."""
    row = await work.row(_GET_FOR_UPDATE, {"id": contribution_id, "subject": viewer.subject, "staff": viewer.staff})
    return (contribution_of(row), frame_of(row)) if row else None


async def page(
    work: Reading, topic_id: UUID, only: Only, *, order: Order, after: After | None, limit: int, viewer: Viewer
) -> list[Contribution] | None:
    """None where the caller finds no such topic."""
    query = _page(order, _given(only), after is not None, viewer.subject is not None, as_json=False)
    rows = await work.rows(query, _parameters(topic_id, only, after, limit, viewer))
    if not rows:
        return None
    return [contribution_of(row) for row in rows if row["id"] is not None]


async def page_as_json(
    work: Reading, topic_id: UUID, only: Only, *, order: Order, after: After | None, limit: int, viewer: Viewer
) -> list[tuple[str, After]] | None:
    """Each contribution as a JSON object, with its place in the list; None where the caller finds no such topic."""
    query = _page(order, _given(only), after is not None, viewer.subject is not None, as_json=True)
    rows = await work.rows(query, _parameters(topic_id, only, after, limit, viewer))
    if not rows:
        return None
    return [(row["item"], (row["rated_for"], row["create_time"], row["id"])) for row in rows if row["id"] is not None]


async def frame(work: SingleWrite, contribution_id: UUID) -> tuple[Frame, str] | None:
    """The topic of a public contribution and the contribution's title."""
    row = await work.row(_FRAME, {"id": contribution_id})
    return (frame_of(row), row["contribution_title"]) if row else None


async def add(
    work: SingleWrite,
    added: Contribution,
    *,
    author: tuple[str, str],
    frame: Frame,
    hide_name: bool,
    judgement: Judgement,
    files: Sequence[Attachment] = (),
) -> bool:
    """Writes the contribution with the counter, the author's own list, its case where it is held, and all that is
    staged.

    False, and nothing written, where the author has as many in the topic as its settings allow.
    """
    subject, name = author
    anchor, limit = added.content.anchor, frame.settings.max_contributions
    values = {
        "tenant_id": added.tenant,
        "id": added.id,
        "topic_id": added.topic_id,
        "create_time": added.create_time,
        "author_subject": subject,
        "author_name": name,
        "name_public": frame.names_public and not hide_name,
        "name_office": not frame.settings.without_office_name,
        "state": added.state.value,
        **_content_values(added.content),
        "anchor": anchor.as_json() if anchor is not None else None,
        "attachments": list(added.attachments),
        "topic_title": frame.title,
        "max": limit,
        **parameters(judgement, kind="contribution", offer_id=added.topic_id, offer_title=frame.title),
    }
    if files:
        values["files"] = files_of(files)
    try:
        return await work.last(_ADD[bool(limit), judgement.held, bool(files)], values) is not None
    except UniqueViolationError as error:
        # One statement writes both, in an order that is the server's choice.
        if error.table_name not in ("attachment", "attachment_job"):
            raise
        # Another text of the same person took one of the files between our look and our write.
        raise file_taken() from error


async def change(work: UnitOfWork, changed: Contribution) -> None:
    """Writes the words and all that is staged; the contribution is locked by `get_for_update`."""
    await work.last(
        _CHANGE,
        {
            "contribution_id": changed.id,
            "row_version": changed.row_version,
            "update_time": changed.update_time,
            "attachments": list(changed.attachments),
            **_content_values(changed.content),
        },
    )


def _content_values(content: Content) -> dict[str, Any]:
    return {
        "title": content.words.title,
        "text": content.words.text,
        "category": content.category,
        "labels": list(content.labels),
        "place": content.place.as_json() if content.place is not None else None,
    }


_WRITTEN = (
    *("tenant_id", "id", "topic_id", "row_version", "create_time", "update_time", "title", "text"),
    *("state", "category", "labels", "place", "anchor", "answer", "merged_into", "attachments"),
)
_NUMBERS = ("rated_for", "rated_neutral", "rated_against", "comment_count")
_PUBLISHED: ColumnElement[str] = literal_column(f"'{State.PUBLISHED}'")
_FRAME_COLUMNS = (
    topic.c.title.label("topic_title"),
    *(topic.c[name] for name in FRAME_COLUMNS),
)


def _seen(c: Any, my_rating: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The columns of a contribution as one caller sees it."""
    return [
        *(c[name] for name in (*_WRITTEN, *_NUMBERS)),
        seeing.author_name(topic.c, c),
        seeing.mine(c),
        my_rating.label("my_rating"),
    ]


def _rated_by_caller(c: Any) -> ColumnElement[bool]:
    return and_(rating.c.contribution_id == c.id, rating.c.subject == seeing.SUBJECT)


def _one() -> Select[Any]:
    c = contribution.c
    source = contribution.join(topic, topic.c.id == c.topic_id).outerjoin(rating, _rated_by_caller(c))
    return select(*_seen(c, rating.c.value)).select_from(source).where(c.id == bindparam("id"), seeing.found(c))


_GET = statement(_one())
_GET_FOR_UPDATE = statement(_one().add_columns(*_FRAME_COLUMNS).with_for_update(of=contribution))
_FRAME = statement(
    select(topic.c.id.label("topic_id"), *_FRAME_COLUMNS, contribution.c.title.label("contribution_title"))
    .select_from(contribution.join(topic, topic.c.id == contribution.c.topic_id))
    .where(contribution.c.id == bindparam("id"), contribution.c.state == _PUBLISHED)
)

_CHANGE = statement(
    update(contribution)
    .where(contribution.c.id == bindparam("contribution_id"))
    .values(
        row_version=bindparam("row_version"),
        words_version=bindparam("row_version"),
        update_time=bindparam("update_time"),
        title=bindparam("title"),
        text=bindparam("text"),
        category=bindparam("category"),
        labels=bindparam("labels", type_=contribution.c.labels.type),
        place=bindparam("place", type_=contribution.c.place.type),
        attachments=bindparam("attachments", type_=contribution.c.attachments.type),
    )
    .returning(contribution.c.id)
)


def _given(only: Only) -> tuple[str, ...]:
    """Names of the filters that leave something out."""
    return tuple(name for name in ("category", "label", "object_id", "section") if getattr(only, name))


def _parameters(topic_id: UUID, only: Only, after: After | None, limit: int, viewer: Viewer) -> dict[str, Any]:
    rated_for, time, last_id = after if after is not None else (None, None, None)
    return {
        "topic_id": topic_id,
        "category": only.category,
        "label": only.label,
        "object_id": only.object_id,
        "section": only.section,
        "after_for": rated_for,
        "after_time": time,
        "after_id": last_id,
        "limit": limit,
        "subject": viewer.subject,
        "staff": viewer.staff,
    }


@lru_cache(maxsize=512)
def _page(order: Order, filters: tuple[str, ...], continued: bool, signed_in: bool, *, as_json: bool) -> Statement:
    """One row per contribution; a single row without id for an empty page, none where there is no such topic."""
    shown = _cut(order, filters, continued)
    source = topic.outerjoin(shown, true())
    # Looked up row by row: as a join it might become a walk over all ratings of the tenant.
    looked_up = select(rating.c.value).where(_rated_by_caller(shown.c)).correlate(shown).scalar_subquery()
    my_rating: ColumnElement[Any] = looked_up if signed_in else cast(null(), Text)
    columns = _seen(shown.c, my_rating)
    if as_json:
        item = _item(shown.c, my_rating).correlate(topic, shown).lateral("item")
        source = source.join(item, true())
        columns = [
            func.row_to_json(literal_column("item")).label("item"),
            shown.c.rated_for,
            shown.c.create_time,
            shown.c.id,
        ]
    return statement(
        select(*columns)
        .select_from(source)
        .where(topic.c.id == bindparam("topic_id"), seeing.visible(topic.c))
        .order_by(*_order(order, shown.c))
    )


def _cut(order: Order, filters: tuple[str, ...], continued: bool) -> Subquery:
    c = contribution.c
    keys = [c.rated_for, c.create_time, c.id] if order is Order.MOST_SUPPORTED else [c.create_time, c.id]
    query = select(contribution).where(c.topic_id == bindparam("topic_id"), c.state == _PUBLISHED)
    query = query.where(*(_kept(c, name) for name in filters))
    if continued:
        names = {"rated_for": "after_for", "create_time": "after_time", "id": "after_id"}
        place = tuple_(*(bindparam(names[key.name], type_=key.type) for key in keys))
        here = tuple_(*keys)
        query = query.where(here > place if order is Order.OLDEST else here < place)
    return cut(query, partial(_order, order), c, name="shown")


def _kept(c: Any, name: str) -> ColumnElement[bool]:
    value = bindparam(name, type_=Text)
    match name:
        case "category":
            # The second condition is that of the index.
            return and_(c.category == value, c.category != literal_column("''"))
        case "label":
            kept: ColumnElement[bool] = c.labels.op("?")(value)
            return kept
        case "object_id":
            return and_(c.anchor_object == value, c.anchor_object.isnot(None))
        case _:
            return and_(c.anchor_section == value)


def _order(order: Order, c: Any) -> list[ColumnElement[Any]]:
    match order:
        case Order.NEWEST:
            return [c.create_time.desc(), c.id.desc()]
        case Order.OLDEST:
            return [c.create_time, c.id]
        case Order.MOST_SUPPORTED:
            return [c.rated_for.desc(), c.create_time.desc(), c.id.desc()]


def _item(c: Any, my_rating: ColumnElement[Any]) -> Select[Any]:
    """The contribution as the JSON API shows it."""
    ratings = func.json_build_object("for", c.rated_for, "neutral", c.rated_neutral, "against", c.rated_against)
    return select(
        c.id,
        c.topic_id,
        cast(c.row_version, Text).label("etag"),
        seeing.json_time(c.create_time).label("create_time"),
        seeing.json_time(c.update_time).label("update_time"),
        c.title,
        c.text,
        seeing.author_name(topic.c, c),
        ratings.label("ratings"),
        c.comment_count,
        seeing.mine(c),
        my_rating.label("my_rating"),
        c.state,
        func.nullif(c.category, literal_column("''")).label("category"),
        c.labels,
        c.place,
        c.anchor,
        c.answer,
        c.merged_into,
        c.attachments,
    )


# One person's contributions to a topic that limits them: its row makes two at the same time wait for each other.
_WITHIN_LIMIT = """
place AS (
    INSERT INTO contributor AS person (tenant_id, topic_id, subject, contributions)
    VALUES (:tenant_id, :topic_id, :author_subject, 1)
    ON CONFLICT (tenant_id, topic_id, subject) DO UPDATE SET contributions = person.contributions + 1
        WHERE person.contributions < :max
    RETURNING 1
),"""


# What is held back does not count.
_COUNT = """
counted AS (
    INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, contributions)
    SELECT :tenant_id, :topic_id, pg_backend_pid() % 32, 1 FROM added
    ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET contributions = counter.contributions + 1
)"""


def _add(*, limited: bool, held: bool, with_files: bool) -> Statement:
    first, condition = (_WITHIN_LIMIT, "FROM place") if limited else ("", "")
    files = f", {ATTACH}" if with_files else ""
    return statement(
        text(f"""
WITH {first} added AS (
    INSERT INTO contribution
        (tenant_id, id, topic_id, row_version, create_time, update_time, author_subject, author_name, name_public,
         name_office, title, text, state, category, labels, place, anchor, attachments)
    SELECT :tenant_id, :id, :topic_id, 1, :create_time, :create_time, :author_subject, :author_name, :name_public,
           :name_office, :title, :text, :state, :category, :labels, :place, :anchor, :attachments
           {condition}
    RETURNING id
), noted AS (
    INSERT INTO participation
        (person_id, id, kind, tenant_id, topic_id, topic_title, contribution_id, contribution_title, create_time, state)
    SELECT :author_subject, id, 'contribution', :tenant_id, :topic_id, :topic_title, id, :title, :create_time, :state
    FROM added
), {REMEMBER}, {HOLD if held else _COUNT}{files} SELECT id FROM added
""")  # noqa: S608 - made of constants alone
    )


_EITHER = (False, True)
_ADD = {
    (limited, held, with_files): _add(limited=limited, held=held, with_files=with_files)
    for limited in _EITHER
    for held in _EITHER
    for with_files in _EITHER
}
