"""What is written with an entity: outbox, audit trail, request log and timers, in one statement."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from opentelemetry import trace

from civic_chassis.kernel.call import Call
from civic_chassis.kernel.event import Event
from civic_chassis.kernel.ids import new_id
from civic_chassis.telemetry.propagation import traceparent_of

MAX_PAYLOAD_BYTES = 512 * 1024

# Per part: the statement's head, its columns with their types, what follows, what runs it only after the entity.
_PARTS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "cleared": (
        "DELETE FROM timer USING unnest({0}) AS gone (tenant_id, kind, key)"
        " WHERE timer.tenant_id = gone.tenant_id AND timer.kind = gone.kind AND timer.key = gone.key",
        ("text", "text", "text"),
        " AND EXISTS (SELECT FROM civic_entity)",
    ),
    "timers": (
        "INSERT INTO timer (tenant_id, kind, key, due_at, run_at, payload)"
        " SELECT tenant_id, kind, key, due_at, due_at, payload"
        " FROM unnest({0}) AS new (tenant_id, kind, key, due_at, payload){1}"
        " ON CONFLICT (tenant_id, kind, key) DO UPDATE SET due_at = excluded.due_at, run_at = excluded.run_at,"
        " payload = excluded.payload, attempts = 0, error = NULL",
        ("text", "text", "text", "timestamptz", "jsonb"),
        " WHERE EXISTS (SELECT FROM civic_entity)",
    ),
    "requests": (
        "INSERT INTO request_log (key, fingerprint, resource_id, created_at) SELECT * FROM unnest({0}) AS new{1}"
        " ON CONFLICT (key) DO UPDATE SET resource_id = excluded.resource_id"
        " WHERE request_log.resource_id IS NULL AND request_log.fingerprint = excluded.fingerprint",
        ("bytea", "bytea", "text", "timestamptz"),
        " WHERE EXISTS (SELECT FROM civic_entity)",
    ),
    # Raises for a key that is there: the whole statement is undone, and the call is a repeat.
    "claims": (
        "INSERT INTO request_log (key, fingerprint, resource_id, created_at) SELECT * FROM unnest({0}) AS new{1}",
        ("bytea", "bytea", "text", "timestamptz"),
        " WHERE EXISTS (SELECT FROM civic_entity)",
    ),
    "audits": (
        "INSERT INTO audit (tenant_id, id, created_at, subject, action, resource, resource_id, details)"
        " SELECT * FROM unnest({0}) AS new{1}",
        ("text", "uuid", "timestamptz", "text", "text", "text", "text", "jsonb"),
        " WHERE EXISTS (SELECT FROM civic_entity)",
    ),
    # Ids are drawn when the entity's row is locked, so events of one aggregate are published in its order.
    "events": (
        "INSERT INTO outbox (event_id, subject, aggregate_id, occurred_at, traceparent, payload)"
        " SELECT * FROM unnest({0}) AS new{1}",
        ("uuid", "text", "text", "timestamptz", "text", "bytea"),
        " WHERE EXISTS (SELECT FROM civic_entity)",
    ),
}

Line = Sequence[Any]

_WITH = re.compile(r"\s*WITH\s+(?!RECURSIVE\b)", re.IGNORECASE)
# What may hold brackets or words that mean nothing: texts and quoted names; then brackets, commas and words.
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|[^\s(),'"]+""")


