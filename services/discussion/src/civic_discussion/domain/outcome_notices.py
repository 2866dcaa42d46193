"""What people are told about answers and outcomes, and when the office is reminded of what it owes them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from civic_participation.domain.codes import code_of
from civic_participation.domain.notices import FollowersOf, Notice, NoticeKind, People, Staff, notice_id

from civic_discussion.domain.answers import AnswerState
from civic_discussion.domain.contributions import Contribution
from civic_discussion.domain.stage_notices import TOPIC, contribution_path, topic_path
from civic_discussion.domain.topics import Topic

# So long after the end staff is reminded of the outcome, and again and again.
OWED_AFTER = timedelta(days=14)
_EDITORS = Staff(("admin", "editor"))
_DECISIONS = {
    AnswerState.IN_REVIEW: {"de": "in Prüfung", "en": "under review"},
    AnswerState.ACCEPTED: {"de": "angenommen", "en": "accepted"},
    AnswerState.PARTLY_ACCEPTED: {"de": "teilweise angenommen", "en": "partly accepted"},
    AnswerState.REJECTED: {"de": "abgelehnt", "en": "rejected"},
}


def answer_given(answered: Contribution, author: str, titles: Mapping[str, str], at: datetime) -> Notice:
    """The author hears what the office decided."""
    assert answered.answer is not None  # noqa: S101 - what the domain answered
    decision = _DECISIONS[answered.answer.state]
    item = answered.content.words.title
    return Notice(
        id=notice_id(NoticeKind.ANSWER_GIVEN, answered.id, answered.row_version),
        kind=NoticeKind.ANSWER_GIVEN,
        audience=People((author,)),
        path=contribution_path(answered),
        happen_time=at,
        words={"title": titles["de"], "item": item, "decision": decision["de"]},
        translations={"en": {"title": titles.get("en", titles["de"]), "item": item, "decision": decision["en"]}},
    )


def result_published(topic: Topic, at: datetime) -> Notice:
    """Followers hear what became of the topic."""
    return Notice(
        id=notice_id(NoticeKind.RESULT_PUBLISHED, topic.id, topic.row_version),
        kind=NoticeKind.RESULT_PUBLISHED,
        audience=FollowersOf(TOPIC, str(topic.id)),
        path=topic_path(topic),
        happen_time=at,
        words={"title": topic.texts.title},
        translations={language: {"title": texts.title} for language, texts in topic.translations.items()},
    )


def result_owed(topic: Topic, at: datetime) -> Notice:
    """Staff is reminded that nobody told yet what became of the topic."""
    return Notice(
        id=notice_id(NoticeKind.RESULT_REMINDER, topic.id, at.isoformat()),
        kind=NoticeKind.RESULT_REMINDER,
        audience=_EDITORS,
        path=f"/{topic.tenant}/verwaltung/dialoge/{code_of(topic.id)}/ergebnis",
        happen_time=at,
        words={"title": topic.texts.title},
        translations={language: {"title": texts.title} for language, texts in topic.translations.items()},
    )
