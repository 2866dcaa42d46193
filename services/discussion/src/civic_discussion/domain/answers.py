"""Official answers, and what became of a topic: the office's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from civic_chassis.kernel.text import Violations, clean_text

TEXT_MIN = 3
TEXT_MAX = 5_000
OUTCOME_MIN = 10
OUTCOME_MAX = 50_000
LANGUAGES_MAX = 20


class AnswerState(StrEnum):
    """What the office decided about a contribution."""

    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Answer:
    """The official answer to a contribution."""

    state: AnswerState
    text: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a topic, by language; German always."""

    texts: Mapping[str, str]
    time: datetime


def answered(state: AnswerState, text: str, *, at: datetime) -> Answer:
    """Raises INVALID_ARGUMENT naming text."""
    return Answer(state, clean_text(text, "text", min=TEXT_MIN, max=TEXT_MAX), at)


def outcome(texts: Mapping[str, str], *, at: datetime) -> Outcome:
    """Raises INVALID_ARGUMENT naming `texts.<language>`."""
    found = Violations()
    if "de" not in texts:
        found.add("texts.de", "REQUIRED", "the German text is missing")
    if len(texts) > LANGUAGES_MAX:
        found.add("texts", "OUT_OF_RANGE", "too many languages", min="1", max=str(LANGUAGES_MAX))
    checked = {}
    for language, text in sorted(texts.items()):
        if not (language.isascii() and language.isalpha() and language.islower() and 2 <= len(language) <= 3):
            found.add("texts", "MALFORMED", "a key is no code of a language")
            continue
        checked[language] = found.text(text, f"texts.{language}", min=OUTCOME_MIN, max=OUTCOME_MAX)
    found.check()
    return Outcome(checked, at)
