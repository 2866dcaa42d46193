"""How a tenant moderates: rules that hold texts back, words, reasons, the public policy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from civic_chassis.kernel.text import Violations

OTHER = "other"
LINKS_LIMIT = 20
PER_MINUTE_LIMIT = 30
REMIND_HOURS_LIMIT = 720
WORDS_LIMIT = 500
WORD_MIN = 2
WORD_MAX = 60
REASONS_LIMIT = 20
REASON_NAME_MIN = 2
REASON_NAME_MAX = 200
POLICY_MAX = 20_000
LANGUAGES_LIMIT = 20
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MAIN_LANGUAGE = "de"


class Rule(StrEnum):
    """Why a text may be held back before anybody reads it."""

    OFFER = "offer"
    LINKS = "links"
    REPEATED = "repeated"
    TOO_MANY = "too_many"
    WORDS = "words"
    NEW_ACCOUNT = "new_account"


# OFFER is said by the offer itself.
SWITCHED = (Rule.LINKS, Rule.REPEATED, Rule.TOO_MANY, Rule.WORDS, Rule.NEW_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why texts are hidden and reported; `names` by language."""

    code: str
    names: Mapping[str, str]
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationSettings:
    """How a tenant moderates; `row_version` is 0 where nobody changed what every tenant begins with."""

    row_version: int
    rules: frozenset[Rule]
    words: tuple[str, ...]
    links_max: int
    per_minute: int
    remind_hours: int
    reasons: tuple[Reason, ...]
    policy: Mapping[str, str]

    @property
    def remind_time(self) -> timedelta:
        """How long a case may wait before moderators are reminded of it."""
        return timedelta(hours=self.remind_hours)

    def reason(self, code: str) -> Reason | None:
        """The reason under its code, also one that is no longer offered."""
        return next((reason for reason in self.reasons if reason.code == code), None)


_FIRST_REASONS = (
    ("insult", "Beleidigung oder Herabwürdigung", "Insult or disparagement"),
    ("personal_data", "Persönliche Angaben über andere", "Personal details about others"),
    ("advertising", "Werbung", "Advertising"),
    ("illegal", "Rechtswidriger Inhalt", "Unlawful content"),
    ("off_topic", "Gehört nicht zum Thema", "Not related to the topic"),
    (OTHER, "Anderer Grund", "Another reason"),
)

# What every tenant begins with. A new person is not suspicious: that rule waits until somebody needs it.
DEFAULTS = ModerationSettings(
    row_version=0,
    rules=frozenset({Rule.LINKS, Rule.REPEATED, Rule.TOO_MANY, Rule.WORDS}),
    words=(),
    links_max=2,
    # Nobody writes one text every two seconds.
    per_minute=30,
    remind_hours=24,
    reasons=tuple(Reason(code, {"de": german, "en": english}) for code, german, english in _FIRST_REASONS),
    policy={},
)


def checked(given: ModerationSettings, before: ModerationSettings) -> ModerationSettings:
    """The settings, made regular. Raises INVALID_ARGUMENT naming every wrong field.

    A reason that was there stays, at least as one that is no longer offered: logs and counts name it.
    """
    found = Violations()
    _number(given.links_max, "links_max", 0, LINKS_LIMIT, found)
    _number(given.per_minute, "per_minute", 1, PER_MINUTE_LIMIT, found)
    _number(given.remind_hours, "remind_hours", 1, REMIND_HOURS_LIMIT, found)
    settings = ModerationSettings(
        row_version=before.row_version + 1,
        rules=frozenset(given.rules),
        words=_words(given.words, found),
        links_max=given.links_max,
        per_minute=given.per_minute,
        remind_hours=given.remind_hours,
        reasons=_reasons(given.reasons, before.reasons, found),
        policy=_policy(given.policy, found),
    )
    found.check()
    return settings


def _number(value: int, field: str, least: int, most: int, found: Violations) -> None:
    if not least <= value <= most:
        message = "must lie between two numbers"
        found.add(field, "OUT_OF_RANGE", message, min=str(least), max=str(most), actual=str(value))


def _words(given: Sequence[str], found: Violations) -> tuple[str, ...]:
    """Each word once. A word that nearly every text holds would hold everything back, so it is refused."""
    words: dict[str, None] = {}
    if len(given) > WORDS_LIMIT:
        found.add("words", "OUT_OF_RANGE", "too many words", min="0", max=str(WORDS_LIMIT), actual=str(len(given)))
        return ()
    for line in given:
        word = " ".join(line.split()).lower()
        if not word:
            continue
        if matches_nearly_all(word):
            found.add("words", "MATCHES_EVERYTHING", "would hold nearly every text back", word=word[:WORD_MAX])
        else:
            found.line(word, "words", min=WORD_MIN, max=WORD_MAX)
        words[word] = None
    return tuple(words)


# What nearly every text in German or English holds.
_EVERYDAY_WORDS = """
aber als am an and are auch auf aus bei bin bis but by can das dass dem den der des die doch du ein
eine einen einer er es for from für gut hat have hier ich ihr im in is ist it ja kann mehr mein mit
nach nicht noch not nur oder of on or sein sich sie sind so that the they this to um und uns unser
us vom von vor war was we wenn wer wie wir wird with you zu zum zur
"""
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())
_STAR_MIN = 3


def matches_nearly_all(word: str) -> bool:
    """Whether a word of the list stands in nearly every text: `*`, `e*`, `und`."""
    stem = word.removesuffix("*")
    letters = [character for character in stem if character.isalnum()]
    if word.endswith("*") and len(letters) < _STAR_MIN:
        return True
    return not letters or "*" in stem or stem in _EVERYDAY


def _reasons(given: Sequence[Reason], before: Sequence[Reason], found: Violations) -> tuple[Reason, ...]:
    if not 1 <= len(given) <= REASONS_LIMIT:
        found.add("reasons", "OUT_OF_RANGE", "too many reasons", min="1", max=str(REASONS_LIMIT))
        return ()
    reasons: dict[str, Reason] = {}
    for reason in given:
        if not _CODE.fullmatch(reason.code) or reason.code in reasons:
            found.add("reasons", "MALFORMED", "a code is malformed or given twice")
            continue
        names = {
            language: found.line(name, "reasons", min=REASON_NAME_MIN, max=REASON_NAME_MAX)
            for language, name in _languages(reason.names, "reasons", found).items()
            if name.strip() or language == _MAIN_LANGUAGE
        }
        if _MAIN_LANGUAGE not in names:
            found.add("reasons", "REQUIRED", "German words are required")
        reasons[reason.code] = Reason(reason.code, names, reason.active or reason.code == OTHER)
    for reason in before:
        if reason.code not in reasons:
            reasons[reason.code] = Reason(reason.code, reason.names, reason.code == OTHER)
    return tuple(reasons.values())


def _policy(given: Mapping[str, str], found: Violations) -> Mapping[str, str]:
    texts = {
        language: found.text(text, "policy", min=0, max=POLICY_MAX)
        for language, text in _languages(given, "policy", found).items()
    }
    return {language: text for language, text in texts.items() if text}


def _languages(given: Mapping[str, str], field: str, found: Violations) -> Mapping[str, str]:
    if len(given) > LANGUAGES_LIMIT or not all(_LANGUAGE.fullmatch(language) for language in given):
        found.add(field, "MALFORMED", "a key is no code of a language")
        return {}
    return dict(sorted(given.items()))
