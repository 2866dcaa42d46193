"""Between the staff's form and the settings of a Dialog: numbers as they are typed, choices line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from civic.discussion.v1 import topic_pb2
from civic_chassis.kernel.errors import Violation, invalid

from civic_gateway.features.discussion.settings_schema import MODERATION, PLACES, PRESETS
from civic_gateway.web.addresses import slug_of

_ENUMS: Final[Mapping[str, Mapping[str, int]]] = {
    "preset": {name: number for number, name in PRESETS.items()},
    "moderation": {name: number for number, name in MODERATION.items()},
    "place": {name: number for number, name in PLACES.items()},
}
_NUMBERS: Final = ("max_attachments", "max_contributions", "max_text", "max_comment", "edit_minutes", "support_goal")
_FLAGS: Final = ("category_required", "without_public_name", "without_office_name", "closed")
_CHOICES: Final = ("categories", "labels")
_KEY_MAX: Final = 40

FIELDS: Final = (*_ENUMS, *_NUMBERS, *_FLAGS, *_CHOICES)
DEFAULTS: Final[Mapping[str, str]] = {
    "preset": "ideas",
    "moderation": "after",
    "place": "optional",
    "max_attachments": "5",
    "max_contributions": "0",
    "max_text": "10000",
    "max_comment": "4000",
    "edit_minutes": "0",
    "support_goal": "0",
}


def values_of(settings: topic_pb2.TopicSettings) -> dict[str, str]:
    """The settings as the form shows them: one choice per line, German and English beside each other."""
    values = {
        "preset": PRESETS.get(settings.preset, "ideas"),
        "moderation": MODERATION.get(settings.moderation, "after"),
        "place": PLACES.get(settings.place, "optional"),
    }
    values |= {name: str(getattr(settings, name)) for name in _NUMBERS}
    values |= {name: "yes" if getattr(settings, name) else "" for name in _FLAGS}
    return values | {name: _lines(getattr(settings, name)) for name in _CHOICES}


def settings_of(values: Mapping[str, str], present: topic_pb2.TopicSettings | None) -> topic_pb2.TopicSettings:
    """What the form says; what it does not hold stays. Raises INVALID_ARGUMENT for what is no number."""
    made = topic_pb2.TopicSettings()
    if present is not None:
        made.CopyFrom(present)
    for name, numbers in _ENUMS.items():
        setattr(made, name, numbers.get(values.get(name, ""), 0))
    for name in _NUMBERS:
        setattr(made, name, _number(values.get(name, "").strip() or DEFAULTS[name], name))
    if PRESETS.get(made.preset) != "initiative":
        # The form hides the field; what was typed there before counts no longer.
        made.support_goal = 0
    for name in _FLAGS:
        setattr(made, name, values.get(name) == "yes")
    for name in _CHOICES:
        known = {choice.names["de"]: choice.key for choice in getattr(made, name)}
        choices = list(_choices(values.get(name, ""), known))
        made.ClearField(name)  # type: ignore[arg-type]
        getattr(made, name).extend(choices)
    return made


def _number(text: str, name: str) -> int:
    plain = text.replace(".", "").replace("\u00a0", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        raise invalid(Violation(f"topic.settings.{name}", "WRONG_TYPE", "no number", {"expected": "number"}))
    return int(plain)


def _lines(choices: Iterable[topic_pb2.Choice]) -> str:
    return "\n".join(
        " | ".join(choice.names[language] for language in ("de", "en") if language in choice.names)
        for choice in choices
    )


def _choices(text: str, known: Mapping[str, str]) -> Iterable[topic_pb2.Choice]:
    """A choice that keeps its German name keeps its key, so that what was handed in under it stays there."""
    for line in text.splitlines():
        german, _, english = (part.strip() for part in line.partition("|"))
        if not german:
            continue
        names = {"de": german} | ({"en": english} if english else {})
        yield topic_pb2.Choice(key=known.get(german) or slug_of(german)[:_KEY_MAX].strip("-"), names=names)
