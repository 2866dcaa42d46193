"""The state's file of tenants: YAML, with logos beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from civic_chassis.kernel.errors import Violation, invalid

from civic_tenant.domain.entries import Entry
from civic_tenant.domain.plain import PLAIN_PARTS, PlainPart
from civic_tenant.domain.tenants import Contact, TenantTexts

_ENTRY = {"slug", "display_name", "kind", "state", "ags", "colour", "logo", "texts", "contact", "plain"}
_TEXTS = {"welcome", "imprint", "privacy", "accessibility"}
_PLAIN = {"text", "video"}
_CONTACT = {"address", "phone", "email", "hours"}


def read(file: Path, *, state: str) -> Sequence[Entry]:
    """The file's entries, unchecked. Raises INVALID_ARGUMENT naming what is no tenant file of this state."""
    try:
        content = yaml.safe_load(file.read_bytes())
    except OSError as error:
        raise _wrong(str(file), error.strerror or "cannot be read") from None
    except yaml.YAMLError as error:
        raise _wrong(str(file), f"is no YAML: {error}") from None
    top = _mapping(content, str(file), {"state", "tenants"})
    if top.get("state") != state:
        raise _wrong("state", f"is another one than {state}")
    listed = top.get("tenants")
    if not isinstance(listed, list) or not listed:
        raise _wrong("tenants", "must be a list")
    return [_entry(item, f"tenants[{number}]", file.parent) for number, item in enumerate(listed)]


def _entry(item: Any, place: str, folder: Path) -> Entry:
    given = _mapping(item, place, _ENTRY)
    texts = _mapping(given.get("texts", {}), f"{place}.texts", None)
    plain = _mapping(given.get("plain", {}), f"{place}.plain", set(PLAIN_PARTS))
    return Entry(
        slug=_text(given, "slug", place),
        display_name=_text(given, "display_name", place),
        kind=_text(given, "kind", place),
        state=_text(given, "state", place) or "live",
        ags=_text(given, "ags", place),
        colour=_text(given, "colour", place),
        texts={
            language: TenantTexts(**_texts(text, f"{place}.texts.{language}", _TEXTS))
            for language, text in texts.items()
        },
        contact=Contact(**_texts(given.get("contact", {}), f"{place}.contact", _CONTACT)),
        logo=_logo(_text(given, "logo", place), place, folder),
        plain={name: PlainPart(**_texts(part, f"{place}.plain.{name}", _PLAIN)) for name, part in plain.items()},
    )


def _logo(name: str, place: str, folder: Path) -> bytes | None:
    if not name:
        return None
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _wrong(f"{place}.logo", f"{name}: {error.strerror}") from None


def _texts(value: Any, place: str, known: set[str]) -> Mapping[str, str]:
    given = _mapping(value, place, known)
    return {key: _text(given, key, place) for key in given}


def _text(given: Mapping[str, Any], key: str, place: str) -> str:
    value = given.get(key, "")
    if not isinstance(value, str):
        # 06431005 without quotes is a number to YAML.
        raise _wrong(f"{place}.{key}", "must be a text; write it in quotes")
    return value


def _mapping(value: Any, place: str, known: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _wrong(place, "must be a mapping")
    for key in value:
        if known is not None and key not in known:
            raise _wrong(f"{place}.{key}", "there is no such field")
    return value


def _wrong(field: str, message: str) -> Exception:
    return invalid(Violation(field, "MALFORMED", message))
