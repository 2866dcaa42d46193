"""Messages ↔ domain values."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from civic.notification.v1 import (
    following_pb2,
    guest_service_pb2,
    notice_pb2,
    preference_service_pb2,
    recipient_service_pb2,
    template_service_pb2,
    unsubscribe_service_pb2,
)
from civic_chassis.kernel.errors import Violation, invalid
from civic_participation.domain.notices import FollowersOf, Notice, NoticeKind, People, Staff
from google.protobuf.timestamp_pb2 import Timestamp

from civic_notification.application.unsubscribing import Subscription
from civic_notification.domain.followings import Following, Preference, Rhythm
from civic_notification.domain.guests import Question
from civic_notification.domain.kinds import RULES
from civic_notification.domain.recipients import Recipient
from civic_notification.domain.templates import Template
from civic_notification.domain.tokens import Scope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RHYTHM_NUMBERS = {rhythm: following_pb2.Rhythm.Value(f"RHYTHM_{rhythm.name}") for rhythm in Rhythm}
_RHYTHMS: dict[int, Rhythm] = {number: rhythm for rhythm, number in _RHYTHM_NUMBERS.items()}
_SCOPES = {
    Scope.OBJECT: unsubscribe_service_pb2.SUBSCRIPTION_SCOPE_OBJECT,
    Scope.DIGEST: unsubscribe_service_pb2.SUBSCRIPTION_SCOPE_DIGEST,
    Scope.KIND: unsubscribe_service_pb2.SUBSCRIPTION_SCOPE_KIND,
}


def rhythm(number: int) -> Rhythm | None:
    """None for UNSPECIFIED. Raises INVALID_ARGUMENT for a number that the contract does not know."""
    if number == following_pb2.RHYTHM_UNSPECIFIED:
        return None
    found = _RHYTHMS.get(number)
    if found is None:
        allowed = ", ".join(rhythm.value for rhythm in Rhythm)
        raise invalid(Violation("rhythm", "NOT_ALLOWED", "must be a known rhythm", {"allowed": allowed}))
    return found


def following_message(following: Following) -> following_pb2.Following:
    return following_pb2.Following(
        tenant=following.tenant,
        object=notice_pb2.FollowedObject(kind=following.object.kind, id=following.object.id),
        rhythm=_RHYTHM_NUMBERS[following.rhythm],
        title=following.title,
        path=following.path,
        create_time=_timestamp(following.create_time),
    )


def question_message(question: Question) -> guest_service_pb2.GetQuestionResponse:
    return guest_service_pb2.GetQuestionResponse(
        following=following_message(question.following), confirmed=question.confirm_time is not None
    )


def recipient_message(recipient: Recipient) -> recipient_service_pb2.Recipient:
    return recipient_service_pb2.Recipient(
        address=recipient.address, language=recipient.language, suppressed=recipient.suppressed
    )


def preference_message(preference: Preference) -> preference_service_pb2.Preference:
    rule = RULES[NoticeKind(preference.kind)]
    number: following_pb2.Rhythm.ValueType = following_pb2.RHYTHM_UNSPECIFIED
    if preference.rhythm is not None:
        number = _RHYTHM_NUMBERS[preference.rhythm]
    return preference_service_pb2.Preference(
        kind=preference.kind, rhythm=number, followed=rule.followed, staff=rule.staff
    )


def template_message(template: Template) -> template_service_pb2.Template:
    return template_service_pb2.Template(
        kind=template.kind,
        language=template.language,
        subject_line=template.subject_line,
        text=template.text,
        version=template.version,
        etag=str(template.stand),
        placeholders=template.placeholders,
        update_time=_timestamp(template.update_time) if template.update_time is not None else None,
    )


def subscription_message(found: Subscription) -> unsubscribe_service_pb2.GetSubscriptionResponse:
    return unsubscribe_service_pb2.GetSubscriptionResponse(
        scope=_SCOPES[found.scope], title=found.title, kind=found.kind, tenant=found.tenant, active=found.active
    )


def notice(message: notice_pb2.Notice) -> Notice:
    """What a tool told. Raises ValueError for a kind, an id or an audience that nobody knows."""
    return Notice(
        id=UUID(message.notice_id),
        kind=NoticeKind(message.kind),
        audience=_audience(message),
        path=message.path,
        happen_time=_instant(message.happen_time),
        words=dict(message.words),
        translations={language: dict(words.words) for language, words in message.translations.items()},
        times={name: _instant(at) for name, at in message.times.items()},
        except_subject=message.except_subject,
        expire_time=_instant(message.expire_time) if message.HasField("expire_time") else None,
    )


def _audience(message: notice_pb2.Notice) -> FollowersOf | People | Staff:
    match message.WhichOneof("audience"):
        case "followers_of":
            return FollowersOf(message.followers_of.kind, message.followers_of.id)
        case "subjects":
            named = message.subjects
            followed = FollowersOf(named.following.kind, named.following.id) if named.HasField("following") else None
            return People(tuple(named.subjects), followed, named.followers_only)
        case "staff":
            return Staff(tuple(message.staff.roles))
        case _:
            raise ValueError("the notice names nobody who hears of it")


def _instant(message: Timestamp) -> datetime:
    return message.ToDatetime(UTC)


def _timestamp(instant: datetime) -> Timestamp:
    seconds, rest = divmod((instant - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)
