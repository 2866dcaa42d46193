"""How a topic takes part: what it is for, what it asks for, and its limits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from civic_chassis.kernel.text import Violations

TEXT_MAX = 10_000
COMMENT_MAX = 4_000
ATTACHMENTS_MAX = 5
CONTRIBUTIONS_MAX = 1_000
EDIT_MINUTES_MAX = 10_080
SUPPORT_GOAL_MAX = 1_000_000
CHOICES_MAX = 30
CHOICE_NAME_MAX = 60
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Preset(StrEnum):
    """What a topic is for."""

    IDEAS = "ideas"
    TEXT = "text"
    RANKING = "ranking"
    INITIATIVE = "initiative"


class ModerationMode(StrEnum):
    """When texts become public."""

    AFTER = "after"
    BEFORE = "before"


class PlaceMode(StrEnum):
    """Whether contributions name a place."""

    OPTIONAL = "optional"
    REQUIRED = "required"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Choice:
    """A category or label; `names` by language, German always."""

    key: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What staff decides about taking part. `edit_minutes` 0 means: until the first comment; other zeros: no limit."""

    preset: Preset = Preset.IDEAS
    categories: tuple[Choice, ...] = ()
    category_required: bool = False
    labels: tuple[Choice, ...] = ()
    moderation: ModerationMode = ModerationMode.AFTER
    place: PlaceMode = PlaceMode.OPTIONAL
    max_attachments: int = ATTACHMENTS_MAX
    max_contributions: int = 0
    max_text: int = TEXT_MAX
    max_comment: int = COMMENT_MAX
    edit_minutes: int = 0
    without_account: bool = False
    without_public_name: bool = False
    without_office_name: bool = False
    closed: bool = False
    support_goal: int = 0

    @property
    def counts_support(self) -> bool:
        """Whether people support contributions, instead of rating them."""
        return self.preset is Preset.INITIATIVE


DEFAULT = Settings()


def checked(given: Settings, found: Violations, field: str = "topic.settings") -> Settings:
    """The settings as they are; notes every one that is out of its range."""
    for name, least, most in (
        ("max_attachments", 0, ATTACHMENTS_MAX),
        ("max_contributions", 0, CONTRIBUTIONS_MAX),
        ("max_text", 1, TEXT_MAX),
        ("max_comment", 1, COMMENT_MAX),
        ("edit_minutes", 0, EDIT_MINUTES_MAX),
        ("support_goal", 0, SUPPORT_GOAL_MAX),
    ):
        if not least <= getattr(given, name) <= most:
            found.add(f"{field}.{name}", "OUT_OF_RANGE", "is out of range", min=str(least), max=str(most))
    if given.support_goal and given.preset is not Preset.INITIATIVE:
        found.add(f"{field}.support_goal", "UNWANTED", "initiatives alone have a goal")
    if given.without_account:
        found.add(f"{field}.without_account", "NOT_OFFERED", "needs guests, who are not there yet")
    _check_choices(given.categories, f"{field}.categories", found)
    _check_choices(given.labels, f"{field}.labels", found)
    if given.category_required and not given.categories:
        found.add(f"{field}.categories", "REQUIRED", "there is no category to choose")
    return given


def _check_choices(choices: Sequence[Choice], field: str, found: Violations) -> None:
    if len(choices) > CHOICES_MAX:
        found.add(field, "OUT_OF_RANGE", "too many", min="0", max=str(CHOICES_MAX))
        return
    keys = [choice.key for choice in choices]
    for choice in choices:
        if not _KEY.fullmatch(choice.key) or keys.count(choice.key) > 1:
            found.add(f"{field}.key", "MALFORMED", "a key has not its form, or stands there twice")
        if "de" not in choice.names:
            found.add(f"{field}.names", "REQUIRED", "the German name is missing")
        for language, name in choice.names.items():
            if not _LANGUAGE.fullmatch(language):
                found.add(f"{field}.names", "MALFORMED", "a key is no code of a language")
            found.line(name, f"{field}.names", min=1, max=CHOICE_NAME_MAX)
