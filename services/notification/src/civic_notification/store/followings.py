"""Who follows what, and who wants to hear of which kind."""

from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork
from civic_participation.domain.notices import FollowersOf

from civic_notification.domain.followings import Following, Rhythm

After = tuple[datetime, UUID]
# The tenant, and what is followed no longer.
Ended = tuple[str, FollowersOf]


async def put(work: UnitOfWork, subject: str, wanted: Following) -> Following:
    """Follows, or changes how often; the following keeps its id and its time."""
    values = {
        **_name(wanted.tenant, wanted.object, subject),
        "id": wanted.id,
        "rhythm": wanted.rhythm.value,
        "title": wanted.title,
        "path": wanted.path,
        "at": wanted.create_time,
        "confirmed": wanted.confirm_time,
    }
    row = await work.row(_PUT, values)
    assert row is not None  # noqa: S101 - an upsert always answers
    return _following_of(row)


async def remove(work: UnitOfWork, tenant: str, followed: FollowersOf, subject: str) -> bool:
    return await work.execute(_REMOVE, _name(tenant, followed, subject)) == 1


async def get(work: Reading | UnitOfWork, tenant: str, followed: FollowersOf, subject: str) -> Following | None:
    row = await work.row(_GET, _name(tenant, followed, subject))
    return _following_of(row) if row else None


async def count(work: Reading | UnitOfWork, subject: str) -> int:
    """How many objects the person follows; locks the person against another call that counts."""
    await work.value(_LOCK, {"subject": subject})
    return int(await work.value(_COUNT, {"subject": subject}))


async def page(work: Reading, subject: str, *, after: After | None, limit: int) -> list[Following]:
    """Newest first."""
    time, last_id = after if after is not None else (None, None)
    rows = await work.rows(_PAGE, {"subject": subject, "time": time, "id": last_id, "limit": limit})
    return [_following_of(row) for row in rows]


async def of_id(work: Reading | UnitOfWork, following_id: UUID, subject: str) -> Following | None:
    """By the id that a token in a mail names."""
    row = await work.row(_OF_ID, {"id": following_id, "subject": subject})
    return _following_of(row) if row else None


async def remove_id(work: UnitOfWork, following_id: UUID, subject: str) -> Ended | None:
    row = await work.row(_REMOVE_ID, {"id": following_id, "subject": subject})
    return _ended_of(row) if row else None


async def count_of_digest(work: Reading | UnitOfWork, subject: str, tenant: str, rhythm: Rhythm) -> int:
    """How many objects of the tenant, and kinds of notices, the person hears of in the rhythm."""
    values = {"subject": subject, "tenant_id": tenant, "rhythm": rhythm.value}
    return int(await work.value(_COUNT_OF_DIGEST, values))


async def remove_digest(work: UnitOfWork, subject: str, tenant: str, rhythm: Rhythm) -> list[Ended]:
    """Ends what the person follows in the tenant in the rhythm, and kinds of notices that come in it."""
    await work.execute(_END_PREFERENCES, {"subject": subject, "rhythm": rhythm.value})
    rows = await work.rows(_REMOVE_DIGEST, {"subject": subject, "tenant_id": tenant, "rhythm": rhythm.value})
    return [_ended_of(row) for row in rows]


async def preferences(work: Reading | UnitOfWork, subject: str) -> dict[str, Rhythm]:
    """The kinds about which the person said something."""
    rows = await work.rows(_PREFERENCES, {"subject": subject})
    return {row["kind"]: Rhythm(row["rhythm"]) for row in rows}


async def put_preference(work: UnitOfWork, subject: str, kind: str, rhythm: Rhythm | None) -> None:
    """None forgets what the person said."""
    if rhythm is None:
        await work.execute(_FORGET_PREFERENCE, {"subject": subject, "kind": kind})
    else:
        await work.execute(_PUT_PREFERENCE, {"subject": subject, "kind": kind, "rhythm": rhythm.value})


