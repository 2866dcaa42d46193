"""Rules for text that a person typed: what is made regular, and what is refused."""

import re
import unicodedata

from civic_chassis.kernel.errors import DomainError, Violation, ViolationReason, invalid

MAX_COMBINING_MARKS = 8

# C0 and C1 without tab and line feed, and lone surrogates, which no database stores.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile("[\n\u2028\u2029]")
# Directional embeddings, overrides and isolates can make a page read otherwise than it is stored.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Cheap sieve before categories are looked up: combining marks begin at U+0300.
_MARKS = re.compile("[\u0300-\U0010ffff]{%d,}" % (MAX_COMBINING_MARKS + 1))  # noqa: UP031 - braces
# Letters and symbols by category, yet without ink: Hangul fillers and the empty Braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Mn", "Me", "Zs", "Zl", "Zp"})
_EDGE = "\ufeff\u200b\u2060"


class Violations:
    """Collects what is wrong with a request, so that one answer names every field.

    `line` and `text` clean a value or note why they cannot; `check` raises INVALID_ARGUMENT when anything was
    noted.
    """

    def __init__(self) -> None:
        self._found: list[Violation] = []

    def line(self, value: str, field: str, *, min: int, max: int) -> str:
        return self._collect(_clean(value, field, min=min, max=max, one_line=True))

    def text(self, value: str, field: str, *, min: int, max: int) -> str:
        return self._collect(_clean(value, field, min=min, max=max, one_line=False))

    def add(self, field: str, reason: str, message: str, **metadata: str) -> None:
        self._found.append(Violation(field, reason, message, metadata))

    def extend(self, error: DomainError) -> None:
        """Takes over the violations of another check."""
        self._found.extend(error.violations)

    def check(self) -> None:
        if self._found:
            raise invalid(*self._found)

    def _collect(self, cleaned: str | Violation) -> str:
        if isinstance(cleaned, Violation):
            self._found.append(cleaned)
            return ""
        return cleaned


def clean_line(value: str, field: str, *, min: int, max: int) -> str:
    """A single line of `min` to `max` characters; raises INVALID_ARGUMENT naming the field."""
    return _or_raise(_clean(value, field, min=min, max=max, one_line=True))


def clean_text(value: str, field: str, *, min: int, max: int) -> str:
    """A text with line breaks of `min` to `max` characters; raises INVALID_ARGUMENT naming the field."""
    return _or_raise(_clean(value, field, min=min, max=max, one_line=False))


def _or_raise(cleaned: str | Violation) -> str:
    if isinstance(cleaned, Violation):
        raise invalid(cleaned)
    return cleaned


def _clean(value: str, field: str, *, min: int, max: int, one_line: bool) -> str | Violation:
    """Characters are counted after cleaning, as Unicode code points in NFC."""
    text = _regular(value)
    if _CONTROL.search(text):
        return Violation(field, ViolationReason.CONTROL_CHARACTER, "holds a control character")
    text = _strip(text)
    if one_line and (_LINE_BREAK.search(text) or "\t" in text):
        return Violation(field, ViolationReason.LINE_BREAK, "must be a single line")
    if _is_empty(text):
        if min == 0:
            return ""
        return Violation(field, ViolationReason.EMPTY, "must not be empty", {"min": str(min)})
    if _has_mark_storm(text):
        limit = {"max": str(MAX_COMBINING_MARKS)}
        return Violation(field, ViolationReason.COMBINING_MARKS, "piles up combining marks", limit)
    size = len(text)
    if size < min:
        limits = {"min": str(min), "actual": str(size)}
        return Violation(field, ViolationReason.TOO_SHORT, f"must have at least {min} characters", limits)
    if size > max:
        limits = {"max": str(max), "actual": str(size)}
        return Violation(field, ViolationReason.TOO_LONG, f"must have at most {max} characters", limits)
    return text


def _regular(value: str) -> str:
    text = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if text.isascii():
        return text
    text = _BIDI.sub("", unicodedata.normalize("NFC", text))
    return text.replace("\u2028", "\n").replace("\u2029", "\n\n")


def _strip(text: str) -> str:
    return text.strip().strip(_EDGE).strip()


def _is_empty(text: str) -> bool:
    # The first visible character ends the search, so this is short for any honest text.
    return all(character in _BLANK or unicodedata.category(character) in _INVISIBLE for character in text)


def _has_mark_storm(text: str) -> bool:
    for match in _MARKS.finditer(text):
        run = 0
        for character in match[0]:
            run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
            if run > MAX_COMBINING_MARKS:
                return True
    return False
