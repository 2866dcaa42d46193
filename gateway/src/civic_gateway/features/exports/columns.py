"""The columns of an export: what each holds, and who gets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import orjson

from civic_gateway.features.exports.calls import Row

Value = str | int | float | bool | None


class Form(Enum):
    """How a value is written."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"
    # A key whose words are `exports.value.<column>.<key>`.
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; its words are `exports.column.<key>`. `staff` is for staff alone."""

    key: str
    read: Callable[[Row], Value]
    form: Form = Form.TEXT
    staff: bool = False


def _field(name: str, form: Form = Form.TEXT, *, staff: bool = False) -> Column:
    return Column(name, lambda row: row.get(name), form, staff)


def _inside(group: str, name: str, key: str, form: Form = Form.NUMBER, *, staff: bool = False) -> Column:
    return Column(key, lambda row: (row.get(group) or {}).get(name), form, staff)


def _labels(row: Row) -> str:
    return ", ".join(row["labels"])


def _attachments(row: Row) -> str:
    return ", ".join(each["name"] for each in row["attachments"])


def _anchor(row: Row) -> str:
    return orjson.dumps(row["anchor"]).decode() if row.get("anchor") else ""


def _area(row: Row) -> str:
    area = (row.get("place") or {}).get("area")
    return orjson.dumps(area).decode() if area else ""


_STAFF: Final = (
    _field("author_id", staff=True),
    _field("name_public", Form.FLAG, staff=True),
    _inside("moderation", "state", "case_state", Form.WORD, staff=True),
    _inside("moderation", "decision", "decision", Form.WORD, staff=True),
    _inside("moderation", "reason", "hide_reason", Form.TEXT, staff=True),
    _inside("moderation", "text", "decision_text", Form.TEXT, staff=True),
    _inside("moderation", "report_count", "report_count", staff=True),
    _inside("moderation", "objection", "objection", Form.TEXT, staff=True),
)

CONTRIBUTION: Final[Sequence[Column]] = (
    _field("id"),
    _field("create_time", Form.TIME),
    _field("update_time", Form.TIME),
    _field("title"),
    _field("text"),
    _field("category"),
    Column("labels", _labels),
    _field("state", Form.WORD),
    _field("author_name"),
    _inside("place", "lat", "lat"),
    _inside("place", "lon", "lon"),
    _inside("place", "address", "address", Form.TEXT),
    Column("area", _area),
    Column("anchor", _anchor),
    _inside("ratings", "for", "rated_for"),
    _inside("ratings", "neutral", "rated_neutral"),
    _inside("ratings", "against", "rated_against"),
    _field("comment_count", Form.NUMBER),
    _inside("answer", "state", "answer_state", Form.WORD),
    _inside("answer", "text", "answer_text", Form.TEXT),
    _inside("answer", "time", "answer_time", Form.TIME),
    _inside("goal_reached", "goal", "goal_reached"),
    _inside("goal_reached", "time", "goal_time", Form.TIME),
    _field("merged_into"),
    Column("attachments", _attachments),
    _field("link"),
    *_STAFF,
)
COMMENT: Final[Sequence[Column]] = (
    _field("id"),
    _field("contribution_id"),
    _field("parent_id"),
    _field("depth", Form.NUMBER),
    _field("create_time", Form.TIME),
    _field("text"),
    _field("state", Form.WORD),
    _field("author_name"),
    _field("link"),
    *_STAFF,
)


def shown(columns: Sequence[Column], *, full: bool) -> Sequence[Column]:
    """Those that a reader gets."""
    return [column for column in columns if full or not column.staff]


def joined(*, full: bool) -> Sequence[Column]:
    """The columns of a file that holds contributions and comments alike: those of both, each once."""
    found = {column.key: column for column in (*CONTRIBUTION, *COMMENT)}
    return shown(list(found.values()), full=full)
