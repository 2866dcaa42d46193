"""Topics, their state-wide cards, and their counters."""

from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, SingleWrite, Statement, UnitOfWork, statement
from civic_chassis.kernel.repeat import Repeat
from civic_participation.moderation import MEMORY_COLUMNS, Memory, memory_of, with_memory
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from civic_discussion.domain.topics import Frame, Topic
from civic_discussion.store.rows import FRAME_COLUMNS, frame_of, topic_of, topic_values
from civic_discussion.store.tables import topic, topic_card, topic_counter


async def get(work: Reading | UnitOfWork, topic_id: UUID) -> Topic | None:
    row = await work.row(_GET, {"id": topic_id})
    return topic_of(row) if row else None


async def get_for_update(work: UnitOfWork, topic_id: UUID) -> Topic | None:
    """Locks the topic until the end of the unit of work."""
    row = await work.row(_GET_FOR_UPDATE, {"id": topic_id})
    return topic_of(row) if row else None


async def add(work: UnitOfWork, added: Topic) -> None:
    await work.execute(_ADD, topic_values(added))


async def change(work: UnitOfWork, changed: Topic) -> None:
    """Writes every value; the topic is locked by `get_for_update`."""
    await work.execute(_CHANGE, {**topic_values(changed), "topic_id": changed.id})


async def put_card(work: UnitOfWork, published: Topic) -> None:
    """Writes what the state's list shows of a published topic."""
    await work.execute(_PUT_CARD, topic_values(published))


async def frame_unless_done(
    work: SingleWrite, topic_id: UUID, *, repeat: Repeat, new_id: UUID
) -> tuple[Frame, Memory] | None:
    """What a contribution needs to know of its topic, and what is remembered of its author.

    Raises Repeated where an earlier call under the request id made one.
    """
    parameters = {"id": topic_id, "subject": work.call.caller.subject}
    row = await work.row_unless_done(repeat.request_id, repeat.fingerprint, new_id, _FRAME, parameters)
    return (frame_of(row), memory_of(row)) if row else None


GERMAN: ColumnElement[Any] = literal_column("'german'::regconfig")
SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")


def _search_vector() -> ColumnElement[Any]:
    # German finds other forms of a word, simple finds what German leaves out and what is not German.
    words = bindparam("words", type_=Text)
    return func.to_tsvector(GERMAN, words).op("||")(func.to_tsvector(SIMPLE, words))


_OWN = [column for column in topic.c if column.name != "search"]
# What lists show of a topic; its card is these columns.
LISTED: tuple[str, ...] = (
    "tenant_id",
    "id",
    "row_version",
    "create_time",
    "update_time",
    "title",
    "teaser",
    "translations",
    "start_time",
    "end_time",
    "archive_time",
    "names_public",
    "extensions",
    "end_reason",
)


def counts_of(tenant_id: Any, topic_id: Any) -> Any:
    """What is counted of a topic, to be joined to its row."""

    def total(name: str) -> ColumnElement[Any]:
        return cast(func.coalesce(func.sum(topic_counter.c[name]), 0), BigInteger).label(name)

    return (
        select(total("contributions"), total("comments"), total("ratings"))
        .where(topic_counter.c.tenant_id == tenant_id, topic_counter.c.topic_id == topic_id)
        .lateral("counts")
    )


def _complete() -> Select[Any]:
    counts = counts_of(topic.c.tenant_id, topic.c.id)
    return select(*_OWN, *counts.c).select_from(topic.join(counts, true())).where(topic.c.id == bindparam("id"))


_GET = statement(_complete())
_GET_FOR_UPDATE = statement(_complete().with_for_update(of=topic))
# What `frame_of` and `memory_of` read.
FRAME_QUERY = (
    select(
        topic.c.id.label("topic_id"),
        topic.c.title.label("topic_title"),
        *(topic.c[name] for name in FRAME_COLUMNS),
        *MEMORY_COLUMNS,
    )
    .select_from(with_memory(topic))
    .where(topic.c.id == bindparam("id"))
)
_FRAME = statement(FRAME_QUERY)
_ADD = statement(
    insert(topic).values(
        {column.name: bindparam(column.name, type_=column.type) for column in _OWN} | {"search": _search_vector()}
    )
)
_CHANGE = statement(
    update(topic)
    .where(topic.c.id == bindparam("topic_id"))
    .values(
        {column.name: bindparam(column.name, type_=column.type) for column in _OWN if not column.primary_key}
        | {"search": _search_vector()}
    )
)


def _put_card() -> Statement:
    values: dict[str, Any] = {name: bindparam(name, type_=topic_card.c[name].type) for name in LISTED}
    values["translations"] = bindparam("card_translations", type_=topic_card.c.translations.type)
    values["search"] = _search_vector()
    written = upsert(topic_card).values(values)
    changed = {name: written.excluded[name] for name in values if name not in ("tenant_id", "id")}
    return statement(written.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changed))


_PUT_CARD = _put_card()
