"""Files of contributions and of topics' objects as one caller sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, UnitOfWork, statement
from civic_participation.domain.attachments import Attachment, AttachmentState, shown
from civic_participation.store.attachments import attachment_of, has_gap, of_holder
from sqlalchemy import DateTime, Select, Uuid, and_, bindparam, literal_column, or_, select, tuple_, update

from civic_discussion.domain.policy import Viewer
from civic_discussion.store import seeing
from civic_discussion.store.tables import attachment, contribution, topic

# Where the page before ended.
After = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Held:
    """A file with what holds it. `mine` where the caller wrote that, `public` where everybody finds it.

    A topic holds the files of its objects; then there is no contribution.
    """

    attachment: Attachment
    contribution_id: UUID | None
    contribution_title: str
    topic_id: UUID
    topic_title: str
    mine: bool
    public: bool


async def get(work: Reading | UnitOfWork, attachment_id: UUID, *, viewer: Viewer) -> Held | None:
    """None for what the caller may not see."""
    row = await work.row(_GET, {"id": attachment_id, "subject": viewer.subject, "staff": viewer.staff})
    if row is not None:
        return _held(row)
    row = await work.row(_GET_OF_TOPIC, {"id": attachment_id, "staff": viewer.staff})
    if row is None:
        return None
    return Held(attachment_of(row), None, "", row["topic_id"], row["topic_title"], False, row["public"])


async def public_topic(work: UnitOfWork, holder_id: UUID) -> bool:
    """Whether the holder is a topic that everybody sees."""
    return bool(await work.value(_PUBLIC_TOPIC, {"id": holder_id}))


async def gaps(work: Reading, *, after: After | None, limit: int) -> Sequence[Held]:
    """Files of public contributions that hinder somebody, oldest first."""
    time, last_id = after if after is not None else (None, None)
    parameters = {"after_time": time, "after_id": last_id, "limit": limit, "subject": None}
    return [_held(row) for row in await work.rows(_MORE_GAPS if after is not None else _GAPS, parameters)]


async def keep_shown(work: UnitOfWork, contribution_id: UUID) -> tuple[UUID, int] | None:
    """Writes what is to be seen of its files into the contribution; its topic and version, None where it is gone."""
    files = shown(await of_holder(work, contribution_id))
    row = await work.row(_KEEP, {"contribution_id": contribution_id, "shown": list(files)})
    return (row["topic_id"], row["row_version"]) if row else None


def _held(row: Any) -> Held:
    return Held(
        attachment_of(row),
        row["holder_id"],
        row["contribution_title"],
        row["topic_id"],
        row["topic_title"],
        row["mine"],
        row["public"],
    )


_SHOWN = and_(
    contribution.c.state == literal_column("'published'"),
    topic.c.published,
    attachment.c.state != literal_column(f"'{AttachmentState.HIDDEN}'"),
)


def _of_contributions() -> Select[Any]:
    held = attachment.join(contribution, contribution.c.id == attachment.c.holder_id)
    return select(
        *attachment.columns,
        contribution.c.title.label("contribution_title"),
        topic.c.id.label("topic_id"),
        topic.c.title.label("topic_title"),
        seeing.mine(contribution.c),
        and_(_SHOWN, ~seeing.closed(topic.c)).label("public"),
    ).select_from(held.join(topic, topic.c.id == contribution.c.topic_id))


_GET = statement(
    _of_contributions().where(
        attachment.c.id == bindparam("id"),
        or_(_SHOWN, seeing.STAFF, contribution.c.author_subject == seeing.SUBJECT),
        seeing.visible(topic.c),
    )
)
_GET_OF_TOPIC = statement(
    select(
        *attachment.columns,
        topic.c.id.label("topic_id"),
        topic.c.title.label("topic_title"),
        and_(topic.c.published, ~seeing.closed(topic.c)).label("public"),
    )
    .select_from(attachment.join(topic, topic.c.id == attachment.c.holder_id))
    .where(attachment.c.id == bindparam("id"), seeing.visible(topic.c))
)
_PUBLIC_TOPIC = statement(select(topic.c.published).where(topic.c.id == bindparam("id")))
_PLACE = (attachment.c.create_time, attachment.c.id)
_AFTER = tuple_(bindparam("after_time", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid))
_ALL_GAPS = _of_contributions().where(has_gap(attachment.c), _SHOWN).order_by(*_PLACE).limit(bindparam("limit"))
_GAPS = statement(_ALL_GAPS)
_MORE_GAPS = statement(_ALL_GAPS.where(tuple_(*_PLACE) > _AFTER))
_KEEP = statement(
    update(contribution)
    .where(contribution.c.id == bindparam("contribution_id"))
    .values(attachments=bindparam("shown", type_=contribution.c.attachments.type))
    .returning(contribution.c.topic_id, contribution.c.row_version)
)
