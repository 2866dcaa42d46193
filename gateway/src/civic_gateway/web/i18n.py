"""Words of the interface by language: YAML catalogues, named placeholders, plurals, German calendar days."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import babel
import yaml
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

LOCALES: Final = Path(__file__).parent / "locales"
LANGUAGES: Final = ("de", "en")
DEFAULT_LANGUAGE: Final = "de"
BERLIN: Final = ZoneInfo("Europe/Berlin")

_BABEL_LOCALES: Final = {"de": babel.Locale("de", "DE"), "en": babel.Locale("en", "GB")}
_PLURAL_KEYS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
_MIDNIGHT: Final = {"de": "24 Uhr", "en": "24:00"}

Entry = str | Mapping[str, str]


class UnknownText(LookupError):
    """No catalogue holds the key."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language.

    A key is the file's name and the path inside the file, joined by dots: `errors.reason.TOPIC_ENDED.detail`.
    A text may hold `{name}` and, for dates and numbers, `{name:instant}`, `{name:day}`, `{name:end}`, `{name:number}`
    (a datetime or an RFC 3339 text for the first three). An entry with the keys `one` and `other` is a plural; it is
    chosen by the value `count`.
    """

    language: str
    entries: Mapping[str, Entry]

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def text(self, key: str, /, **values: Any) -> str:
        """Raises UnknownText for an unknown key, KeyError where a placeholder has no value."""
        entry = self.entries.get(key)
        if entry is None:
            raise UnknownText(key)
        if not isinstance(entry, str):
            entry = entry[self._plural(values["count"])]
        return _Formatter(self).vformat(entry, (), values) if "{" in entry else entry

    def number(self, value: float) -> str:
        """1234 as 1.234 or 1,234."""
        return format_decimal(value, locale=_BABEL_LOCALES[self.language])

    def day(self, value: dt.datetime | dt.date | str, *, weekday: bool = True) -> str:
        """The day in Europe/Berlin: `Freitag, 12. Dezember 2026`."""
        local = _berlin(value) if isinstance(value, (dt.datetime, str)) else value
        day = "d. MMMM y" if self.language == "de" else "d MMMM y"
        pattern = f"EEEE, {day}" if weekday else day
        return format_date(local, pattern, locale=_BABEL_LOCALES[self.language])

    def instant(self, value: dt.datetime | str) -> str:
        """Day and minute in Europe/Berlin: `Freitag, 12. Dezember 2026, 14:05 Uhr`."""
        local = _berlin(value)
        clock = format_time(local, "H:mm" if self.language == "de" else "HH:mm", locale="de")
        return f"{self.day(local)}, {clock} Uhr" if self.language == "de" else f"{self.day(local)}, {clock}"

    def end(self, value: dt.datetime | str) -> str:
        """An end in the way people say it: 00:00 is `24 Uhr` of the day before."""
        local = _berlin(value)
        if (local.hour, local.minute, local.second) != (0, 0, 0):
            return self.instant(local)
        return f"{self.day(local.date() - dt.timedelta(days=1))}, {_MIDNIGHT[self.language]}"

    def _plural(self, count: float) -> str:
        return str(_BABEL_LOCALES[self.language].plural_form(count))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words of every language."""

    languages: Mapping[str, Words]

    def words(self, language: str) -> Words:
        """The words of `language`, or of the default language where there are none."""
        return self.languages.get(language) or self.languages[DEFAULT_LANGUAGE]


@cache
def load(folder: Path = LOCALES, languages: Sequence[str] = LANGUAGES) -> Catalogue:
    """Reads `<language>/*.yaml` below `folder`; raises ValueError where keys differ or stand twice."""
    words = {language: _read_language(folder / language, language) for language in languages}
    expected = set(words[DEFAULT_LANGUAGE].entries)
    for language, other in words.items():
        if difference := expected.symmetric_difference(other.entries):
            raise ValueError(f"{language} and {DEFAULT_LANGUAGE} differ in: {', '.join(sorted(difference))}")
    return Catalogue(MappingProxyType(words))


@lru_cache(maxsize=1024)
def negotiate(accept_language: str) -> str:
    """The language that an Accept-Language header prefers among LANGUAGES; the default for an empty or odd one."""
    best, best_quality = DEFAULT_LANGUAGE, 0.0
    for part in accept_language[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language == "*":
            language = DEFAULT_LANGUAGE
        quality = _quality(parameter)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if name.strip().lower() == "q" and 0 <= quality <= 1 else 0.0


class _Formatter(string.Formatter):
    """`{name:day}` and the like through Words."""

    def __init__(self, words: Words) -> None:
        self._named: dict[str, Callable[[Any], str]] = {
            "day": words.day,
            "instant": words.instant,
            "end": words.end,
            "number": lambda value: words.number(float(value)),
        }

    def format_field(self, value: Any, format_spec: str) -> str:
        named = self._named.get(format_spec)
        return named(value) if named is not None else str(super().format_field(value, format_spec))


class _Loader(yaml.CBaseLoader):
    """Refuses a key that stands twice in a mapping, of which the last would win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"{', '.join(sorted(twice))} stands twice{node.start_mark}")
        return super().construct_mapping(node, deep=deep)


def _read_language(folder: Path, language: str) -> Words:
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        # The base loader keeps every scalar a text: a bare `no` or `1.10` stays what the file says.
        content = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506
        _flatten(path.stem, content, entries)
    if not entries:
        raise ValueError(f"no words for {language} in {folder}")
    return Words(language, MappingProxyType(entries))


def _flatten(prefix: str, content: Any, entries: dict[str, Entry]) -> None:
    if isinstance(content, str):
        entries[prefix] = content.rstrip("\n")
    elif not isinstance(content, dict):
        raise ValueError(f"{prefix}: expected a text or a mapping")
    elif "other" in content and set(content) <= _PLURAL_KEYS:
        entries[prefix] = MappingProxyType({form: str(text).rstrip("\n") for form, text in content.items()})
    else:
        for key, value in content.items():
            _flatten(f"{prefix}.{key}", value, entries)


def _berlin(value: dt.datetime | str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return moment.astimezone(BERLIN)
