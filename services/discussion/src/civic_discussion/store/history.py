"""Earlier versions of contributions, their traces, and what is similar."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from civic_chassis.db import Reading, UnitOfWork, statement
from sqlalchemy import bindparam, case, delete, insert, literal_column, or_, select, text, union_all

from civic_discussion.domain.content import Words
from civic_discussion.domain.history import Origin, OriginKind, Similar, Version
from civic_discussion.domain.policy import Viewer
from civic_discussion.store import seeing
from civic_discussion.store.tables import (
    contribution,
    contribution_origin,
    contribution_version,
    contribution_words,
    topic,
)


async def keep(work: UnitOfWork, contribution_id: UUID) -> None:
    """Keeps the present words of a contribution that is about to change."""
    await work.execute(_KEEP, {"id": contribution_id})


async def versions(work: Reading, contribution_id: UUID, *, viewer: Viewer) -> list[Version]:
    """Oldest first, the present one last; none where the caller finds no such contribution."""
    rows = await work.rows(_VERSIONS, {"id": contribution_id, "subject": viewer.subject, "staff": viewer.staff})
    return [Version(row["version"], row["create_time"], Words(row["title"], row["text"])) for row in rows]


async def add_origin(
    work: UnitOfWork, contribution_id: UUID, *, kind: OriginKind, origin: UUID, title: str, at: datetime
) -> None:
    await work.execute(
        _ADD_ORIGIN,
        {
            "tenant_id": work.call.require_tenant(),
            "contribution_id": contribution_id,
            "origin_id": origin,
            "kind": kind.value,
            "title": title,
            "create_time": at,
        },
    )


async def origins(work: Reading, contribution_id: UUID) -> list[Origin]:
    """Oldest first; titles of contributions that are not public any more are left out."""
    rows = await work.rows(_ORIGINS, {"id": contribution_id})
    return [Origin(OriginKind(row["kind"]), row["origin_id"], row["title"], row["create_time"]) for row in rows]


async def refresh_words(work: UnitOfWork, contribution_id: UUID) -> None:
    """Lets a contribution be found by its words as it is now, or not at all."""
    if await work.value(_REFRESH, {"id": contribution_id}) is None:
        await work.execute(_FORGET, {"id": contribution_id})


async def similar(work: Reading, topic_id: UUID, words: Sequence[str], *, limit: int) -> list[Similar]:
    """Public contributions of the topic that share words, the most similar first."""
    parameters = {"topic_id": topic_id, "query": " | ".join(words), "limit": limit}
    return [
        Similar(row["id"], row["title"], row["rated_for"], row["comment_count"])
        for row in await work.rows(_SIMILAR, parameters)
    ]


_KEPT = ("tenant_id", "contribution_id", "version", "create_time", "title", "text")
_KEEP = statement(
    insert(contribution_version).from_select(
        _KEPT,
        select(
            *(contribution.c[name] for name in ("tenant_id", "id", "words_version", "update_time", "title", "text"))
        ).where(contribution.c.id == bindparam("id")),
    )
)
_earlier = select(
    contribution_version.c.version,
    contribution_version.c.create_time,
    contribution_version.c.title,
    contribution_version.c.text,
).where(contribution_version.c.contribution_id == bindparam("id"))
_present = select(
    contribution.c.words_version.label("version"),
    contribution.c.update_time.label("create_time"),
    contribution.c.title,
    contribution.c.text,
).where(contribution.c.id == bindparam("id"))
_all = union_all(_earlier, _present).subquery("versions")
_VERSIONS = statement(
    select(_all)
    .select_from(
        _all.join(contribution, contribution.c.id == bindparam("id")).join(topic, topic.c.id == contribution.c.topic_id)
    )
    .where(seeing.found(contribution.c), seeing.visible(topic.c))
    .order_by(_all.c.version)
)
_ADD_ORIGIN = statement(
    insert(contribution_origin).values({column.name: bindparam(column.name) for column in contribution_origin.c})
)
_origin = contribution.alias("origin")
_ORIGINS = statement(
    select(
        contribution_origin.c.kind,
        contribution_origin.c.origin_id,
        case(
            (
                or_(
                    contribution_origin.c.kind == literal_column("'moved'"),
                    seeing.public(_origin.c),
                ),
                contribution_origin.c.title,
            )
        ).label("title"),
        contribution_origin.c.create_time,
    )
    .select_from(contribution_origin.outerjoin(_origin, _origin.c.id == contribution_origin.c.origin_id))
    .where(contribution_origin.c.contribution_id == bindparam("id"))
    .order_by(contribution_origin.c.create_time, contribution_origin.c.origin_id)
)
# Candidates come from the index, at most a thousand of them; only those are compared.
_SIMILAR = statement(
    text("""
SELECT words.id, words.title, contribution.rated_for, contribution.comment_count
FROM (
    SELECT id, title, ts_rank_cd(search, to_tsquery('german', :query), 1) AS likeness
    FROM (
        SELECT id, title, search FROM contribution_words
        WHERE topic_id = :topic_id AND search @@ to_tsquery('german', :query)
        LIMIT 1000
    ) AS candidate
    ORDER BY likeness DESC, id DESC LIMIT :limit
) AS words JOIN contribution USING (id)
WHERE contribution.state = 'published' AND contribution.topic_id = :topic_id
ORDER BY words.likeness DESC, words.id DESC
""")
)
_REFRESH = statement(
    text("""
INSERT INTO contribution_words (tenant_id, id, topic_id, title, search)
SELECT tenant_id, id, topic_id, title, setweight(to_tsvector('german', title), 'A') || to_tsvector('german', text)
FROM contribution WHERE id = :id AND state = 'published'
ON CONFLICT (tenant_id, id) DO UPDATE
    SET topic_id = excluded.topic_id, title = excluded.title, search = excluded.search
RETURNING id
""")
)
_FORGET = statement(delete(contribution_words).where(contribution_words.c.id == bindparam("id")))
