"""Whether a text is shown at once: the tenant's rules, and whether the topic is moderated first."""

from collections.abc import Sequence
from dataclasses import replace

from civic_chassis.db import Reading, UnitOfWork
from civic_participation.domain.moderation_settings import ModerationSettings, Rule
from civic_participation.moderation import Judgement, Memory, judged, memory, settings_of

from civic_discussion.domain import policy
from civic_discussion.domain.settings import ModerationMode
from civic_discussion.domain.topics import Frame

# How often, and how many: that is asked of new texts alone.
_OF_NEW_TEXTS = frozenset({Rule.REPEATED, Rule.TOO_MANY})


async def judged_text(
    work: Reading | UnitOfWork, frame: Frame, texts: Sequence[str], remembered: Memory | None
) -> Judgement:
    """What the rules say about a new text."""
    return _judged(work, await settings_of(work), frame, texts, remembered)


async def judged_change(work: UnitOfWork, frame: Frame, texts: Sequence[str]) -> Judgement:
    """What the rules say about new words of a text that is there."""
    settings = await settings_of(work)
    remembered = await memory(work, work.call.require_subject())
    return _judged(work, replace(settings, rules=settings.rules - _OF_NEW_TEXTS), frame, texts, remembered)


def _judged(
    work: Reading | UnitOfWork,
    settings: ModerationSettings,
    frame: Frame,
    texts: Sequence[str],
    remembered: Memory | None,
) -> Judgement:
    call = work.call
    before_reading = frame.settings.moderation is ModerationMode.BEFORE
    if policy.is_staff(call.caller, call.require_tenant()):
        # Staff answers for what it writes, and would only wait for itself.
        settings, before_reading = replace(settings, rules=frozenset()), False
    return judged(settings, texts, remembered, before_reading=before_reading, at=call.received_at)
