"""What changes where a contribution stands: states, answers, merging, splitting, moving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from civic_chassis.db import UnitOfWork, statement
from sqlalchemy import Uuid, any_, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from civic_discussion.domain.content import Words
from civic_discussion.domain.contributions import Contribution, State
from civic_discussion.store.moderated import move_contribution, note_for_author
from civic_discussion.store.rows import answer_values
from civic_discussion.store.tables import contribution


@dataclass(frozen=True, slots=True)
class Origin:
    """A contribution as mails name it, and the titles of its topic by language."""

    author_subject: str
    topic_titles: Mapping[str, str]
    topic_id: UUID
    title: str
    state: State
    # Whether members of the topic alone find it.
    closed: bool


async def origin(work: UnitOfWork, contribution_id: UUID) -> Origin:
    found = await origin_if_there(work, contribution_id)
    assert found is not None  # noqa: S101 - the caller holds its lock
    return found


async def origin_if_there(work: UnitOfWork, contribution_id: UUID) -> Origin | None:
    row = await work.row(_ORIGIN, {"id": contribution_id})
    if row is None:
        return None
    titles = {"de": row["topic_title"]} | (row["titles"] or {})
    return Origin(row["author_subject"], titles, row["topic_id"], row["title"], State(row["state"]), row["closed"])


async def set_answer(work: UnitOfWork, answered: Contribution) -> None:
    """Writes the answer and all that is staged."""
    assert answered.answer is not None  # noqa: S101 - what the domain answered
    await work.last(
        _ANSWER,
        {
            "contribution_id": answered.id,
            "row_version": answered.row_version,
            "answer": answer_values(answered.answer),
        },
    )


async def leave(work: UnitOfWork, after: Contribution, *, author: str) -> None:
    """Takes a contribution out of lists and numbers, and says so in its author's own list."""
    await work.execute(_LEAVE, {"id": after.id, "row_version": after.row_version, "merged_into": after.merged_into})
    await move_contribution(work, after.id, after.state)
    await note_for_author(work, after.id, author, after.state)


async def give_back(work: UnitOfWork, topic_id: UUID, subject: str) -> None:
    """A withdrawn contribution no longer counts towards the person's limit."""
    await work.execute(_GIVE_BACK, {"topic_id": topic_id, "subject": subject})


async def lock_all(work: UnitOfWork, ids: Sequence[UUID]) -> list[UUID]:
    """Locks the contributions in the order of their ids, and returns which there are."""
    return [row["id"] for row in await work.rows(_LOCK, {"ids": list(ids)})]


async def take_over(work: UnitOfWork, target: Contribution, sources: Sequence[UUID]) -> None:
    """Ratings and comments of the sources become those of the target; a person counts once."""
    parameters = {"tenant_id": target.tenant, "id": target.id, "topic_id": target.topic_id, "sources": list(sources)}
    await work.execute(_TAKE_RATINGS, parameters)
    await work.execute(_TAKE_COMMENTS, parameters)
    await work.execute(_COUNT_AGAIN, {**parameters, "row_version": target.row_version})


async def add_part(work: UnitOfWork, part_id: UUID, original: Contribution, words: Words) -> None:
    """A new contribution by the author of the original, with its category, labels and place."""
    await work.execute(
        _PART,
        {
            "tenant_id": original.tenant,
            "id": part_id,
            "original_id": original.id,
            "topic_id": original.topic_id,
            "create_time": work.call.received_at,
            "title": words.title,
            "text": words.text,
        },
    )


async def move(work: UnitOfWork, moved: Contribution, *, topic_id: UUID) -> None:
    """Puts the contribution under another topic; both topics' numbers follow."""
    await work.execute(
        _MOVE,
        {
            "tenant_id": moved.tenant,
            "id": moved.id,
            "before": moved.topic_id,
            "after": topic_id,
            "row_version": moved.row_version,
            "category": moved.content.category,
            "labels": list(moved.content.labels),
        },
    )


