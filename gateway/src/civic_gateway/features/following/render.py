"""Messages of the notification service as the JSON API says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from civic_gateway.answers import rfc3339
from civic_gateway.features.following.calls import Following, Preference, Recipient, Rhythm, Template

RHYTHMS: Final[Mapping[int, str]] = {
    Rhythm.RHYTHM_NOW: "now",
    Rhythm.RHYTHM_DAILY: "daily",
    Rhythm.RHYTHM_WEEKLY: "weekly",
}
PREFERENCES: Final[Mapping[int, str]] = {
    **RHYTHMS,
    Rhythm.RHYTHM_NEVER: "never",
    Rhythm.RHYTHM_UNSPECIFIED: "as_followed",
}
RHYTHM_OF: Final = {name: Rhythm.ValueType(number) for number, name in PREFERENCES.items()}


def following(message: Following) -> dict[str, Any]:
    return {
        "tenant": message.tenant,
        "kind": message.object.kind,
        "id": message.object.id,
        "rhythm": RHYTHMS[message.rhythm],
        "title": message.title,
        "path": message.path,
        "create_time": rfc3339(message.create_time),
    }


def preference(message: Preference) -> dict[str, Any]:
    return {
        "kind": message.kind,
        "rhythm": PREFERENCES[message.rhythm],
        "followed": message.followed,
        "staff": message.staff,
    }


def recipient(message: Recipient) -> dict[str, Any]:
    return {"address": message.address, "language": message.language, "suppressed": message.suppressed}


def template(message: Template) -> dict[str, Any]:
    return {
        "kind": message.kind,
        "language": message.language,
        "subject_line": message.subject_line,
        "text": message.text,
        "version": message.version,
        "etag": message.etag,
        "placeholders": list(message.placeholders),
    }
