"""Hearing of a notice: one statement writes a letter for each person, however many there are."""

from typing import Any

from civic_chassis.db import Statement, UnitOfWork
from civic_participation.domain.notices import FollowersOf, Notice, People, Staff

from civic_notification.domain.digests import digest_key, next_digest
from civic_notification.domain.followings import Rhythm


async def add(work: UnitOfWork, notice: Notice) -> bool:
    """Keeps the notice; False where it was heard before."""
    followed = notice.audience if isinstance(notice.audience, FollowersOf) else FollowersOf("", "")
    values = {
        "id": notice.id,
        "tenant_id": work.call.require_tenant(),
        "kind": notice.kind.value,
        "object_kind": followed.kind,
        "object_id": followed.id,
        "path": notice.path,
        "words": dict(notice.words),
        "translations": {language: dict(words) for language, words in notice.translations.items()},
        "times": {name: at.isoformat() for name, at in notice.times.items()},
        "expire_time": notice.expire_time,
        "at": work.call.received_at,
    }
    return await work.execute(_ADD, values) == 1


async def address(work: UnitOfWork, notice: Notice) -> int:
    """Writes or opens a letter for everybody who hears of the notice. Returns how many."""
    at = work.call.received_at
    daily, weekly = next_digest(Rhythm.DAILY, at), next_digest(Rhythm.WEEKLY, at)
    values: dict[str, Any] = {
        "tenant_id": work.call.require_tenant(),
        "notice_id": notice.id,
        "kind": notice.kind.value,
        "except_subject": notice.except_subject,
        "at": at,
        "daily_key": digest_key(Rhythm.DAILY, daily),
        "daily": daily,
        "weekly_key": digest_key(Rhythm.WEEKLY, weekly),
        "weekly": weekly,
    }
    match notice.audience:
        case FollowersOf():
            named = {"object_kind": notice.audience.kind, "object_id": notice.audience.id}
            return await work.execute(_TO_FOLLOWERS, values | named)
        case People():
            followed = notice.audience.following or FollowersOf("", "")
            named = {"object_kind": followed.kind, "object_id": followed.id}
            people = {"names": list(notice.audience.subjects), "followers_only": notice.audience.followers_only}
            return await work.execute(_TO_PEOPLE, values | named | people)
        case Staff():
            return await work.execute(_TO_STAFF, values | {"names": list(notice.audience.roles)})


async def clear(work: UnitOfWork) -> int:
    """Forgets the words of notices of which everybody was told."""
    return await work.execute(_CLEAR)


async def forget(work: UnitOfWork, before: Any) -> None:
    """Deletes letters that were done with, and notices that were told, before the instant."""
    await work.execute(_FORGET_LETTERS, {"before": before})
    await work.execute(_FORGET_NOTICES, {"before": before})


_ADD = Statement(
    """
    INSERT INTO notice
        (id, tenant_id, kind, object_kind, object_id, path, words, translations, times, expire_time, create_time)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING
    """,
    (
        *("id", "tenant_id", "kind", "object_kind", "object_id", "path"),
        *("words", "translations", "times", "expire_time", "at"),
    ),
)
_VALUES = (
    *("tenant_id", "notice_id", "kind", "except_subject", "at"),
    *("daily_key", "daily", "weekly_key", "weekly"),
)
_FOLLOWERS = """
    SELECT f.subject, f.id AS following_id, f.rhythm FROM following AS f
    WHERE f.tenant_id = $1 AND f.object_kind = $10 AND f.object_id = $11
"""
# Whoever hears without following could not end it by ending that, so such a letter ends the kind of notice.
_PEOPLE = """
    SELECT DISTINCT name AS subject, CASE WHEN $13::boolean THEN f.id END AS following_id,
        coalesce(f.rhythm, 'now') AS rhythm
    FROM unnest($12::text[]) AS name LEFT JOIN following AS f
        ON f.tenant_id = $1 AND f.subject = name AND f.object_kind = $10 AND f.object_id = $11
    WHERE f.id IS NOT NULL OR NOT $13::boolean
"""
_STAFF = """
    SELECT DISTINCT subject, NULL::uuid AS following_id, 'now' AS rhythm FROM recipient_role
    WHERE tenant_id = $1 AND role = ANY($10::text[])
"""


def _to(audience: str, *names: str) -> Statement:
    """A digest that is being sent while it gets one more notice is opened again."""
    return Statement(
        f"""
        WITH person AS ({audience}),
        hearer AS (
            SELECT person.subject, person.following_id, coalesce(p.rhythm, person.rhythm) AS rhythm
            FROM person LEFT JOIN preference AS p ON p.subject = person.subject AND p.kind = $3
            WHERE person.subject <> $4
        ),
        opened AS (
            INSERT INTO letter
                (id, tenant_id, subject, key, rhythm, state, run_at, create_time, following_id)
            SELECT gen_random_uuid(), $1::text, subject,
                CASE rhythm WHEN 'daily' THEN $6::text WHEN 'weekly' THEN $8::text ELSE 'notice:' || $2::uuid END,
                rhythm, 'waiting',
                CASE rhythm WHEN 'daily' THEN $7::timestamptz WHEN 'weekly' THEN $9::timestamptz
                    ELSE $5::timestamptz END,
                $5::timestamptz,
                CASE rhythm WHEN 'now' THEN following_id END
            FROM hearer WHERE rhythm <> 'never'
            ON CONFLICT (tenant_id, subject, key) DO UPDATE SET state = 'waiting'
            RETURNING id
        )
        INSERT INTO letter_notice (letter_id, notice_id) SELECT id, $2 FROM opened ON CONFLICT DO NOTHING
        """,  # noqa: S608 - constants
        (*_VALUES, *names),
    )


_TO_FOLLOWERS = _to(_FOLLOWERS, "object_kind", "object_id")
_TO_PEOPLE = _to(_PEOPLE, "object_kind", "object_id", "names", "followers_only")
_TO_STAFF = _to(_STAFF, "names")
_CLEAR = Statement(
    """
    UPDATE notice SET words = '{}', translations = '{}', cleared = true,
        -- The path of an invitation opens it.
        path = CASE WHEN kind = 'invitation' THEN '/' ELSE path END
    WHERE id IN (
        SELECT n.id FROM notice AS n
        WHERE NOT n.cleared AND NOT EXISTS (SELECT FROM letter_notice AS l WHERE l.notice_id = n.id)
        LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
    """,
    (),
)
_FORGET_LETTERS = Statement(
    "DELETE FROM letter WHERE id IN (SELECT id FROM letter WHERE create_time < $1 AND state <> 'waiting' LIMIT 10000)",
    ("before",),
)
_FORGET_NOTICES = Statement(
    "DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE create_time < $1 AND cleared LIMIT 10000)",
    ("before",),
)
