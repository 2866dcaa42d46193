"""Comments and their place in the tree."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from civic_chassis.kernel.text import clean_text

from civic_discussion.domain.contributions import State
from civic_discussion.domain.settings import COMMENT_MAX

MAX_DEPTH = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECOND_BYTES = 8
# One step of a path: the instant, then the id.
STEP_BYTES = _MICROSECOND_BYTES + 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment as one caller may see it; `author_name` is None where it is hidden from them.

    One that was hidden keeps its place above its replies: for the public without text and name.
    """

    id: UUID
    tenant: str
    contribution_id: UUID
    parent_id: UUID | None
    row_version: int
    create_time: datetime
    text: str
    author_name: str | None
    depth: int
    state: State
    mine: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands: byte order of paths is reading order, and a reply's path begins with its parent's."""

    path: bytes
    depth: int


def checked(text: str, *, max_length: int = COMMENT_MAX) -> str:
    """Raises INVALID_ARGUMENT naming the field."""
    return clean_text(text, "text", min=1, max=max_length)


def place(parent: Place | None, *, comment_id: UUID, create_time: datetime) -> Place:
    """Below the parent and after its earlier replies.

    Below the deepest level nothing is indented further: such a reply stands beside what it replies to, by time.
    """
    step = ((create_time - _EPOCH) // _MICROSECOND).to_bytes(_MICROSECOND_BYTES) + comment_id.bytes
    if parent is None:
        return Place(step, 0)
    return Place(parent.path[: MAX_DEPTH * STEP_BYTES] + step, min(parent.depth + 1, MAX_DEPTH))