_ORIGIN = statement(
    text("""
SELECT written.author_subject, written.topic_id, written.title, written.state, topic.title AS topic_title,
       topic.settings ? 'closed' AS closed,
       (SELECT jsonb_object_agg(key, value -> 'title') FROM jsonb_each(topic.translations)) AS titles
FROM contribution AS written JOIN topic ON topic.id = written.topic_id WHERE written.id = :id
""")
)
_ANSWER = statement(
    update(contribution)
    .where(contribution.c.id == bindparam("contribution_id"))
    .values(row_version=bindparam("row_version"), answer=bindparam("answer", type_=contribution.c.answer.type))
    .returning(contribution.c.id)
)
_LOCK = statement(
    select(contribution.c.id)
    .where(contribution.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(contribution.c.id)
    .with_for_update()
)
_LEAVE = statement(
    text("UPDATE contribution SET row_version = :row_version, merged_into = :merged_into WHERE id = :id")
)
_GIVE_BACK = statement(
    text("""
UPDATE contributor SET contributions = contributions - 1
WHERE topic_id = :topic_id AND subject = :subject AND contributions > 0
""")
)
_TAKE_RATINGS = statement(
    text("""
INSERT INTO rating (tenant_id, contribution_id, subject, value, update_time)
SELECT tenant_id, :id, subject, value, update_time FROM rating
WHERE contribution_id = ANY(:sources) ORDER BY update_time DESC
ON CONFLICT DO NOTHING
""")
)
_TAKE_COMMENTS = statement(text("UPDATE comment SET contribution_id = :id WHERE contribution_id = ANY(:sources)"))
# The counter moves by the difference to what the target had, so that it stays the sum over public contributions.
_COUNT_AGAIN = statement(
    text("""
WITH counted AS (
    SELECT count(*) FILTER (WHERE value = 'for') AS rated_for,
           count(*) FILTER (WHERE value = 'neutral') AS rated_neutral,
           count(*) FILTER (WHERE value = 'against') AS rated_against
    FROM rating WHERE contribution_id = :id
), changed AS (
    UPDATE contribution SET
        row_version = :row_version, rated_for = counted.rated_for, rated_neutral = counted.rated_neutral,
        rated_against = counted.rated_against,
        comment_count = contribution.comment_count + taken.comments
    FROM counted, (SELECT coalesce(sum(comment_count), 0) AS comments FROM contribution WHERE id = ANY(:sources)) taken
    WHERE contribution.id = :id
    RETURNING new.comment_count - old.comment_count AS comments,
              (new.rated_for + new.rated_neutral + new.rated_against)
              - (old.rated_for + old.rated_neutral + old.rated_against) AS ratings
)
INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, comments, ratings)
SELECT :tenant_id, :topic_id, pg_backend_pid() % 32, comments, ratings FROM changed
ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET
    comments = counter.comments + excluded.comments, ratings = counter.ratings + excluded.ratings
""")
)
_PART = statement(
    text("""
WITH part AS (
    INSERT INTO contribution
        (tenant_id, id, topic_id, row_version, create_time, update_time, author_subject, author_name, name_public,
         name_office, title, text, state, category, labels, place, anchor)
    SELECT tenant_id, :id, topic_id, 1, :create_time, :create_time, author_subject, author_name, name_public,
           name_office, :title, :text, 'published', category, labels, place, anchor
    FROM contribution WHERE id = :original_id
    RETURNING id
)
INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, contributions)
SELECT :tenant_id, :topic_id, pg_backend_pid() % 32, 1 FROM part
ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET contributions = counter.contributions + 1
""")
)
_MOVE = statement(
    text("""
WITH moved AS (
    UPDATE contribution
    SET topic_id = CAST(:after AS uuid), row_version = :row_version, category = :category, labels = :labels
    WHERE id = :id
    RETURNING comment_count, rated_for + rated_neutral + rated_against AS ratings
)
INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, contributions, comments, ratings)
SELECT :tenant_id, topic_id, pg_backend_pid() % 32, step, step * comment_count, step * ratings
FROM moved, (VALUES (CAST(:before AS uuid), -1), (CAST(:after AS uuid), 1)) AS steps (topic_id, step)
ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET
    contributions = counter.contributions + excluded.contributions,
    comments = counter.comments + excluded.comments,
    ratings = counter.ratings + excluded.ratings
""")
)
