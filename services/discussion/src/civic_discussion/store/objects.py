"""Objects of topics and the versions of what they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, SingleWrite, UnitOfWork, statement
from civic_chassis.kernel.repeat import Repeat
from civic_participation.domain.anchors import Anchor
from civic_participation.domain.objects import (
    Content,
    Gap,
    ObjectKind,
    Target,
    TextContent,
    VideoContent,
    content_as_json,
    content_of,
)
from civic_participation.moderation import Memory, memory_of
from sqlalchemy import Text, and_, bindparam, func, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB

from civic_discussion.domain.objects import Object, Version
from civic_discussion.domain.topics import Frame
from civic_discussion.store.rows import frame_of
from civic_discussion.store.tables import topic, topic_object
from civic_discussion.store.topics import FRAME_QUERY


@dataclass(frozen=True, slots=True)
class Ground:
    """What a contribution needs to know of its topic and its author, and what it points at."""

    frame: Frame
    memory: Memory
    target: Target | None


async def list_of_topic(work: Reading, topic_id: UUID, *, staff: bool) -> list[Object] | None:
    """Without texts, in their order; None where the caller finds no such topic."""
    rows = await work.rows(_LIST, {"topic_id": topic_id, "staff": staff})
    if not rows:
        return None
    return [_object_of(row, row["outline"]) for row in rows if row["id"] is not None]


async def get(work: Reading, topic_id: UUID, key: str, *, version: int, staff: bool) -> Object | None:
    """Complete, in the present version where it is 0; None where the caller finds none."""
    parameters = {"topic_id": topic_id, "id": key, "version": version, "staff": staff}
    row = await work.row(_GET, parameters)
    if row is None:
        return None
    found = _object_of(row, row["content"])
    return replace(found, version=row["shown_version"], versions=tuple(map(_version_of, row["versions"])))


async def keys(work: UnitOfWork, topic_id: UUID) -> list[str]:
    """In their order."""
    return [row["id"] for row in await work.rows(_KEYS, {"topic_id": topic_id})]


async def get_present(work: UnitOfWork, topic_id: UUID, key: str) -> Object | None:
    """Complete; whoever writes it has locked the topic."""
    row = await work.row(_GET, {"topic_id": topic_id, "id": key, "version": 0, "staff": True})
    if row is None:
        return None
    return replace(_object_of(row, row["content"]), versions=tuple(map(_version_of, row["versions"])))


async def incomplete(work: UnitOfWork, topic_id: UUID) -> list[str]:
    """Keys of objects that lack something before everybody may see them."""
    return [row["id"] for row in await work.rows(_INCOMPLETE, {"topic_id": topic_id})]


async def text_keys(work: UnitOfWork, topic_id: UUID) -> list[str]:
    """Keys of structured texts, in their order."""
    return [row["id"] for row in await work.rows(_TEXT_KEYS, {"topic_id": topic_id})]


async def put(work: UnitOfWork, changed: Object) -> None:
    """Writes the object and the version that it shows."""
    newest = changed.versions[-1]
    key = {"tenant_id": changed.tenant, "topic_id": changed.topic_id, "id": changed.key}
    await work.execute(
        _PUT,
        {
            **key,
            "row_version": changed.row_version,
            "create_time": changed.create_time,
            "update_time": changed.update_time,
            "kind": changed.kind.value,
            "title": changed.title,
            "description": changed.description,
            "position": changed.position,
            "version": changed.present_version,
            "outline": content_as_json(_without_texts(changed.content)),
            "used_ids": sorted(changed.used_ids),
            "gaps": [gap.value for gap in changed.missing],
        },
    )
    written = {"version": newest.version, "create_time": newest.create_time, "note": newest.note}
    await work.execute(_PUT_VERSION, {**key, **written, "content": content_as_json(changed.content)})


async def in_use(work: UnitOfWork, topic_id: UUID, key: str) -> bool:
    """Whether any contribution is about it, also one that not everybody sees."""
    return bool(await work.value(_IN_USE, {"topic_id": topic_id, "id": key}))


async def files_of(work: UnitOfWork, topic_id: UUID, key: str) -> set[UUID]:
    """Files that any of its versions shows."""
    return {UUID(row["file"]) for row in await work.rows(_FILES, {"topic_id": topic_id, "id": key})}


async def remove(work: UnitOfWork, topic_id: UUID, key: str) -> None:
    """With all versions; those behind it move up."""
    for each in (_REMOVE_VERSIONS, _MOVE_UP, _REMOVE):
        await work.execute(each, {"topic_id": topic_id, "id": key})


async def order(work: UnitOfWork, topic_id: UUID, ordered: Sequence[str]) -> None:
    await work.execute(_ORDER, {"topic_id": topic_id, "ids": list(ordered)})


async def ground_unless_done(
    work: SingleWrite, topic_id: UUID, anchor: Anchor, *, repeat: Repeat, new_id: UUID
) -> Ground | None:
    """None where there is no such topic. Raises Repeated where an earlier call under the request id made one."""
    parameters = {
        "id": topic_id,
        "subject": work.call.caller.subject,
        "object": anchor.object_id,
        "section": [{"id": anchor.section}],
    }
    row = await work.row_unless_done(repeat.request_id, repeat.fingerprint, new_id, _GROUND, parameters)
    return Ground(frame_of(row), memory_of(row), _target_of(row)) if row else None


async def about(work: Reading, topic_id: UUID, anchor: Anchor) -> Object | None:
    """The object without texts, whoever asks: who sees the contribution sees what it is about."""
    row = await work.row(_ABOUT, {"topic_id": topic_id, "id": anchor.object_id})
    return _object_of(row, row["outline"]) if row else None


def _without_texts(content: Content) -> Content:
    match content:
        case TextContent():
            return TextContent(tuple(replace(section, text="") for section in content.sections))
        case VideoContent():
            return replace(content, transcript="", captions=())
        case _:
            return content


def _object_of(row: Mapping[str, Any], content: Mapping[str, Any]) -> Object:
    kind = ObjectKind(row["kind"])
    return Object(
        tenant=row["tenant_id"],
        topic_id=row["topic_id"],
        key=row["id"],
        row_version=row["row_version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        kind=kind,
        title=row["title"],
        description=row["description"],
        position=row["position"],
        version=row["version"],
        present_version=row["version"],
        content=content_of(kind, content),
        missing=tuple(map(Gap, row["gaps"])),
        used_ids=frozenset(row["used_ids"]),
        counts=row["counts"] or {},
    )


def _version_of(stored: Mapping[str, Any]) -> Version:
    return Version(stored["version"], datetime.fromisoformat(stored["create_time"]), stored["note"])


def _target_of(row: Mapping[str, Any]) -> Target | None:
    if row["object_kind"] is None:
        return None
    outline = row["object_outline"]
    return Target(
        kind=ObjectKind(row["object_kind"]),
        version=row["object_version"],
        has_section=row["has_section"],
        page_count=outline.get("pages", 0),
        duration=outline.get("seconds", 0),
    )


_COLUMNS = """
    o.tenant_id, o.topic_id, o.id, o.row_version, o.create_time, o.update_time, o.kind, o.title, o.description,
    o.position, o.version, o.used_ids, o.gaps,
    (SELECT jsonb_object_agg(section, contributions) FROM (
        SELECT section, sum(contributions)::bigint AS contributions FROM anchor_counter
        WHERE topic_id = o.topic_id AND object_id = o.id GROUP BY section
     ) AS counted) AS counts"""
_SEEN = "FROM topic LEFT JOIN topic_object AS o ON o.topic_id = topic.id"
_LIST = statement(
    text(f"""
