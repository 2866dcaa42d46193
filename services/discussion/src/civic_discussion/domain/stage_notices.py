"""What followers of a topic are told: its stages, and new contributions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from civic_participation.domain.codes import code_of
from civic_participation.domain.notices import FollowersOf, Notice, NoticeKind, notice_id

from civic_discussion.domain.contributions import Contribution
from civic_discussion.domain.phases import Phase, Schedule
from civic_discussion.domain.topics import Topic

TOPIC = "discussion.topic"
# So long before the end followers are reminded.
REMINDER = timedelta(hours=72)
_KINDS = {Phase.ACTIVE: NoticeKind.PHASE_STARTED, Phase.ENDED: NoticeKind.PHASE_ENDED}


def reminder_time(schedule: Schedule) -> datetime | None:
    """When followers are reminded of the end; None for a topic that takes nothing so long before it."""
    due = schedule.end_time - REMINDER
    return due if due > schedule.start_time else None


def phase_begun(topic: Topic, phase: Phase, at: datetime) -> Notice | None:
    """The notice of a phase that begins; None for the archive, of which nobody needs to hear."""
    kind = _KINDS.get(phase)
    if kind is None:
        return None
    expires = topic.schedule.end_time if phase is Phase.ACTIVE else None
    return _notice(topic, kind, at, expire_time=expires)


def ending(topic: Topic, at: datetime) -> Notice:
    """The reminder; nobody needs it any more when the topic has ended."""
    return _notice(topic, NoticeKind.PHASE_ENDING, at, expire_time=topic.schedule.end_time)


def contribution_created(
    tenant: str,
    topic_id: UUID,
    contribution_id: UUID,
    *,
    title: str,
    titles: Mapping[str, str],
    author: str,
    at: datetime,
) -> Notice:
    """There is a new contribution; its author knows. `titles` are the topic's by language."""
    return Notice(
        id=notice_id("contribution", contribution_id),
        kind=NoticeKind.CONTRIBUTION_CREATED,
        audience=FollowersOf(TOPIC, str(topic_id)),
        path=f"/{tenant}/dialoge/{code_of(topic_id)}/beitraege/{code_of(contribution_id)}",
        happen_time=at,
        words={"title": titles["de"], "item": title},
        translations={language: {"title": titled} for language, titled in titles.items() if language != "de"},
        except_subject=author,
    )


def contribution_path(found: Contribution) -> str:
    return f"/{found.tenant}/dialoge/{code_of(found.topic_id)}/beitraege/{code_of(found.id)}"


def topic_path(topic: Topic) -> str:
    return f"/{topic.tenant}/dialoge/{code_of(topic.id)}"


def _notice(topic: Topic, kind: NoticeKind, at: datetime, *, expire_time: datetime | None) -> Notice:
    return Notice(
        id=notice_id(kind, topic.id, at.isoformat()),
        kind=kind,
        audience=FollowersOf(TOPIC, str(topic.id)),
        path=topic_path(topic),
        happen_time=at,
        words={"title": topic.texts.title},
        translations={language: {"title": texts.title} for language, texts in topic.translations.items()},
        times={"end": topic.schedule.end_time},
        expire_time=expire_time,
    )
