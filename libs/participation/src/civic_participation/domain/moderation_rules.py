"""Rules that hold a text back before anybody reads it."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from civic_participation.domain.moderation import Hold
from civic_participation.domain.moderation_settings import ModerationSettings, Rule

# How long the same text is a repeat.
REPEAT_TIME = timedelta(days=30)
# "Gute Idee." may be said twice.
REPEAT_MIN = 40
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LINK = re.compile(r"\[[^\]]{0,500}\]\(\s*(?:https?://)?(?:www\.)?|https?://(?:www\.)?|www\.|<a\s[^>]{0,500}", re.I)
# What is written as an address without its beginning: a word, a dot, an ending that is common in advertising.
_BARE_LINK = re.compile(
    r"(?<![\w@.-])[\w-]{2,63}\.(?:com|net|org|info|biz|ru|cn|top|xyz|shop|online|site|de)\b(?!\.\w)", re.I
)
_SPACES = re.compile(r"[\W_]+")
# Letters that are drawn with other signs to slip through a list.
_DISGUISED = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_IGNORED = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a person in a tenant: `recent` newest first, each `<microseconds>:<digest>`.

    `known` is True once a text of theirs was shown.
    """

    known: bool = False
    recent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What rules say about a text: nothing, or why it is held; and the line to remember."""

    holds: tuple[Hold, ...]
    trace: str

    @property
    def held(self) -> bool:
        return bool(self.holds)


def judged(
    settings: ModerationSettings, texts: Sequence[str], memory: Memory | None, *, before_reading: bool, at: datetime
) -> Judgement:
    """`before_reading` is True where the offer shows a text only after a moderator read it."""
    memory = memory or Memory()
    whole = "\n".join(texts)
    digest = digest_of(whole)
    found: list[tuple[Rule, str]] = [(Rule.OFFER, "")] if before_reading else []
    rules = settings.rules
    if Rule.LINKS in rules and (links := count_links(whole)) > settings.links_max:
        found.append((Rule.LINKS, str(links)))
    if Rule.WORDS in rules and settings.words and (word := found_word(settings.words, whole)):
        found.append((Rule.WORDS, word))
    recent = [(_time(line), line.partition(":")[2]) for line in memory.recent]
    if Rule.TOO_MANY in rules:
        within = sum(1 for time, _ in recent if at - time < _MINUTE)
        if within >= settings.per_minute:
            found.append((Rule.TOO_MANY, str(within + 1)))
    if Rule.REPEATED in rules and digest and any(same == digest and at - time < REPEAT_TIME for time, same in recent):
        found.append((Rule.REPEATED, ""))
    if Rule.NEW_ACCOUNT in rules and not memory.known:
        found.append((Rule.NEW_ACCOUNT, ""))
    trace = f"{(at - _EPOCH) // _MICROSECOND}:{digest}"
    return Judgement(tuple(Hold(rule, detail, at) for rule, detail in found), trace)


def count_links(text: str) -> int:
    """How many addresses of the web stand in it, however they are written."""
    links = len(_LINK.findall(text))
    bare = _BARE_LINK.findall(re.sub(r"https?://\S+|www\.\S+|\]\([^)\s]*\)?", " ", text, flags=re.IGNORECASE))
    return links + len(bare)


def digest_of(text: str) -> str:
    """The same for texts that differ in case, spaces and signs alone; empty for a text too short to be a repeat."""
    plain = _SPACES.sub("", unicodedata.normalize("NFKC", text).lower())
    if len(plain) < REPEAT_MIN:
        return ""
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=12).hexdigest()


def found_word(words: Sequence[str], text: str) -> str:
    """The first word of the list that stands in the text, as whole words; empty where none does."""
    pattern = _pattern(tuple(words))
    plain = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).lower()
    match = pattern.search(plain) or pattern.search(plain.translate(_DISGUISED))
    return match[0] if match else ""


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = []
    for word in sorted(words, key=len, reverse=True):
        stem = re.escape(word.removesuffix("*")).replace(r"\ ", r"\s+")
        parts.append(stem + (r"\w*" if word.endswith("*") else ""))
    return re.compile(r"(?<!\w)(?:" + "|".join(parts) + r")(?!\w)")


def _time(line: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(line.partition(":")[0]))