def _name(tenant: str, followed: FollowersOf, subject: str) -> dict[str, Any]:
    return {"tenant_id": tenant, "object_kind": followed.kind, "object_id": followed.id, "subject": subject}


def _ended_of(row: Any) -> Ended:
    return row["tenant_id"], FollowersOf(row["object_kind"], row["object_id"])


def _following_of(row: Any) -> Following:
    return Following(
        tenant=row["tenant_id"],
        object=FollowersOf(row["object_kind"], row["object_id"]),
        rhythm=Rhythm(row["rhythm"]),
        title=row["title"],
        path=row["path"],
        create_time=row["create_time"],
        id=row["id"],
    )


_COLUMNS = "tenant_id, object_kind, object_id, id, rhythm, title, path, create_time"
_NAMED = "tenant_id = $1 AND object_kind = $2 AND object_id = $3 AND subject = $4"
_NAME = ("tenant_id", "object_kind", "object_id", "subject")
_PUT = Statement(
    f"""
    INSERT INTO following
        (tenant_id, object_kind, object_id, subject, id, rhythm, title, path, create_time, confirm_time)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (tenant_id, object_kind, object_id, subject)
        DO UPDATE SET rhythm = excluded.rhythm, title = excluded.title, path = excluded.path
    RETURNING {_COLUMNS}
    """,  # noqa: S608 - constants
    (*_NAME, "id", "rhythm", "title", "path", "at", "confirmed"),
)
_REMOVE = Statement(f"DELETE FROM following WHERE {_NAMED}", _NAME)  # noqa: S608 - constants
_GET = Statement(f"SELECT {_COLUMNS} FROM following WHERE {_NAMED}", _NAME)  # noqa: S608 - constants
_LOCK = Statement("SELECT pg_advisory_xact_lock(hashtextextended('following ' || $1::text, 0))", ("subject",))
_COUNT = Statement("SELECT count(*) FROM following WHERE subject = $1", ("subject",))
_PAGE = Statement(
    f"""
    SELECT {_COLUMNS} FROM following
    WHERE subject = $1 AND ($2::timestamptz IS NULL OR (create_time, id) < ($2, $3::uuid))
    ORDER BY create_time DESC, id DESC LIMIT $4
    """,  # noqa: S608 - constants
    ("subject", "time", "id", "limit"),
)
_OF_ID = Statement(
    f"SELECT {_COLUMNS} FROM following WHERE id = $1 AND subject = $2",  # noqa: S608 - constants
    ("id", "subject"),
)
_ENDED = "RETURNING tenant_id, object_kind, object_id"
_REMOVE_ID = Statement(
    f"DELETE FROM following WHERE id = $1 AND subject = $2 {_ENDED}",  # noqa: S608 - constants
    ("id", "subject"),
)
_OF_DIGEST = "FROM following WHERE subject = $1 AND tenant_id = $2 AND rhythm = $3"
_DIGEST = ("subject", "tenant_id", "rhythm")
_COUNT_OF_DIGEST = Statement(
    f"SELECT (SELECT count(*) {_OF_DIGEST}) + (SELECT count(*) FROM preference WHERE subject = $1 AND rhythm = $3)",  # noqa: S608
    _DIGEST,
)
_END_PREFERENCES = Statement(
    "UPDATE preference SET rhythm = 'never' WHERE subject = $1 AND rhythm = $2", ("subject", "rhythm")
)
_REMOVE_DIGEST = Statement(f"DELETE {_OF_DIGEST} {_ENDED}", _DIGEST)
_PREFERENCES = Statement("SELECT kind, rhythm FROM preference WHERE subject = $1", ("subject",))
_PUT_PREFERENCE = Statement(
    """
    INSERT INTO preference (subject, kind, rhythm) VALUES ($1, $2, $3)
    ON CONFLICT (subject, kind) DO UPDATE SET rhythm = excluded.rhythm
    """,
    ("subject", "kind", "rhythm"),
)
_FORGET_PREFERENCE = Statement("DELETE FROM preference WHERE subject = $1 AND kind = $2", ("subject", "kind"))
