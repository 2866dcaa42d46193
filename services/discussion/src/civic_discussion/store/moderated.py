"""Contributions, comments and files whose moderation changes what everybody sees, with every count."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, UnitOfWork, statement
from civic_participation.domain.attachments import AttachmentState
from civic_participation.moderation import FoundText, TextKey, TextState
from sqlalchemy import text

from civic_discussion.domain.contributions import State

_STATES = {
    State.PUBLISHED: TextState.PUBLISHED,
    State.HELD: TextState.HELD,
    State.HIDDEN: TextState.HIDDEN,
    State.WITHDRAWN: TextState.GONE,
    State.MERGED: TextState.GONE,
}
_FILES = {AttachmentState.READY: TextState.PUBLISHED, AttachmentState.HIDDEN: TextState.HIDDEN}


async def contributions(work: Reading | UnitOfWork, ids: Sequence[UUID]) -> list[FoundText]:
    """In no order; those that are not there are left out."""
    return [_found("contribution", row) for row in await work.rows(_CONTRIBUTIONS, {"ids": list(ids)})]


async def comments(work: Reading | UnitOfWork, ids: Sequence[UUID]) -> list[FoundText]:
    """In no order; those that are not there are left out. Public where the contribution above it is."""
    return [_found("comment", row) for row in await work.rows(_COMMENTS, {"ids": list(ids)})]


async def attachments(work: Reading | UnitOfWork, ids: Sequence[UUID]) -> list[FoundText]:
    """In no order; what waits to be cleaned or was refused is there for nobody. Public where its contribution is."""
    return [_file(row) for row in await work.rows(_ATTACHMENTS, {"ids": list(ids)})]


async def move_contribution(work: UnitOfWork, contribution_id: UUID, state: State) -> int | None:
    """Changes the state, and the topic's counts of it and of everything below it. Returns its version; None where it
    was withdrawn or merged meanwhile: what is gone comes back by no decision about its text."""
    version: int | None = await work.value(_MOVE_CONTRIBUTION, {"id": contribution_id, "state": state.value})
    return version


async def move_comment(work: UnitOfWork, comment_id: UUID, state: State) -> int:
    """Changes the state, and the counts of contribution and topic. Returns its version."""
    version: int = await work.value(_MOVE_COMMENT, {"id": comment_id, "state": state.value})
    return version


async def note_for_author(work: UnitOfWork, entry_id: UUID, author: str, state: State) -> None:
    """Writes the state into the author's own list, which nobody but the author reads."""
    await work.execute(_NOTE, {"id": entry_id, "author": author, "state": state.value})
    # From here on the work is again that of whoever called.
    await work.execute(_AS_CALLER, {"caller": work.call.caller.subject or ""})


def _file(row: Mapping[str, Any]) -> FoundText:
    found = _FILES.get(AttachmentState(row["file_state"]), TextState.GONE)
    return replace(_found("attachment", row), state=found)


def _found(kind: str, row: Mapping[str, Any]) -> FoundText:
    return FoundText(
        key=TextKey(kind, row["id"]),
        parent_id=row["contribution_id"],
        offer_id=row["topic_id"],
        offer_title=row["topic_title"],
        title=row["title"],
        text=row["text"],
        author_subject=row["author_subject"],
        author_name=row["author_name"],
        state=_STATES[State(row["state"])],
        public=row["public"],
    )


_CONTRIBUTIONS = statement(
    text("""
SELECT written.id, written.id AS contribution_id, written.topic_id, topic.title AS topic_title, written.title,
       written.text, written.author_subject, CASE WHEN written.name_office THEN written.author_name ELSE '' END
       AS author_name, written.state, topic.published AS public
FROM contribution AS written JOIN topic ON topic.id = written.topic_id
WHERE written.id = ANY(CAST(:ids AS uuid[]))
""")
)
_COMMENTS = statement(
    text("""
SELECT written.id, written.contribution_id, contribution.topic_id, topic.title AS topic_title, contribution.title,
       written.text, written.author_subject, CASE WHEN written.name_office THEN written.author_name ELSE '' END
       AS author_name, written.state, topic.published AND contribution.state = 'published' AS public
FROM comment AS written
JOIN contribution ON contribution.id = written.contribution_id
JOIN topic ON topic.id = contribution.topic_id
WHERE written.id = ANY(CAST(:ids AS uuid[]))
""")
)
_ATTACHMENTS = statement(
    text("""
SELECT file.id, written.id AS contribution_id, written.topic_id, topic.title AS topic_title, written.title,
       concat_ws(E'\\n', file.name, nullif(file.alt_text, '')) AS text, written.author_subject,
       CASE WHEN written.name_office THEN written.author_name ELSE '' END AS author_name, written.state,
       file.state AS file_state, topic.published AND written.state = 'published' AS public
FROM attachment AS file
JOIN contribution AS written ON written.id = file.holder_id
JOIN topic ON topic.id = written.topic_id
WHERE file.id = ANY(CAST(:ids AS uuid[]))
""")
)
# The contribution's row is taken before the counter's, as rating does: one order, no deadlock.
_MOVE_CONTRIBUTION = statement(
    text("""
WITH moved AS (
    UPDATE contribution SET state = :state
    WHERE id = :id AND (state NOT IN ('withdrawn', 'merged') OR :state IN ('withdrawn', 'merged'))
    RETURNING tenant_id, topic_id, row_version, rated_for + rated_neutral + rated_against AS rated, comment_count,
              (new.state = 'published')::int - (old.state = 'published')::int AS step
), counted AS (
    INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, contributions, comments, ratings)
    SELECT tenant_id, topic_id, pg_backend_pid() % 32, step, step * comment_count, step * rated FROM moved
    WHERE step <> 0
    ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET
        contributions = counter.contributions + excluded.contributions,
        comments = counter.comments + excluded.comments, ratings = counter.ratings + excluded.ratings
) SELECT row_version FROM moved
""")
)
_MOVE_COMMENT = statement(
    text("""
WITH moved AS (
    UPDATE comment SET state = :state WHERE id = :id
    RETURNING contribution_id, row_version, (new.state = 'published')::int - (old.state = 'published')::int AS step
), raised AS (
    UPDATE contribution SET comment_count = comment_count + step FROM moved
    WHERE contribution.id = moved.contribution_id AND step <> 0
    RETURNING contribution.tenant_id, contribution.topic_id, step, contribution.state
), counted AS (
    INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, comments)
    SELECT tenant_id, topic_id, pg_backend_pid() % 32, step FROM raised WHERE state = 'published'
    ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET comments = counter.comments + excluded.comments
) SELECT row_version FROM moved
""")
)
# The condition without columns runs first, as in every read: the row belongs to the author.
_NOTE = statement(
    text("""
UPDATE participation SET state = :state
WHERE (SELECT set_config('civic.person', :author, true)) IS NOT NULL AND id = :id
""")
)
_AS_CALLER = statement(text("SELECT set_config('civic.person', :caller, true)"))
