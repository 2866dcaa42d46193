"""Searching topics by words."""

import re

from civic_chassis.kernel.text import clean_text

QUERY_MAX = 200
_WORD = re.compile(r"[^\W_]+")


def words(query: str) -> tuple[str, ...]:
    """The words that a topic must hold, each as a beginning; empty for a query without any.

    Raises INVALID_ARGUMENT naming the field.
    """
    cleaned = clean_text(query, "query", min=0, max=QUERY_MAX)
    return tuple(dict.fromkeys(_WORD.findall(cleaned.lower())))
