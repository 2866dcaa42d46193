"""Notices as messages, and the work-queue that they wait in.

A tool stages them with what happened:

    work.stage(encode_notice(Notice(
        id=notice_id("decided", case.id), kind=NoticeKind.TEXT_DECIDED, audience=People((author,)),
        path="/lindental/dialoge/…", happen_time=at, words={"title": topic_title, "item": item_title, "reason": reason},
    )))
"""

from datetime import UTC, datetime, timedelta

from civic.notification.v1 import notice_pb2
from civic_chassis.kernel.event import Event
from civic_chassis.nats.streams import Stream
from google.protobuf.timestamp_pb2 import Timestamp

from civic_participation.domain.notices import SUBJECTS_MAX, WORD_MAX, FollowersOf, Notice, People, Staff

# Declared by every tool that tells notices, and by their reader: whoever is there first makes it.
NOTICE_STREAM = Stream(
    name="NOTICE",
    subjects=("civic.notice.>",),
    max_bytes=1024 * 1024 * 1024,
    max_age=timedelta(days=30),
    work_queue=True,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_notice(notice: Notice) -> Event:
    """The event that a tool stages with what happened. Raises ValueError for more people than one notice names."""
    resource, _, verb = notice.kind.value.partition(".")
    return Event(
        area="notice",
        resource=resource,
        verb=verb,
        payload=_message(notice).SerializeToString(),
        aggregate_id=notice.id,
    )


def _message(notice: Notice) -> notice_pb2.Notice:
    message = notice_pb2.Notice(
        notice_id=str(notice.id),
        kind=notice.kind.value,
        except_subject=notice.except_subject,
        path=notice.path,
        words={name: _line(value) for name, value in notice.words.items()},
        translations={
            language: notice_pb2.NoticeWords(words={name: _line(value) for name, value in words.items()})
            for language, words in notice.translations.items()
        },
        times={name: _timestamp(at) for name, at in notice.times.items()},
        happen_time=_timestamp(notice.happen_time),
    )
    if notice.expire_time is not None:
        message.expire_time.CopyFrom(_timestamp(notice.expire_time))
    match notice.audience:
        case FollowersOf():
            message.followers_of.kind, message.followers_of.id = notice.audience.kind, notice.audience.id
        case People():
            if len(notice.audience.subjects) > SUBJECTS_MAX:
                raise ValueError(f"a notice names at most {SUBJECTS_MAX} people")
            message.subjects.subjects.extend(notice.audience.subjects)
            followed = notice.audience.following
            if followed is not None:
                message.subjects.following.kind, message.subjects.following.id = followed.kind, followed.id
            message.subjects.followers_only = notice.audience.followers_only
        case Staff():
            message.staff.roles.extend(notice.audience.roles)
    return message


def _line(value: str) -> str:
    return " ".join(value.split())[:WORD_MAX]


def _timestamp(instant: datetime) -> Timestamp:
    seconds, rest = divmod((instant - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)
