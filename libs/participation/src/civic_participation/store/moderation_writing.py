"""What a tool's own statement writes beside a new text: the memory of its author, and the case where it is held.

Pieces of SQL for the tool's WITH, behind a part `added` that answers the text's id where it was written. They take
`:tenant_id`, `:create_time`, `:author_subject` from the tool, and everything else from `parameters`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from civic_chassis.kernel.ids import new_id

from civic_participation.domain.moderation import Hold, rules_of
from civic_participation.domain.moderation_rules import Judgement

# One small row per person, changed in place: the cost of a rule stays the same however much somebody wrote.
REMEMBER = """
moderation_remembered AS (
    INSERT INTO moderation_author AS author (tenant_id, subject, known, recent)
    SELECT :tenant_id, :author_subject, :moderation_known, ARRAY[CAST(:moderation_trace AS text)] FROM added
    ON CONFLICT (tenant_id, subject) DO UPDATE SET
        known = author.known OR excluded.known, recent = (excluded.recent || author.recent)[1:30]
)
"""

HOLD = """
moderation_opened AS (
    INSERT INTO moderation_case
        (tenant_id, id, row_version, text_kind, text_id, offer_id, offer_title, state, waiting_since, holds)
    SELECT :tenant_id, :moderation_case_id, 1, :moderation_kind, id, :moderation_offer_id, :moderation_offer_title,
           'open', :create_time, CAST(:moderation_holds AS jsonb) FROM added
), moderation_counted AS (
    INSERT INTO moderation_tally AS tally (tenant_id, what, key, count)
    SELECT :tenant_id, 'held', rule, 1 FROM added, unnest(CAST(:moderation_rules AS text[])) AS rule ORDER BY rule
    ON CONFLICT (tenant_id, what, key) DO UPDATE SET count = tally.count + 1
), moderation_logged AS (
    INSERT INTO moderation_log (tenant_id, id, create_time, action, actor, case_id, text_kind, text_id, offer_id,
                                offer_title, reason, note)
    SELECT :tenant_id, :moderation_log_id, :create_time, 'hold', 'rule', :moderation_case_id, :moderation_kind, id,
           :moderation_offer_id, :moderation_offer_title, array_to_string(CAST(:moderation_rules AS text[]), ' '), ''
    FROM added
)
"""


def parameters(judgement: Judgement, *, kind: str, offer_id: UUID, offer_title: str) -> Mapping[str, Any]:
    """What the pieces take; those of HOLD are there for a text that is held."""
    values: dict[str, Any] = {"moderation_known": not judgement.held, "moderation_trace": judgement.trace}
    if judgement.held:
        values |= {
            "moderation_case_id": new_id(),
            "moderation_log_id": new_id(),
            "moderation_kind": kind,
            "moderation_offer_id": offer_id,
            "moderation_offer_title": offer_title,
            "moderation_holds": [hold_values(hold) for hold in judgement.holds],
            "moderation_rules": rules_of(judgement.holds),
        }
    return values


def hold_values(hold: Hold) -> dict[str, Any]:
    return {
        "rule": hold.rule,
        "detail": hold.detail,
        "time": hold.create_time.isoformat(),
        "false_positive": hold.false_positive,
    }
