"""Words that are written alike, for searches with a typing error."""

from civic_chassis.db import Reading, Statement

from civic_catalog.domain import searching

# Trigrams find long words; of short ones a single error leaves few, so those with the same first letter are compared.
_ALIKE = Statement(
    """
    SELECT word FROM search_word
    WHERE (word % $1 OR word LIKE '%' || $1 || '%' OR (length($1) < 6 AND word LIKE left($1, 1) || '%'))
        AND (levenshtein_less_equal(word, $1, $2) <= $2 OR (length($1) > 3 AND strpos(word, $1) > 0))
    ORDER BY strpos(word, $1) = 0, levenshtein_less_equal(word, $1, $2), word LIMIT 1
    """,
    ("word", "errors"),
)


async def corrected(work: Reading, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with the most similar known one in the place of each; the same where none is similar."""
    return tuple([await _corrected(work, word) for word in words])


async def _corrected(work: Reading, word: str) -> str:
    plain = searching.folded(word)
    if not searching.may_be_corrected(plain):
        return word
    found: str | None = await work.value(_ALIKE, {"word": plain, "errors": searching.errors_allowed(plain)})
    return found or word
