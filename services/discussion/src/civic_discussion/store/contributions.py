"""Contributions and ratings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asyncpg import UniqueViolationError
from civic_chassis.db import Reading, SingleWrite, Statement, UnitOfWork, statement
from civic_participation.domain.attachments import Attachment, file_taken
from civic_participation.moderation import HOLD, REMEMBER, Judgement, parameters
from civic_participation.store.attachments import ATTACH, files_of
from sqlalchemy import (
    Select,
    bindparam,
    select,
    text,
    update,
)

from civic_discussion.domain.content import Content
from civic_discussion.domain.contributions import Contribution
from civic_discussion.domain.policy import Viewer
from civic_discussion.domain.topics import Frame
from civic_discussion.store import seeing
from civic_discussion.store.rows import FRAME_COLUMNS, contribution_of, frame_of
from civic_discussion.store.tables import contribution, rating, topic


async def get(work: Reading | UnitOfWork, contribution_id: UUID, *, viewer: Viewer) -> Contribution | None:
    row = await work.row(_GET, {"id": contribution_id, "subject": viewer.subject, "staff": viewer.staff})
    return contribution_of(row) if row else None


async def get_for_update(
    work: UnitOfWork, contribution_id: UUID, *, viewer: Viewer
) -> tuple[Contribution, Frame] | None:
    """The contribution, locked until the end of the unit of work, and its topic."""
    row = await work.row(_GET_FOR_UPDATE, {"id": contribution_id, "subject": viewer.subject, "staff": viewer.staff})
    return (contribution_of(row), frame_of(row)) if row else None


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


_FRAME_COLUMNS = (
    topic.c.title.label("topic_title"),
    *(topic.c[name] for name in FRAME_COLUMNS),
)


def _one() -> Select[Any]:
    c = contribution.c
    source = contribution.join(topic, topic.c.id == c.topic_id).outerjoin(rating, seeing.rated_by_caller(c))
    return (
        select(*seeing.contribution(c, rating.c.value))
        .select_from(source)
        .where(c.id == bindparam("id"), seeing.found(c))
    )


_GET = statement(_one())
_GET_FOR_UPDATE = statement(_one().add_columns(*_FRAME_COLUMNS).with_for_update(of=contribution))
_FRAME = statement(
    select(topic.c.id.label("topic_id"), *_FRAME_COLUMNS, contribution.c.title.label("contribution_title"))
    .select_from(contribution.join(topic, topic.c.id == contribution.c.topic_id))
    .where(contribution.c.id == bindparam("id"), contribution.c.state == seeing.PUBLISHED)
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
