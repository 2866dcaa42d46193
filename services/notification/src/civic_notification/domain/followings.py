"""What people follow, and when they hear of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from civic_chassis.kernel.text import Violations
from civic_participation.domain.notices import FollowersOf

FOLLOWINGS_MAX = 1_000
TITLE_MAX = 300
PATH_MAX = 500
_KIND = re.compile(r"[a-z]{2,30}\.[a-z]{2,30}")
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
# A path of the portal and nothing else: two slashes at the beginning would name another host.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~%-]+(?:/[A-Za-z0-9._~%-]+)*)?/?(?:#[A-Za-z0-9._~-]*)?")


class Rhythm(StrEnum):
    """How often a person hears of something."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """One person follows one object."""

    tenant: str
    object: FollowersOf
    rhythm: Rhythm
    title: str
    path: str
    create_time: datetime
    id: UUID
    # When an address without an account confirmed it; None for accounts, and where it is only read.
    confirm_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """How often a person hears of a kind of notice; None where the followed object decides."""

    kind: str
    rhythm: Rhythm | None


def is_path(text: str) -> bool:
    """Whether the text is a path of the portal."""
    return len(text) <= PATH_MAX and _PATH.fullmatch(text) is not None


def checked_object(kind: str, object_id: str) -> FollowersOf:
    """Raises INVALID_ARGUMENT."""
    found = Violations()
    _check_object(kind, object_id, found)
    found.check()
    return FollowersOf(kind, object_id)


def checked(kind: str, object_id: str, *, rhythm: Rhythm | None, title: str, path: str) -> tuple[FollowersOf, str]:
    """The object and its title. Raises INVALID_ARGUMENT naming every wrong field."""
    found = Violations()
    _check_object(kind, object_id, found)
    title = found.line(title, "title", min=1, max=TITLE_MAX)
    if rhythm is None or rhythm is Rhythm.NEVER:
        found.add("rhythm", "NOT_ALLOWED", "must be now, daily or weekly", allowed="now, daily, weekly")
    if not is_path(path):
        found.add("path", "MALFORMED", "must be a path of the portal")
    found.check()
    return FollowersOf(kind, object_id), title


def _check_object(kind: str, object_id: str, found: Violations) -> None:
    if not _KIND.fullmatch(kind):
        found.add("object.kind", "MALFORMED", "must be two words with a dot between")
    if not _ID.fullmatch(object_id):
        found.add("object.id", "MALFORMED", "must be at most 100 of letters, digits, dot, hyphen and underscore")


RHYTHM_WORDS: Mapping[str, Rhythm] = {rhythm.value: rhythm for rhythm in Rhythm}
