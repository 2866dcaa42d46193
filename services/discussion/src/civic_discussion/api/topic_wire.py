"""Topics as messages, and back."""

from datetime import datetime

from civic.discussion.v1 import (
    topic_pb2,
    topic_service_pb2,
)
from civic_chassis.kernel import etag

from civic_discussion.api.settings_wire import settings_message, settings_of
from civic_discussion.api.site_wire import site_message, site_of
from civic_discussion.api.wire import known, moment, timestamp
from civic_discussion.domain.answers import Outcome
from civic_discussion.domain.drafts import DraftInput
from civic_discussion.domain.phases import Phase
from civic_discussion.domain.topics import Extension, Topic, TopicTexts

_PHASES = {
    topic_pb2.PHASE_ANNOUNCED: Phase.ANNOUNCED,
    topic_pb2.PHASE_ACTIVE: Phase.ACTIVE,
    topic_pb2.PHASE_ENDED: Phase.ENDED,
    topic_pb2.PHASE_ARCHIVED: Phase.ARCHIVED,
}
PHASE_NUMBERS = {phase: number for number, phase in _PHASES.items()}


def phase(number: "topic_pb2.Phase.ValueType") -> Phase | None:
    """None for UNSPECIFIED."""
    return known(_PHASES, number, "phase") if number else None


def draft(message: topic_service_pb2.TopicDraft) -> DraftInput:
    return DraftInput(
        texts=_texts(message.texts),
        translations={language: _texts(texts) for language, texts in message.translations.items()},
        start_time=moment(message.start_time, "topic.start_time") if message.HasField("start_time") else None,
        end_time=moment(message.end_time, "topic.end_time") if message.HasField("end_time") else None,
        archive_time=moment(message.archive_time, "topic.archive_time") if message.HasField("archive_time") else None,
        names_public=message.names_public,
        settings=settings_of(message.settings),
        site=site_of(message.site) if message.HasField("site") else None,
    )


def topic_message(topic: Topic, at: datetime) -> topic_pb2.Topic:
    """The topic as it stands at the instant `at`."""
    return topic_pb2.Topic(
        name=f"tenants/{topic.tenant}/topics/{topic.id}",
        id=str(topic.id),
        tenant=topic.tenant,
        etag=etag.render(topic.row_version),
        create_time=timestamp(topic.create_time),
        update_time=timestamp(topic.update_time),
        texts=_texts_message(topic.texts),
        translations={language: _texts_message(texts) for language, texts in topic.translations.items()},
        published=topic.published,
        phase=PHASE_NUMBERS[topic.phase_at(at)],
        start_time=timestamp(topic.schedule.start_time),
        end_time=timestamp(topic.schedule.end_time),
        archive_time=timestamp(topic.schedule.archive_time),
        names_public=topic.names_public,
        contribution_count=topic.counts.contributions,
        comment_count=topic.counts.comments,
        rating_count=topic.counts.ratings,
        extensions=[_extension_message(extension) for extension in topic.extensions],
        end_reason=topic.end_reason,
        settings=settings_message(topic.settings),
        outcome=_outcome_message(topic.outcome),
        site=site_message(topic.site),
        read_time=timestamp(at),
    )


def _outcome_message(outcome: Outcome | None) -> topic_pb2.Outcome | None:
    if outcome is None:
        return None
    return topic_pb2.Outcome(texts=outcome.texts, outcome_time=timestamp(outcome.time))


def _texts(message: topic_pb2.TopicTexts) -> TopicTexts:
    return TopicTexts(message.title, message.teaser, message.text)


def _texts_message(texts: TopicTexts) -> topic_pb2.TopicTexts:
    return topic_pb2.TopicTexts(title=texts.title, teaser=texts.teaser, text=texts.text)


def _extension_message(extension: Extension) -> topic_pb2.Extension:
    return topic_pb2.Extension(
        create_time=timestamp(extension.create_time),
        previous_end_time=timestamp(extension.previous_end_time),
        end_time=timestamp(extension.end_time),
        reason=extension.reason,
    )
