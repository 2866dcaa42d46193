"""The tree of one request over all processes, from the local trace files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

TRACE_ID = re.compile(r"[0-9a-f]{32}")
# Shown with a span when it has them; the rest is in the file.
ATTRIBUTES = (
    "http.request.method",
    "http.route",
    "url.path",
    "http.response.status_code",
    "rpc.service",
    "rpc.method",
    "rpc.grpc.status_code",
    "messaging.destination.name",
    "civic.tenant",
    "error.type",
)

Span = dict[str, Any]


class TraceError(Exception):
    """There is no such trace; the text says where was looked."""


def tree(folder: Path, trace_id: str) -> str:
    """Spans in the order of their start, children under parents, times in ms from the first start.

    Raises TraceError.
    """
    wanted = _wanted(trace_id)
    spans = _read(folder, wanted)
    if not spans:
        raise TraceError(
            f"No span of {wanted} is in {folder}. Spans are written half a second after they end; "
            "a request that was not sampled has none (CIVIC_TRACE_SAMPLE)."
        )
    known = {span["span_id"] for span in spans}
    children: dict[str | None, list[Span]] = {}
    for span in sorted(spans, key=lambda item: int(item["start"])):
        parent = span["parent_id"] if span["parent_id"] in known else None
        children.setdefault(parent, []).append(span)
    first = min(int(span["start"]) for span in spans)
    lines = [f"trace {wanted}, {len(spans)} spans", f"{'start':>9} {'ms':>9}"]
    for root in children.get(None, []):
        _add(lines, root, children, first, depth=0)
    return "\n".join(lines)


def _add(lines: list[str], span: Span, children: dict[str | None, list[Span]], first: int, *, depth: int) -> None:
    start, end = int(span["start"]), int(span["end"] or span["start"])
    words = [f"{span['service']}: {span['name']}", *_attributes(span)]
    if span["status"] == "error":
        words.append("ERROR")
    lines.append(f"{(start - first) / 1e6:9.2f} {(end - start) / 1e6:9.2f}  {'  ' * depth}{'  '.join(words)}")
    for child in children.get(span["span_id"], []):
        _add(lines, child, children, first, depth=depth + 1)


def _attributes(span: Span) -> list[str]:
    attributes = span["attributes"]
    return [f"{name.rpartition('.')[2]}={attributes[name]}" for name in ATTRIBUTES if name in attributes]


def _wanted(text: str) -> str:
    """The trace id in a bare id or a whole `traceparent`."""
    found = TRACE_ID.search(text.lower())
    if found is None:
        raise TraceError(f"{text!r} is not a trace id: 32 hexadecimal digits, as an error page shows them")
    return found[0]


def _read(folder: Path, trace_id: str) -> list[Span]:
    spans = []
    mark = trace_id.encode()
    for file in sorted(folder.glob("*.jsonl*")):
        with file.open("rb") as stream:
            spans += [json.loads(line) for line in stream if mark in line and line.endswith(b"\n")]
    return [seen for span in spans if (seen := _seen_from(trace_id, span)) is not None]


def _seen_from(trace_id: str, span: Span) -> Span | None:
    """The span, below the one that it links to where it is work for several traces; None where it is of no concern."""
    if span["trace_id"] == trace_id:
        return span
    linked = [link["span_id"] for link in span.get("links", ()) if link["trace_id"] == trace_id]
    return span | {"parent_id": linked[0]} if linked else None
