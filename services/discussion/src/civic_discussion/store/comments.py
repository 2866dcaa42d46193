"""Comments in reading order."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, SingleWrite, Statement, statement
from civic_chassis.kernel.repeat import Repeat
from civic_participation.moderation import (
    HOLD,
    MEMORY_COLUMNS,
    REMEMBER,
    Judgement,
    Memory,
    memory_of,
    parameters,
    with_memory,
)
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
)

from civic_discussion.domain.comments import Comment, Place
from civic_discussion.domain.policy import Viewer
from civic_discussion.domain.topics import Frame
from civic_discussion.store import seeing
from civic_discussion.store.cutting import cut
from civic_discussion.store.rows import FRAME_COLUMNS, comment_of, frame_of
from civic_discussion.store.tables import comment, contribution, topic

# Greater than any first byte of a reply's step, which is a time.
_AFTER_REPLIES: ColumnElement[bytes] = literal_column("'\\xff'::bytea")


@dataclass(frozen=True, slots=True)
class Target:
    """What a comment needs to know: the topic, the contribution's title, the place of what it replies to, and what is
    remembered of its author."""

    frame: Frame
    contribution_title: str
    parent: Place | None
    memory: Memory


async def get(work: Reading, comment_id: UUID) -> Comment | None:
    subject = work.call.caller.subject
    row = await work.row(_GET, {"id": comment_id, "subject": subject, "staff": False})
    return comment_of(row) if row else None


async def target_unless_done(
    work: SingleWrite, contribution_id: UUID, *, parent_id: UUID | None, repeat: Repeat, comment_id: UUID
) -> Target | None:
    """What a comment needs to know. Raises Repeated where an earlier call under the request id made one."""
    asked = {"id": contribution_id, "parent_id": parent_id, "subject": work.call.caller.subject}
    row = await work.row_unless_done(repeat.request_id, repeat.fingerprint, comment_id, _TARGET, asked)
    if row is None:
        return None
    parent = Place(row["path"], row["depth"]) if row["path"] is not None else None
    return Target(frame_of(row), row["contribution_title"], parent, memory_of(row))


async def page(
    work: Reading, contribution_id: UUID, *, after: bytes | None, limit: int, viewer: Viewer
) -> list[tuple[Comment, bytes]] | None:
    """Each comment with its path; None where there is no such contribution."""
    asked = _parameters(contribution_id, after, limit, viewer)
    rows = await work.rows(_page(after is not None, as_json=False), asked)
    if not rows:
        return None
    return [(comment_of(row), row["path"]) for row in rows if row["id"] is not None]


async def page_as_json(
    work: Reading, contribution_id: UUID, *, after: bytes | None, limit: int, viewer: Viewer
) -> list[tuple[str, bytes]] | None:
    """Each comment as a JSON object, with its path; None where there is no such contribution."""
    asked = _parameters(contribution_id, after, limit, viewer)
    rows = await work.rows(_page(after is not None, as_json=True), asked)
    if not rows:
        return None
    return [(row["item"], row["path"]) for row in rows if row["path"] is not None]


async def add(
    work: SingleWrite,
    added: Comment,
    *,
    place: Place,
    author: tuple[str, str],
    target: Target,
    judgement: Judgement,
) -> None:
    """Writes the comment with the counts, the author's own list, its case where it is held, and all that is staged."""
    subject, name = author
    frame = target.frame
    await work.last(
        _ADD_HELD if judgement.held else _ADD,
        {
            "tenant_id": added.tenant,
            "id": added.id,
            "contribution_id": added.contribution_id,
            "parent_id": added.parent_id,
            "create_time": added.create_time,
            "author_subject": subject,
            "author_name": name,
            "name_public": target.frame.names_public,
            "name_office": not target.frame.settings.without_office_name,
            "text": added.text,
            "depth": place.depth,
            "path": place.path,
            "topic_id": target.frame.topic_id,
            "topic_title": target.frame.title,
            "contribution_title": target.contribution_title,
            "state": added.state.value,
            **parameters(judgement, kind="comment", offer_id=frame.topic_id, offer_title=frame.title),
        },
    )


def _parameters(contribution_id: UUID, after: bytes | None, limit: int, viewer: Viewer) -> dict[str, Any]:
    return {"id": contribution_id, "after": after, "limit": limit, "subject": viewer.subject, "staff": viewer.staff}


_WRITTEN = ("tenant_id", "id", "contribution_id", "parent_id", "row_version", "create_time", "depth", "state")


def _seen(c: Any) -> list[ColumnElement[Any]]:
    """The columns of a comment as one caller sees it."""
    return [*(c[name] for name in _WRITTEN), _words(c), _name(c), seeing.mine(c)]


def _words(c: Any) -> ColumnElement[Any]:
    """Nothing is left of what was hidden but its place."""
    return case((seeing.found(c), c.text), else_=literal_column("''")).label("text")


