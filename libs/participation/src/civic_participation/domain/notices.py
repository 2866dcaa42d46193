"""What a tool tells people by mail: who hears of what, without knowing a single address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

WORD_MAX = 500
SUBJECTS_MAX = 1_000


class NoticeKind(StrEnum):
    """What happened: names the mail's text and a person's preference. The words are those of the event's subject."""

    PHASE_STARTED = "phase.started"
    PHASE_ENDING = "phase.ending"
    PHASE_ENDED = "phase.ended"
    CONTRIBUTION_CREATED = "contribution.created"
    ANSWER_GIVEN = "answer.given"
    RESULT_PUBLISHED = "result.published"
    RESULT_REMINDER = "result.reminder"
    GOAL_REACHED = "goal.reached"
    GOAL_WAITING = "goal.waiting"
    OFFER_MATCHED = "offer.matched"
    TEXT_HELD = "text.held"
    TEXT_DECIDED = "text.decided"
    TEXT_SHOWN = "text.shown"
    CASE_WAITING = "case.waiting"
    CASE_OBJECTED = "case.objected"


@dataclass(frozen=True, slots=True)
class FollowersOf:
    """Everybody who follows an object of the tenant: kind such as discussion.topic, id within the tool."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class People:
    """The people with these subjects, at most 1,000: in the rhythm in which they follow the object, others at once, or
    with `followers_only` not at all."""

    subjects: tuple[str, ...]
    following: FollowersOf | None = None
    followers_only: bool = False


@dataclass(frozen=True, slots=True)
class Staff:
    """Staff of the tenant with any of these roles: admin, editor, moderator."""

    roles: tuple[str, ...]


Audience = FollowersOf | People | Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One happening. Told twice under the same id, it is heard once.

    `words` fill the text's placeholders (one line each), `translations` do so in further languages, `times` are written
    as local times. `path` begins with a slash. After `expire_time` nobody is told any more.
    """

    id: UUID
    kind: NoticeKind
    audience: Audience
    path: str
    happen_time: datetime
    words: Mapping[str, str] = field(default_factory=dict)
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)
    except_subject: str = ""
    expire_time: datetime | None = None


def notice_id(*parts: object) -> UUID:
    """The id of a happening that can be told from its parts, so that telling it again is no second happening."""
    return uuid5(NAMESPACE_URL, "civic-notice:" + "/".join(str(part) for part in parts))
