"""What happened, before it is a message: no names, no addresses, no texts of citizens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from civic_discussion.domain.answers import AnswerState
from civic_discussion.domain.contributions import State
from civic_discussion.domain.phases import Phase, Schedule


@dataclass(frozen=True, slots=True)
class TopicChanged:
    """A topic was published, or a published one changed."""

    topic_id: UUID
    version: int
    title: str
    teaser: str
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class TopicPhaseChanged:
    """The clock moved a topic into its next phase."""

    topic_id: UUID
    version: int
    phase: Phase
    phase_time: datetime


@dataclass(frozen=True, slots=True)
class ContributionCreated:
    """A contribution was added."""

    contribution_id: UUID
    topic_id: UUID
    version: int
    author_subject: str


@dataclass(frozen=True, slots=True)
class ContributionChanged:
    """A contribution was changed by its author."""

    contribution_id: UUID
    topic_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class ContributionRemoved:
    """A contribution left the lists of a topic: withdrawn, merged, moved."""

    contribution_id: UUID
    topic_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class ContributionAnswered:
    """The office answered."""

    contribution_id: UUID
    topic_id: UUID
    version: int
    state: AnswerState
    author_subject: str


@dataclass(frozen=True, slots=True)
class CommentCreated:
    """A comment was added."""

    comment_id: UUID
    contribution_id: UUID
    topic_id: UUID
    version: int
    author_subject: str


@dataclass(frozen=True, slots=True)
class RatingChanged:
    """The ratings of a contribution changed."""

    contribution_id: UUID
    topic_id: UUID


@dataclass(frozen=True, slots=True)
class ContributionModerated:
    """A contribution is shown to everybody, or no longer."""

    contribution_id: UUID
    topic_id: UUID
    version: int
    state: State


@dataclass(frozen=True, slots=True)
class CommentModerated:
    """A comment is shown to everybody, or no longer."""

    comment_id: UUID
    contribution_id: UUID
    topic_id: UUID
    version: int
    state: State


@dataclass(frozen=True, slots=True)
class ObjectChanged:
    """An object of a public topic was added or changed; without a version it was taken away or moved."""

    topic_id: UUID
    object_id: str
    version: int = 0


DiscussionEvent = (
    TopicChanged
    | TopicPhaseChanged
    | ContributionCreated
    | ContributionChanged
    | ContributionModerated
    | ContributionRemoved
    | ContributionAnswered
    | CommentCreated
    | CommentModerated
    | RatingChanged
    | ObjectChanged
)