def _name(c: Any) -> ColumnElement[Any]:
    return case((seeing.found(c), seeing.author_name(topic.c, c))).label("author_name")


def _listed(c: Any) -> ColumnElement[bool]:
    """What the caller may find, and hidden ones that have replies which everybody reads."""
    reply = comment.alias("reply")
    replied = exists().where(
        reply.c.contribution_id == c.contribution_id,
        reply.c.path > c.path,
        reply.c.path < c.path.op("||")(_AFTER_REPLIES),
        reply.c.state == seeing.PUBLISHED,
    )
    return or_(seeing.found(c), replied)


_GET = statement(
    select(*_seen(comment.c))
    .select_from(
        comment.join(contribution, contribution.c.id == comment.c.contribution_id).join(
            topic, topic.c.id == contribution.c.topic_id
        )
    )
    .where(comment.c.id == bindparam("id"), seeing.found(comment.c))
)
_parent = comment.alias("parent")
_TARGET = statement(
    select(
        topic.c.id.label("topic_id"),
        topic.c.title.label("topic_title"),
        *(topic.c[name] for name in FRAME_COLUMNS),
        contribution.c.title.label("contribution_title"),
        _parent.c.path,
        _parent.c.depth,
        *MEMORY_COLUMNS,
    )
    .select_from(
        with_memory(
            contribution.join(topic, topic.c.id == contribution.c.topic_id).outerjoin(
                _parent,
                and_(
                    _parent.c.contribution_id == contribution.c.id,
                    _parent.c.id == bindparam("parent_id"),
                    _parent.c.state == seeing.PUBLISHED,
                ),
            )
        )
    )
    .where(contribution.c.id == bindparam("id"), contribution.c.state == seeing.PUBLISHED)
)


@lru_cache(maxsize=8)
def _page(continued: bool, *, as_json: bool) -> Statement:
    """One row per comment; a single row without path for an empty page, none where there is no such contribution."""
    query = select(comment).where(comment.c.contribution_id == bindparam("id"), _listed(comment.c))
    if continued:
        query = query.where(comment.c.path > bindparam("after", type_=LargeBinary))
    shown = cut(query, lambda c: [c.path], comment.c, name="shown")
    source = contribution.join(topic, topic.c.id == contribution.c.topic_id).outerjoin(shown, true())
    columns = [*_seen(shown.c), shown.c.path]
    if as_json:
        item = _item(shown.c).correlate(topic, shown).lateral("item")
        source = source.join(item, true())
        columns = [func.row_to_json(literal_column("item")).label("item"), shown.c.path]
    return statement(
        select(*columns)
        .select_from(source)
        .where(contribution.c.id == bindparam("id"), seeing.found(contribution.c))
        .order_by(shown.c.path)
    )


def _item(c: Any) -> Select[Any]:
    """The comment as the JSON API shows it."""
    return select(
        c.id,
        c.contribution_id,
        c.parent_id,
        cast(c.row_version, Text).label("etag"),
        seeing.json_time(c.create_time).label("create_time"),
        _words(c),
        _name(c),
        c.depth,
        seeing.mine(c),
        c.state,
    )


# The contribution's row is taken before the counter's, as rating does: one order, no deadlock.
_WRITE = """
WITH added AS (
    INSERT INTO comment
        (tenant_id, id, contribution_id, parent_id, row_version, create_time, author_subject, author_name, name_public,
         name_office, text, depth, path, state)
    VALUES (:tenant_id, :id, :contribution_id, :parent_id, 1, :create_time, :author_subject, :author_name,
            :name_public, :name_office, :text, :depth, :path, :state)
    RETURNING id
), noted AS (
    INSERT INTO participation
        (person_id, id, kind, tenant_id, topic_id, topic_title, contribution_id, contribution_title, create_time, state)
    VALUES (:author_subject, :id, 'comment', :tenant_id, :topic_id, :topic_title, :contribution_id, :contribution_title,
            :create_time, :state)
)"""
# What is held back does not count; nor does what comes to a contribution that was hidden in this moment. The row, for
# which it waits, says so, and in which topic it stands by now.
_COUNT = """
raised AS (
    UPDATE contribution SET comment_count = comment_count + 1 WHERE id = :contribution_id RETURNING topic_id, state
), counted AS (
    INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, comments)
    SELECT :tenant_id, topic_id, pg_backend_pid() % 32, 1 FROM raised WHERE state = 'published'
    ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET comments = counter.comments + 1
)"""
_ADD = statement(text(f"{_WRITE}, {REMEMBER}, {_COUNT} SELECT id FROM added"))  # noqa: S608 - constants alone
_ADD_HELD = statement(text(f"{_WRITE}, {REMEMBER}, {HOLD} SELECT id FROM added"))  # noqa: S608 - constants alone
