"""Mail texts: what they may say in braces, and how the braces are filled."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from civic_chassis.kernel.text import Violations

from civic_notification.domain.errors import template_not_found
from civic_notification.domain.kinds import KINDS, placeholders_of
from civic_notification.domain.recipients import LANGUAGES
from civic_notification.domain.texts import TEXTS

SUBJECT_MIN, SUBJECT_MAX = 3, 150
TEXT_MIN, TEXT_MAX = 10, 5_000
_SHOWN = 60
# Whatever stands in braces is meant as a placeholder: a misspelt one must not reach a reader.
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A mail text. Version 0 is the portal's; `stand` is its etag and grows with resetting, too."""

    kind: str
    language: str
    subject_line: str
    text: str
    version: int = 0
    stand: int = 0
    update_time: datetime | None = None

    @property
    def placeholders(self) -> tuple[str, ...]:
        return placeholders_of(self.kind)


def require_known(kind: str, language: str) -> None:
    """Raises TEMPLATE_NOT_FOUND."""
    if kind not in KINDS or language not in LANGUAGES:
        raise template_not_found()


def portal_template(kind: str, language: str) -> Template:
    """The text that is sent where the tenant has none of its own."""
    require_known(kind, language)
    subject_line, text = TEXTS[(kind, language)]
    return Template(kind=kind, language=language, subject_line=subject_line, text=text)


def checked(kind: str, language: str, *, subject_line: str, text: str) -> tuple[str, str]:
    """Subject line and text. Raises TEMPLATE_NOT_FOUND, or INVALID_ARGUMENT naming each unknown placeholder."""
    require_known(kind, language)
    found = Violations()
    subject_line = found.line(subject_line, "subject_line", min=SUBJECT_MIN, max=SUBJECT_MAX)
    text = found.text(text, "text", min=TEXT_MIN, max=TEXT_MAX)
    allowed = placeholders_of(kind)
    in_subject = tuple(name for name in allowed if name not in ("link", "items"))
    for field, value, names in (("subject_line", subject_line, in_subject), ("text", text, allowed)):
        for name in unknown_placeholders(value, names):
            found.add(
                field,
                "UNKNOWN_PLACEHOLDER",
                "names a placeholder that this text does not know",
                placeholder="{" + name[:_SHOWN] + "}",
                allowed=", ".join("{" + each + "}" for each in names),
            )
    found.check()
    return subject_line, text


def unknown_placeholders(text: str, allowed: tuple[str, ...]) -> list[str]:
    """What stands in braces and is not allowed, each once, in order."""
    return [name for name in dict.fromkeys(_PLACEHOLDER.findall(text)) if name not in allowed]


def without_gaps(text: str, values: Mapping[str, str]) -> str:
    """The text without paragraphs that are one placeholder whose value is empty."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        each for each in paragraphs if values.get(each.strip().removeprefix("{").removesuffix("}")) != ""
    )


def fill(text: str, values: Mapping[str, str], *, made_safe: Callable[[str, str], str] = lambda _, value: value) -> str:
    """The text with its placeholders' values; one without a value becomes nothing.

    Values are put in once: braces inside a value stay as they are. `made_safe` gets the name and the value.
    """
    return _PLACEHOLDER.sub(lambda match: made_safe(match[1], values.get(match[1], "")), text)


def fill_line(text: str, values: Mapping[str, str]) -> str:
    """As `fill`, on one line and no longer than a subject line should be."""
    line = " ".join(fill(text, values).split())
    return line if len(line) <= SUBJECT_MAX else line[: SUBJECT_MAX - 1].rstrip() + "…"
