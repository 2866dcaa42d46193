"""Recipients without an account, and the questions that they are asked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork
from civic_participation.domain.notices import FollowersOf

from civic_notification.domain.followings import Following, Rhythm
from civic_notification.domain.guests import ANSWERED_WITHIN, GUEST_KEPT, QUESTION_KEPT, Question, guest_subject
from civic_notification.domain.kinds import QUESTION


async def keep(work: UnitOfWork, *, recipient_id: UUID, address: str, language: str) -> str:
    """The subject of the address. One that is known keeps its language: whoever asks may be somebody else."""
    values = {
        "subject": guest_subject(recipient_id),
        "id": recipient_id,
        "address": address,
        "language": language or "de",
        "at": work.call.received_at,
    }
    subject: str = await work.value(_KEEP, values)
    return subject


async def count_since(work: UnitOfWork, subject: str, since: datetime) -> int:
    """How many questions the address was asked since the instant and has not confirmed."""
    return int(await work.value(_COUNT, {"subject": subject, "since": since}))


async def refuses(work: UnitOfWork, subject: str) -> bool:
    """Whether the owner of the address wants no more questions."""
    return bool(await work.value(_REFUSES, {"subject": subject, "kind": QUESTION}))


async def ask(work: UnitOfWork, question: Question) -> None:
    """Keeps the question, with the letter that carries it; the notice of the letter has the question's id."""
    at, following = question.create_time, question.following
    values = {
        "id": question.id,
        "subject": question.subject,
        "tenant_id": following.tenant,
        "object_kind": following.object.kind,
        "object_id": following.object.id,
        "rhythm": following.rhythm.value,
        "title": following.title,
        "path": following.path,
        "at": at,
        "kind": QUESTION,
        "expires": at + ANSWERED_WITHIN,
    }
    await work.execute(_ASK, values)
    await work.execute(_TELL, values)
    await work.execute(_WRITE, values)


async def question(work: Reading | UnitOfWork, question_id: UUID, subject: str) -> Question | None:
    row = await work.row(_QUESTION, {"id": question_id, "subject": subject})
    return _question_of(row) if row else None


async def confirm(work: UnitOfWork, question_id: UUID) -> None:
    """Keeps when the owner of the address wanted to follow."""
    await work.execute(_CONFIRM, {"id": question_id, "at": work.call.received_at})


async def seen(work: UnitOfWork, subject: str) -> None:
    """Notes that the owner of the address was here."""
    await work.execute(_SEEN, {"subject": subject, "at": work.call.received_at})


async def forget(work: UnitOfWork, at: datetime) -> None:
    """Deletes old questions, and addresses that follow nothing, refuse nothing and are asked nothing."""
    await work.execute(_FORGET_QUESTIONS, {"before": at - QUESTION_KEPT})
    await work.execute(_FORGET_GUESTS, {"before": at - GUEST_KEPT})


def _question_of(row: Any) -> Question:
    return Question(
        id=row["id"],
        subject=row["subject"],
        following=Following(
            tenant=row["tenant_id"],
            object=FollowersOf(row["object_kind"], row["object_id"]),
            rhythm=Rhythm(row["rhythm"]),
            title=row["title"],
            path=row["path"],
            create_time=row["create_time"],
            id=row["id"],
            confirm_time=row["confirm_time"],
        ),
        create_time=row["create_time"],
        confirm_time=row["confirm_time"],
    )


_KEEP = Statement(
    """
    INSERT INTO recipient (subject, id, address, language, update_time, seen_time, guest)
    VALUES ($1, $2, $3, $4, $5, $5, true)
    ON CONFLICT (lower(address)) WHERE guest DO UPDATE SET seen_time = excluded.seen_time RETURNING subject
    """,
    ("subject", "id", "address", "language", "at"),
)
_COUNT = Statement(
    "SELECT count(*) FROM question WHERE subject = $1 AND create_time > $2 AND confirm_time IS NULL",
    ("subject", "since"),
)
_REFUSES = Statement(
    "SELECT EXISTS (SELECT FROM preference WHERE subject = $1 AND kind = $2 AND rhythm = 'never')", ("subject", "kind")
)
_ASK = Statement(
    """
    INSERT INTO question (id, subject, tenant_id, object_kind, object_id, rhythm, title, path, create_time)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    """,
    ("id", "subject", "tenant_id", "object_kind", "object_id", "rhythm", "title", "path", "at"),
)
_TELL = Statement(
    """
    INSERT INTO notice
        (id, tenant_id, kind, object_kind, object_id, path, words, translations, times, expire_time, create_time)
    VALUES ($1, $2, $3, $3, $1::uuid::text, '/', '{}', '{}', '{}', $4, $5)
    """,
    ("id", "tenant_id", "kind", "expires", "at"),
)
_WRITE = Statement(
    """
    WITH written AS (
        INSERT INTO letter (id, tenant_id, subject, key, rhythm, state, run_at, create_time)
        VALUES (gen_random_uuid(), $2, $3, 'notice:' || $1::uuid, 'now', 'waiting', $4, $4) RETURNING id
    )
    INSERT INTO letter_notice (letter_id, notice_id) SELECT id, $1 FROM written
    """,
    ("id", "tenant_id", "subject", "at"),
)
_QUESTION = Statement("SELECT * FROM question WHERE id = $1 AND subject = $2", ("id", "subject"))
_CONFIRM = Statement("UPDATE question SET confirm_time = $2 WHERE id = $1 AND confirm_time IS NULL", ("id", "at"))
_SEEN = Statement("UPDATE recipient SET seen_time = $2 WHERE subject = $1", ("subject", "at"))
_FORGET_QUESTIONS = Statement(
    "DELETE FROM question WHERE id IN (SELECT id FROM question WHERE create_time < $1 LIMIT 1000)", ("before",)
)
_FORGET_GUESTS = Statement(
    """
    DELETE FROM recipient WHERE subject IN (
        SELECT r.subject FROM recipient AS r WHERE r.guest AND r.seen_time < $1
            AND NOT EXISTS (SELECT FROM following AS f WHERE f.subject = r.subject)
            AND NOT EXISTS (SELECT FROM question AS q WHERE q.subject = r.subject)
            AND NOT EXISTS (SELECT FROM preference AS p WHERE p.subject = r.subject)
            AND NOT EXISTS (SELECT FROM invitee AS i WHERE i.subject = r.subject)
        LIMIT 1000
    )
    """,
    ("before",),
)