SELECT {_COLUMNS}, o.outline {_SEEN}
WHERE topic.id = :topic_id AND (topic.published OR :staff) ORDER BY o.position
""")
)
_GET = statement(
    text(f"""
SELECT {_COLUMNS}, shown.content, shown.version AS shown_version,
    (SELECT jsonb_agg(jsonb_build_object('version', version, 'create_time', create_time, 'note', note) ORDER BY version)
     FROM topic_object_version WHERE topic_id = o.topic_id AND object_id = o.id) AS versions
FROM topic JOIN topic_object AS o ON o.topic_id = topic.id
JOIN topic_object_version AS shown ON shown.topic_id = o.topic_id AND shown.object_id = o.id
    AND shown.version = coalesce(nullif(CAST(:version AS bigint), 0), o.version)
WHERE topic.id = :topic_id AND o.id = :id AND (topic.published OR :staff)
""")  # noqa: S608 - made of constants
)
_ABOUT = statement(
    text(f"""
SELECT {_COLUMNS}, o.outline FROM topic_object AS o WHERE o.topic_id = :topic_id AND o.id = :id
""")  # noqa: S608 - made of constants
)
_sections = topic_object.c.outline.op("->")(literal_column("'sections'"))
_GROUND = statement(
    FRAME_QUERY.add_columns(
        topic_object.c.kind.label("object_kind"),
        topic_object.c.version.label("object_version"),
        topic_object.c.outline.op("-")(literal_column("'sections'")).label("object_outline"),
        func.coalesce(_sections.op("@>")(bindparam("section", type_=JSONB)), False).label("has_section"),
    ).outerjoin(
        topic_object,
        and_(topic_object.c.topic_id == topic.c.id, topic_object.c.id == bindparam("object", type_=Text)),
    )
)
_KEYS = statement(text("SELECT id FROM topic_object WHERE topic_id = :topic_id ORDER BY position"))
_TEXT_KEYS = statement(
    text("SELECT id FROM topic_object WHERE topic_id = :topic_id AND kind = 'text' ORDER BY position")
)
_INCOMPLETE = statement(
    text("SELECT id FROM topic_object WHERE topic_id = :topic_id AND gaps <> '[]' ORDER BY position")
)
_PUT = statement(
    text("""
