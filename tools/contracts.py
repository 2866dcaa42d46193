"""Writes docs/contracts.md from proto/: every method with who may call it, every event, every error.

python tools/contracts.py           write
python tools/contracts.py --check   say whether the file is what the protos give
"""

import argparse
import sys
from collections.abc import Iterator

from descriptors import Area, Event, Method, areas
from workspace import ROOT

DOCUMENT = ROOT / "docs" / "contracts.md"
WHO = {"PUBLIC": "everybody", "PARTICIPANT": "signed in", "STAFF": "staff", "PLATFORM": "state"}
HEAD = """# Contracts

Generated from `proto/` by `make protos`; do not edit. The protos say more: unit, limit and meaning of every field.

* **Who** is the access option of the method. *Everybody* needs no account, *signed in* any account of the state,
  *staff* one of the named roles in the tenant of the call, *state* one of the named realm roles. A method without the
  option stops its service at start.
* A call names its tenant in the metadata `x-civic-tenant`, and carries the person's token in `authorization`.
* **Events** travel on the stream named like the area in capitals, subject `<subject>.<tenant>`, as protobuf.
* **Errors** travel as `google.rpc.ErrorInfo`; the JSON API shows the same word in `reason`.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check: bool = parser.parse_args().check
    text = document(areas())
    if DOCUMENT.exists() and DOCUMENT.read_text("utf-8") == text:
        return 0
    if check:
        print("docs/contracts.md differs from the protos; run `make protos`")
        return 1
    DOCUMENT.write_text(text, encoding="utf-8")
    print("docs/contracts.md written")
    return 0


def document(contracts: list[Area]) -> str:
    return "\n".join([HEAD, *(line for area in contracts for line in section(area))])


def section(area: Area) -> Iterator[str]:
    yield f"## {area.name}\n"
    yield f"Package `{area.package}`. {area.comment}".strip() + "\n"
    if area.methods:
        yield table("### Methods", "| method | who | what it does |", map(method_row, area.methods))
    if area.events:
        yield table("### Events", "| event | subject | fields | meaning |", map(event_row, area.events))
    if area.reasons:
        rows = (f"| `{reason}` | {meaning} |" for reason, meaning in area.reasons)
        yield table("### Errors", "| reason | meaning |", rows)


def table(title: str, head: str, rows: Iterator[str]) -> str:
    rule = "|" + "---|" * (head.count("|") - 1)
    return "\n".join([f"{title}\n", head, rule, *rows, ""])


def method_row(method: Method) -> str:
    who = WHO.get(method.level, "**no access option**")
    roles = f": {', '.join(method.roles)}" if method.roles else ""
    return f"| `{method.service}.{method.name}` | {who}{roles} | {method.comment} |"


def event_row(event: Event) -> str:
    fields = ", ".join(f"`{field.name}`" for field in event.fields)
    return f"| `{event.name}` | `{event.subject}` | {fields} | {event.comment} |"


if __name__ == "__main__":
    sys.exit(main())
