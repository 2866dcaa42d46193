"""Domain events as messages."""

from civic.discussion.v1 import discussion_events_pb2 as messages
from civic_chassis.kernel.event import Event

from civic_discussion.api.contribution_wire import ANSWER_NUMBERS, STATE_NUMBERS
from civic_discussion.api.topic_wire import PHASE_NUMBERS
from civic_discussion.api.wire import timestamp
from civic_discussion.domain import events

AREA = "discussion"


def encode(event: events.DiscussionEvent) -> Event:
    """The event with its subject's words and its serialised message. The aggregate decides about order."""
    match event:
        case events.TopicChanged():
            return _topic_changed(event)
        case events.TopicPhaseChanged():
            return _topic_phase_changed(event)
        case events.ContributionCreated():
            created = messages.ContributionCreated(
                contribution_id=str(event.contribution_id),
                topic_id=str(event.topic_id),
                version=event.version,
                author_subject=event.author_subject,
            )
            return _event("contribution", "created", created.SerializeToString(), event.contribution_id)
        case events.ContributionChanged():
            changed = messages.ContributionChanged(
                contribution_id=str(event.contribution_id), topic_id=str(event.topic_id), version=event.version
            )
            return _event("contribution", "changed", changed.SerializeToString(), event.contribution_id)
        case events.ContributionModerated():
            moderated = messages.ContributionModerated(
                contribution_id=str(event.contribution_id),
                topic_id=str(event.topic_id),
                version=event.version,
                state=STATE_NUMBERS[event.state],
            )
            return _event("contribution", "moderated", moderated.SerializeToString(), event.contribution_id)
        case events.CommentModerated():
            return _comment_moderated(event)
        case events.ContributionRemoved():
            removed = messages.ContributionRemoved(
                contribution_id=str(event.contribution_id), topic_id=str(event.topic_id), version=event.version
            )
            return _event("contribution", "removed", removed.SerializeToString(), event.contribution_id)
        case events.ContributionAnswered():
            return _contribution_answered(event)
        case events.CommentCreated():
            return _comment_created(event)
        case events.RatingChanged():
            rated = messages.RatingChanged(contribution_id=str(event.contribution_id), topic_id=str(event.topic_id))
            return _event("rating", "changed", rated.SerializeToString(), event.contribution_id)
        case events.ObjectChanged():
            moved = messages.ObjectChanged(
                topic_id=str(event.topic_id), object_id=event.object_id, version=event.version
            )
            return _event("object", "changed", moved.SerializeToString(), event.topic_id)


def _topic_changed(event: events.TopicChanged) -> Event:
    message = messages.TopicChanged(
        topic_id=str(event.topic_id),
        version=event.version,
        title=event.title,
        teaser=event.teaser,
        start_time=timestamp(event.schedule.start_time),
        end_time=timestamp(event.schedule.end_time),
        archive_time=timestamp(event.schedule.archive_time),
    )
    return _event("topic", "changed", message.SerializeToString(), event.topic_id)


def _topic_phase_changed(event: events.TopicPhaseChanged) -> Event:
    message = messages.TopicPhaseChanged(
        topic_id=str(event.topic_id),
        version=event.version,
        phase=PHASE_NUMBERS[event.phase],
        phase_time=timestamp(event.phase_time),
    )
    return _event("topic", "phase_changed", message.SerializeToString(), event.topic_id)


def _contribution_answered(event: events.ContributionAnswered) -> Event:
    message = messages.ContributionAnswered(
        contribution_id=str(event.contribution_id),
        topic_id=str(event.topic_id),
        version=event.version,
        state=ANSWER_NUMBERS[event.state],
        author_subject=event.author_subject,
    )
    return _event("contribution", "answered", message.SerializeToString(), event.contribution_id)


def _comment_created(event: events.CommentCreated) -> Event:
    message = messages.CommentCreated(
        comment_id=str(event.comment_id),
        contribution_id=str(event.contribution_id),
        topic_id=str(event.topic_id),
        version=event.version,
        author_subject=event.author_subject,
    )
    return _event("comment", "created", message.SerializeToString(), event.comment_id)


def _comment_moderated(event: events.CommentModerated) -> Event:
    message = messages.CommentModerated(
        comment_id=str(event.comment_id),
        contribution_id=str(event.contribution_id),
        topic_id=str(event.topic_id),
        version=event.version,
        state=STATE_NUMBERS[event.state],
    )
    return _event("comment", "moderated", message.SerializeToString(), event.comment_id)


def _event(resource: str, verb: str, payload: bytes, aggregate_id: object) -> Event:
    return Event(area=AREA, resource=resource, verb=verb, payload=payload, aggregate_id=str(aggregate_id))
