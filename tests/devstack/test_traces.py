"""One request's tree from the files of several processes."""

import json
from pathlib import Path
from typing import Any

import pytest
from civic_devstack.traces import TraceError, tree

TRACE = "0af7651916cd43dd8448eb211c80319c"


def span(span_id: str, parent: str | None, service: str, name: str, *, start: int, end: int, **more: Any) -> str:
    base = {"trace_id": TRACE, "span_id": span_id, "parent_id": parent, "service": service, "name": name}
    return json.dumps({**base, "start": start, "end": end, "status": "unset", "attributes": {}, **more}) + "\n"


def test_the_tree_of_a_request_over_two_processes(tmp_path: Path) -> None:
    call = span("c", "b", "discussion", "CreateComment", start=3_000_000, end=9_000_000, status="error")
    (tmp_path / "discussion-1.jsonl").write_text(call + '{"trace_id": "0af7651916cd43dd8448eb211c80319c", "cut')
    gateway = (
        span("b", "a", "gateway", "call", start=2_500_000, end=9_500_000)
        + span("a", "browser", "gateway", "POST", start=1_000_000, end=11_000_000, attributes={"http.route": "/x"})
        + span("z", None, "gateway", "other", start=1, end=2).replace(TRACE, "f" * 32)
        # Began for another request, and works for this one too.
        + span("y", "x", "catalog", "consume", start=12_000_000, end=13_000_000).replace(TRACE, "e" * 32)[:-2]
        + f', "links": [{{"trace_id": "{TRACE}", "span_id": "c"}}]}}\n'
    )
    (tmp_path / "gateway-2.jsonl").write_text(gateway)
    assert tree(tmp_path, f"00-{TRACE}-b7ad6b7169203331-01").splitlines() == [
        f"trace {TRACE}, 4 spans",
        "    start        ms",
        "     0.00     10.00  gateway: POST  route=/x",
        "     1.50      7.00    gateway: call",
        "     2.00      6.00      discussion: CreateComment  ERROR",
        "    11.00      1.00        catalog: consume",
    ]


@pytest.mark.parametrize(("asked", "message"), [("12", "'12' is not a trace id"), (TRACE, f"No span of {TRACE}")])
def test_what_is_not_there_is_said(tmp_path: Path, asked: str, message: str) -> None:
    with pytest.raises(TraceError, match=message):
        tree(tmp_path, asked)