class Tail:
    """Collects the lines of each part."""

    __slots__ = ("audits", "claims", "cleared", "events", "requests", "timers", "written")

    def __init__(self) -> None:
        self.events: list[Line] = []
        self.audits: list[Line] = []
        self.claims: list[Line] = []
        self.requests: list[Line] = []
        self.timers: list[Line] = []
        self.cleared: list[Line] = []
        self.written = False

    @property
    def empty(self) -> bool:
        return not any(getattr(self, name) for name in _PARTS)

    def stage(self, event: Event, *, tenant: str, at: datetime) -> None:
        self._open()
        if len(event.payload) > MAX_PAYLOAD_BYTES:
            raise ValueError("an event's payload is at most 512 KiB")
        line = (
            new_id(),
            event.subject(tenant),
            str(event.aggregate_id),
            at,
            traceparent_of(trace.get_current_span()),
            event.payload,
        )
        self.events.append(line)

    def audit(self, call: Call, action: str, resource: str, resource_id: str, details: Mapping[str, Any]) -> None:
        self._open()
        who = call.caller.subject
        line = (call.require_tenant(), new_id(), call.received_at, who, action, resource, resource_id, details)
        self.audits.append(line)

    def remember(self, key: bytes, fingerprint: bytes, resource_id: str, at: datetime) -> None:
        self._open()
        self.requests.append((key, fingerprint, resource_id, at))

    def claim(self, key: bytes, fingerprint: bytes, resource_id: str, at: datetime) -> None:
        self._open()
        self.claims.append((key, fingerprint, resource_id, at))

    def set_timer(self, tenant: str | None, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any]) -> None:
        self._open()
        if due_at.tzinfo is None:
            raise ValueError("a timer needs an aware datetime")
        name = (tenant or "", kind, key)
        self._forget_timer(name)
        self.timers.append((*name, due_at, payload))

    def clear_timer(self, tenant: str | None, kind: str, key: str) -> None:
        self._open()
        name = (tenant or "", kind, key)
        self._forget_timer(name)
        self.cleared.append(name)

    def alone(self) -> tuple[str, list[Any]]:
        """SQL and arguments of all parts."""
        names, columns = self._columns()
        return _compose(names, None, 0), columns

    def with_entity(
        self, sql: str, arguments: list[Any], *, gate: Callable[[int], str] | None = None
    ) -> tuple[str, list[Any]]:
        """SQL and arguments of the entity's statement and all parts, which are written only where it returns a row.

        `gate` gives a condition that is to hold before anything is run; its places come after all others.
        """
        self._open()
        names, columns = self._columns()
        return _compose(names, sql, len(arguments), gate), arguments + columns

    def _columns(self) -> tuple[tuple[str, ...], list[Any]]:
        names = tuple(name for name in _PARTS if getattr(self, name))
        return names, [list(column) for name in names for column in zip(*getattr(self, name), strict=True)]

    def _forget_timer(self, name: tuple[str, str, str]) -> None:
        # One statement may touch a row once.
        self.timers = [line for line in self.timers if tuple(line[:3]) != name]
        self.cleared = [line for line in self.cleared if line != name]

    def _open(self) -> None:
        if self.written:
            raise RuntimeError("the last statement of this unit of work has run")


@lru_cache(maxsize=512)
def _compose(names: tuple[str, ...], entity: str | None, first: int, gate: Callable[[int], str] | None = None) -> str:
    """One statement out of the parts, numbered on from `first`; the entity's SQL keeps its own numbers."""
    parts: list[str] = []
    if entity is not None:
        # Only the outermost WITH may hold statements that write, so the entity's own ones move there.
        before, main = split_with(entity)
        parts = [*([before] if before else []), f"civic_entity AS ({main})"]
    number = first
    for name in names:
        body, types, condition = _PARTS[name]
        places = ", ".join(f"${number + offset}::{type_}[]" for offset, type_ in enumerate(types, 1))
        number += len(types)
        guard = condition if entity is not None else ""
        body = body.format(places, guard) if "{1}" in body else body.format(places) + guard
        parts.append(f"civic_{name} AS ({body})")
    final = "1" if entity is None else "* FROM civic_entity"
    if gate is not None:
        final += f" WHERE {gate(number)}"
    return f"WITH {', '.join(parts)} SELECT {final}"


def split_with(sql: str) -> tuple[str, str]:
    """A statement's common table expressions without the word WITH, and the statement after them."""
    start = _WITH.match(sql)
    if start is None:
        return "", sql
    depth = 0
    ended = False
    for token in _TOKEN.finditer(sql, start.end()):
        text = token[0]
        if text == "(":
            depth += 1
            ended = False
        elif text == ")":
            depth -= 1
            ended = depth == 0
        elif text == "," or text.upper() == "AS":
            # Another expression follows, or what was closed was its list of columns.
            ended = False
        elif ended:
            # The first word after a closed bracket begins the statement itself.
            return sql[start.end() : token.start()].rstrip(), sql[token.start() :]
    raise ValueError("no statement after WITH")
