"""Every kind of mail has its text, and its name on pages, in both languages."""

import pytest
from civic_gateway.web import i18n
from civic_notification.domain.kinds import KINDS
from civic_notification.domain.texts import TEXTS

CATALOGUE = i18n.load()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_kind_has_its_words(kind: str, language: str) -> None:
    assert (kind, language) in TEXTS
    # Words that are missing raise.
    assert CATALOGUE.words(language).text(f"following.kind.{kind}")
