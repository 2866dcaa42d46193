"""Moderation as a tool uses it: judge a new text, write it with its case, serve the verbs."""

from civic_participation.application.moderated_texts import Texts, awaited, hold_back
from civic_participation.application.moderation import Moderation
from civic_participation.application.moderation_reports import Reports
from civic_participation.domain.moderation import FoundText, Hold, TextKey, TextState
from civic_participation.domain.moderation_rules import Judgement, Memory, judged
from civic_participation.store.moderation_settings import (
    MEMORY_COLUMNS,
    memory,
    memory_of,
    settings_of,
    with_memory,
)
from civic_participation.store.moderation_tables import (
    create_moderation_tables,
    drop_moderation_tables,
    moderation_tables,
)
from civic_participation.store.moderation_writing import HOLD, REMEMBER, parameters

__all__ = [
    "HOLD",
    "MEMORY_COLUMNS",
    "REMEMBER",
    "FoundText",
    "Hold",
    "Judgement",
    "Memory",
    "Moderation",
    "Reports",
    "TextKey",
    "TextState",
    "Texts",
    "awaited",
    "create_moderation_tables",
    "drop_moderation_tables",
    "hold_back",
    "judged",
    "memory",
    "memory_of",
    "moderation_tables",
    "parameters",
    "settings_of",
    "with_memory",
]
