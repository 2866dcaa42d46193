"""A topic's settings: messages to domain values and back."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from civic.discussion.v1 import topic_pb2
from civic_chassis.kernel.errors import Violation, ViolationReason, invalid

from civic_discussion.domain.settings import DEFAULT, Choice, ModerationMode, PlaceMode, Preset, Settings

Number = TypeVar("Number", bound=int)
Value = TypeVar("Value")

_PRESETS = {
    topic_pb2.TOPIC_PRESET_IDEAS: Preset.IDEAS,
    topic_pb2.TOPIC_PRESET_TEXT: Preset.TEXT,
    topic_pb2.TOPIC_PRESET_RANKING: Preset.RANKING,
    topic_pb2.TOPIC_PRESET_INITIATIVE: Preset.INITIATIVE,
}
_MODERATION = {
    topic_pb2.MODERATION_MODE_AFTER: ModerationMode.AFTER,
    topic_pb2.MODERATION_MODE_BEFORE: ModerationMode.BEFORE,
}
_PLACES = {
    topic_pb2.PLACE_MODE_OPTIONAL: PlaceMode.OPTIONAL,
    topic_pb2.PLACE_MODE_REQUIRED: PlaceMode.REQUIRED,
    topic_pb2.PLACE_MODE_NONE: PlaceMode.NONE,
}
_PRESET_NUMBERS = {value: number for number, value in _PRESETS.items()}
_MODERATION_NUMBERS = {value: number for number, value in _MODERATION.items()}
_PLACE_NUMBERS = {value: number for number, value in _PLACES.items()}


def settings_of(message: topic_pb2.TopicSettings) -> Settings:
    """What is absent has its default. Raises INVALID_ARGUMENT for a value that no enum knows."""
    return Settings(
        preset=_known(_PRESETS, message.preset, DEFAULT.preset, "preset"),
        categories=_choices(message.categories),
        category_required=message.category_required,
        labels=_choices(message.labels),
        moderation=_known(_MODERATION, message.moderation, DEFAULT.moderation, "moderation"),
        place=_known(_PLACES, message.place, DEFAULT.place, "place"),
        max_attachments=message.max_attachments if message.HasField("max_attachments") else DEFAULT.max_attachments,
        max_contributions=message.max_contributions,
        max_text=message.max_text if message.HasField("max_text") else DEFAULT.max_text,
        max_comment=message.max_comment if message.HasField("max_comment") else DEFAULT.max_comment,
        edit_minutes=message.edit_minutes,
        without_account=message.without_account,
        without_public_name=message.without_public_name,
        without_office_name=message.without_office_name,
        closed=message.closed,
        support_goal=message.support_goal,
    )


def settings_message(settings: Settings) -> topic_pb2.TopicSettings:
    return topic_pb2.TopicSettings(
        preset=_PRESET_NUMBERS[settings.preset],
        categories=_choice_messages(settings.categories),
        category_required=settings.category_required,
        labels=_choice_messages(settings.labels),
        moderation=_MODERATION_NUMBERS[settings.moderation],
        place=_PLACE_NUMBERS[settings.place],
        max_attachments=settings.max_attachments,
        max_contributions=settings.max_contributions,
        max_text=settings.max_text,
        max_comment=settings.max_comment,
        edit_minutes=settings.edit_minutes,
        without_account=settings.without_account,
        without_public_name=settings.without_public_name,
        without_office_name=settings.without_office_name,
        closed=settings.closed,
        support_goal=settings.support_goal,
    )


def _choices(messages: Iterable[topic_pb2.Choice]) -> tuple[Choice, ...]:
    return tuple(Choice(message.key, dict(message.names)) for message in messages)


def _choice_messages(choices: Iterable[Choice]) -> list[topic_pb2.Choice]:
    return [topic_pb2.Choice(key=choice.key, names=choice.names) for choice in choices]


def _known(values: Mapping[Number, Value], number: Number, absent: Value, field: str) -> Value:
    if not number:
        return absent
    try:
        return values[number]
    except KeyError:
        field = f"topic.settings.{field}"
        raise invalid(Violation(field, ViolationReason.MALFORMED, "not a value of its enum")) from None
