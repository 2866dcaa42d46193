"""Words that are searched for, and how they are made alike."""

import re
import unicodedata

from civic_chassis.kernel.text import clean_text

QUERY_MAX = 200
# Fewer letters are like too many words.
_SHORTEST_CORRECTED = 3
_LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def words(query: str) -> tuple[str, ...]:
    """The words that an offer must hold, each as a beginning; empty for a query without any.

    Raises INVALID_ARGUMENT naming the field.
    """
    cleaned = clean_text(query, "query", min=0, max=QUERY_MAX)
    return tuple(dict.fromkeys(_WORD.findall(cleaned.lower())))


def folded(text: str) -> str:
    """Small letters without umlauts and accents: `Mühle` and `Muehle` are both `muehle`."""
    lower = unicodedata.normalize("NFC", text).lower().translate(_GERMAN)
    return "".join(letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))


def vocabulary(*texts: str) -> list[str]:
    """The folded words that a word with a typing error may have meant, in one order for all writers."""
    found = set(_WORD.findall(folded(" ".join(texts))))
    return sorted(word for word in found if _SHORTEST_CORRECTED < len(word) <= _LONGEST_WORD and not word.isdigit())


def may_be_corrected(word: str) -> bool:
    """Whether the word is long enough to be taken for another one."""
    return _SHORTEST_CORRECTED <= len(word) <= _LONGEST_WORD and not word.isdigit()


def errors_allowed(word: str) -> int:
    """How many letters may differ."""
    return 1 if len(word) < 4 else 2 if len(word) < 8 else 3
