"""Searching topics by words."""

import re

from civic_chassis.kernel.text import clean_text

QUERY_MAX = 200
TYPED_MAX = 500
# More words make a search slow and no better.
TYPED_WORDS = 20
_SHORTEST = 3
_WORD = re.compile(r"[^\W_]+")


def words(query: str) -> tuple[str, ...]:
    """The words that a topic must hold, each as a beginning; empty for a query without any.

    Raises INVALID_ARGUMENT naming the field.
    """
    cleaned = clean_text(query, "query", min=0, max=QUERY_MAX)
    return tuple(dict.fromkeys(_WORD.findall(cleaned.lower())))


def any_words(typed: str) -> tuple[str, ...]:
    """Words of which something similar holds some; short ones say too little.

    Raises INVALID_ARGUMENT naming the field.
    """
    cleaned = clean_text(typed, "text", min=0, max=TYPED_MAX)
    found = dict.fromkeys(word for word in _WORD.findall(cleaned.lower()) if len(word) >= _SHORTEST)
    return tuple(found)[:TYPED_WORDS]