INSERT INTO topic_object AS o
    (tenant_id, topic_id, id, row_version, create_time, update_time, kind, title, description, position, version,
     outline, used_ids, gaps)
VALUES (:tenant_id, :topic_id, :id, :row_version, :create_time, :update_time, :kind, :title, :description, :position,
        :version, :outline, :used_ids, :gaps)
ON CONFLICT (tenant_id, topic_id, id) DO UPDATE SET row_version = excluded.row_version,
    update_time = excluded.update_time, title = excluded.title, description = excluded.description,
    version = excluded.version, outline = excluded.outline, used_ids = excluded.used_ids, gaps = excluded.gaps
""")
)
_PUT_VERSION = statement(
    text("""
INSERT INTO topic_object_version (tenant_id, topic_id, object_id, version, create_time, note, content)
VALUES (:tenant_id, :topic_id, :id, :version, :create_time, :note, :content)
ON CONFLICT (tenant_id, topic_id, object_id, version)
    DO UPDATE SET create_time = excluded.create_time, note = excluded.note, content = excluded.content
""")
)
_IN_USE = statement(
    text("""
SELECT EXISTS (SELECT FROM contribution WHERE topic_id = :topic_id AND anchor ->> 'object' = :id)
""")
)
_FILES = statement(
    text("""
SELECT DISTINCT content ->> 'file' AS file FROM topic_object_version
WHERE topic_id = :topic_id AND object_id = :id AND content ->> 'file' <> ''
""")
)
_REMOVE_VERSIONS = statement(text("DELETE FROM topic_object_version WHERE topic_id = :topic_id AND object_id = :id"))
_MOVE_UP = statement(
    text("""
UPDATE topic_object SET position = position - 1 WHERE topic_id = :topic_id
    AND position > (SELECT position FROM topic_object WHERE topic_id = :topic_id AND id = :id)
""")
)
_REMOVE = statement(text("DELETE FROM topic_object WHERE topic_id = :topic_id AND id = :id"))
_ORDER = statement(
    text("""
UPDATE topic_object AS o SET position = ordered.place - 1
FROM unnest(CAST(:ids AS text[])) WITH ORDINALITY AS ordered (id, place)
WHERE o.topic_id = :topic_id AND o.id = ordered.id
""")
)
