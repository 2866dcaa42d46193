"""Cases, settings and policies as the JSON API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from civic.common.v1 import moderation_pb2

from civic_gateway.answers import rfc3339
from civic_gateway.features.moderation.calls import LogEntry, OwnCase, Reason, Settings, ToolCase

RULES: Final[Mapping[int, str]] = {
    moderation_pb2.HOLD_RULE_OFFER: "offer",
    moderation_pb2.HOLD_RULE_LINKS: "links",
    moderation_pb2.HOLD_RULE_REPEATED: "repeated",
    moderation_pb2.HOLD_RULE_TOO_MANY: "too_many",
    moderation_pb2.HOLD_RULE_WORDS: "words",
    moderation_pb2.HOLD_RULE_NEW_ACCOUNT: "new_account",
}
SWITCHED_RULES: Final = ("links", "repeated", "too_many", "words", "new_account")
STATES: Final[Mapping[int, str]] = {
    moderation_pb2.CASE_STATE_OPEN: "open",
    moderation_pb2.CASE_STATE_DECIDED: "decided",
}
DECISIONS: Final[Mapping[int, str]] = {
    moderation_pb2.MODERATION_DECISION_HIDE: "hide",
    moderation_pb2.MODERATION_DECISION_KEEP: "keep",
}
TEXT_STATES: Final[Mapping[int, str]] = {
    moderation_pb2.TEXT_STATE_PUBLISHED: "published",
    moderation_pb2.TEXT_STATE_HELD: "held",
    moderation_pb2.TEXT_STATE_HIDDEN: "hidden",
    moderation_pb2.TEXT_STATE_GONE: "gone",
}
LOG_COLUMNS: Final = (
    "id", "time", "action", "actor", "staff", "tool", "kind", "text_id", "offer_id", "offer_title", "reason", "note",
    "case_id",
)  # fmt: skip


def case(found: ToolCase) -> dict[str, Any]:
    """A case."""
    message = found.case
    return {
        "id": found.id,
        "etag": message.etag,
        "tool": found.tool,
        "kind": message.kind,
        "text_id": message.text_id,
        "parent_id": message.parent_id,
        "offer_id": message.offer_id,
        "offer_title": message.offer_title,
        "title": message.title,
        "text": message.text,
        "author_name": message.author_name or None,
        "text_state": TEXT_STATES[message.text_state],
        "state": STATES[message.state],
        "waiting_since": rfc3339(message.waiting_since),
        "holds": [
            {
                "rule": RULES[hold.rule],
                "detail": hold.detail,
                "create_time": rfc3339(hold.create_time),
                "false_positive": hold.false_positive,
            }
            for hold in message.holds
        ],
        "report_count": message.report_count,
        "reports": [
            {
                "reason": report.reason,
                "text": report.text,
                "create_time": rfc3339(report.create_time),
                "signed_in": report.signed_in,
            }
            for report in message.reports
        ],
        "decision": DECISIONS.get(message.decision),
        "reason": message.reason or None,
        "decision_text": message.decision_text,
        "decide_time": rfc3339(message.decide_time) if message.HasField("decide_time") else None,
        "undo_until": rfc3339(message.undo_until) if message.HasField("undo_until") else None,
        "objection": message.objection or None,
        "objection_time": rfc3339(message.objection_time) if message.HasField("objection_time") else None,
    }


def own_case(message: OwnCase) -> dict[str, Any]:
    """What the author of a text is told."""
    return {
        "state": TEXT_STATES[message.state],
        "reason": message.reason or None,
        "reason_names": dict(message.reason_names),
        "text": message.text,
        "decide_time": rfc3339(message.decide_time) if message.HasField("decide_time") else None,
        "may_object": message.may_object,
        "objection": message.objection or None,
    }


def settings(tool: str, message: Settings) -> dict[str, Any]:
    """How a tenant moderates."""
    return {
        "tool": tool,
        "etag": message.etag,
        "rules": [RULES[rule] for rule in message.rules],
        "words": list(message.words),
        "links_max": message.links_max,
        "per_minute": message.per_minute,
        "remind_hours": message.remind_hours,
        "reasons": [reason(each) for each in message.reasons],
        "policy": dict(message.policy),
    }


def reason(message: Reason) -> dict[str, Any]:
    """Why texts are hidden and reported."""
    return {"code": message.code, "names": dict(message.names), "active": message.active}


def policy(tool: str, message: moderation_pb2.ModerationPolicy) -> dict[str, Any]:
    """What everybody may know."""
    return {
        "tool": tool,
        "policy": dict(message.policy),
        "reasons": [reason(each) for each in message.reasons],
        "hidden": counts(message.hidden),
        "kept": message.kept,
        "reported": counts(message.reported),
        "held": counts(message.held),
        "objections": message.objections,
    }


def counts(messages: Sequence[moderation_pb2.ModerationCount]) -> dict[str, int]:
    """How often, by reason or rule."""
    return {each.key: each.count for each in messages}


def log_row(tool: str, entry: LogEntry) -> tuple[str, ...]:
    """A line of the log as a row below LOG_COLUMNS."""
    return (
        entry.id,
        rfc3339(entry.create_time),
        entry.action,
        entry.actor,
        entry.staff_subject,
        tool,
        entry.kind,
        entry.text_id,
        entry.offer_id,
        entry.offer_title,
        entry.reason,
        entry.note,
        entry.case_id,
    )
