"""Checks who imports whom: the layers by import-linter, the reserved packages by reading each import.

Services and their rooms are found in the folders, so that a new service is covered at once.
"""

import ast
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from workspace import DATA, ROOT, Member, members, program, run

ROOMS = ("main", "api", "application", "store", "domain")
STANDARD = frozenset(sys.stdlib_module_names)
# What reads a clock, waits, logs or leaves the process has no place where rules are computed.
IMPURE = frozenset({"asyncio", "logging", "os", "random", "socket", "subprocess", "threading", "time"})

# Where the chassis' parts may meet; everything else between them is refused.
SEAMS = (
    # The relay publishes what the outbox holds, the consumer handles a message in a unit of work.
    "civic_chassis.nats.* -> civic_chassis.db.*",
    "civic_chassis.nats.* -> civic_chassis.db",
)


@dataclass(frozen=True, slots=True)
class Only:
    """Modules that match `room` import the standard library, their own room and `allowed`, nothing else."""

    room: str
    allowed: Sequence[str]
    because: str


@dataclass(frozen=True, slots=True)
class Never:
    """Modules that match `room` do not import `refused`."""

    room: str
    refused: Sequence[str]
    because: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """`package` is imported by modules that match `rooms` alone."""

    package: str
    rooms: Sequence[str]
    because: str


DATABASE = ("sqlalchemy", "asyncpg", "alembic")
RULES: Sequence[Only | Never | Reserved] = (
    # Ids and the system's clock need the time; that is why they are passed in everywhere.
    Only("civic_chassis.kernel", ("time", "threading"), "the kernel is pure"),
    Only("civic_forms", ("civic_chassis.kernel",), "forms are pure"),
    Only("civic_*.domain", ("civic_chassis.kernel", "civic_participation.domain"), "rules are pure"),
    Never(
        "civic_*.application",
        (*DATABASE, "grpc", "nats", "google", "civic", "civic_chassis.grpc", "civic_chassis.nats"),
        "a verb knows no table, no message and no wire",
    ),
    Never("civic_*.store", ("grpc", "nats", "google", "civic"), "a table knows no message"),
    Never("civic_gateway", (*DATABASE, "civic_chassis.db", "civic_participation"), "the gateway has no database"),
    Reserved(
        "civic",
        ("civic_*.api", "civic_gateway.features", "civic_gateway.clients", "civic_chassis.*"),
        "messages stay at the edge",
    ),
    Never("civic_chassis", ("civic.discussion", "civic.tenant"), "the chassis knows no service"),
    Reserved("opentelemetry.sdk", ("civic_chassis.telemetry",), "the SDK is set up in one place"),
    Reserved("opentelemetry.exporter", ("civic_chassis.telemetry",), "the SDK is set up in one place"),
)


def main() -> int:
    config = DATA / "importlinter.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(configuration(), encoding="utf-8")
    linted = run([program("lint-imports"), "--no-logo", "--config", config, "--cache-dir", DATA / "imports"])
    print(linted.stdout, end="")
    complaints = [complaint for member in members() if member.package != "civic" for complaint in check(member)]
    print("\n".join(complaints))
    return 1 if complaints or linted.returncode else 0


def configuration() -> str:
    """import-linter's configuration for the members that are there now."""
    own = [member for member in members() if member.package != "civic"]
    top = [member.package for member in own if member.folder.parent.name != "libs"]
    roomy = [member for member in own if member.is_service or member.package == "civic_participation"]
    contracts: list[dict[str, object]] = [
        {
            "name": "services, gateway and devstack know nothing of each other, and build on the libraries",
            "type": "layers",
            "layers": [" | ".join(top), "civic_participation", "(civic_forms)", "civic_chassis"],
        },
        {
            "name": "rooms import downwards",
            "type": "layers",
            "containers": [member.package for member in roomy],
            "layers": [f"({room})" for room in ROOMS],
        },
        {
            "name": "the chassis' db, nats and grpc meet at declared seams",
            "type": "independence",
            "modules": [f"civic_chassis.{part}" for part in ("db", "nats", "grpc") if has_part("libs/chassis", part)],
            "ignore_imports": list(SEAMS),
            "unmatched_ignore_imports_alerting": "none",
        },
        {
            "name": "the gateway reaches no database, by no detour",
            "type": "forbidden",
            "source_modules": ["civic_gateway"],
            "forbidden_modules": list(DATABASE),
        },
    ]
    lines = ["[tool.importlinter]", f"root_packages = {json.dumps([member.package for member in own])}"]
    lines += ["include_external_packages = true"]
    for contract in contracts:
        lines += ["[[tool.importlinter.contracts]]"]
        # A JSON string, list or boolean is TOML as it stands.
        lines += [f"{key} = {json.dumps(value)}" for key, value in contract.items()]
    return "\n".join(lines) + "\n"


def has_part(folder: str, part: str) -> bool:
    return any((ROOT / folder).glob(f"src/*/{part}/__init__.py"))


def check(member: Member) -> Iterator[str]:
    """Complaints about the imports of one member, each with file and line."""
    for file in sorted((member.source / member.package).rglob("*.py")):
        module = module_name(file, member.source)
        tree = ast.parse(file.read_text("utf-8"), filename=str(file))
        where = file.relative_to(ROOT)
        for line, imported in imports(tree, module, is_package=file.name == "__init__.py"):
            for rule in RULES:
                if breaks(rule, module, imported):
                    yield f"{where}:{line}: imports {imported}: {rule.because}"
        if member.is_service and within(module, f"{member.package}.domain"):
            yield from (f"{where}:{line}: {what} in domain" for line, what in impurities(tree))


def breaks(rule: Only | Never | Reserved, module: str, imported: str) -> bool:
    match rule:
        case Only():
            room = matched(module, rule.room)
            pure = imported.split(".")[0] in STANDARD - IMPURE
            return bool(room) and not pure and not any(within(imported, name) for name in (room, *rule.allowed))
        case Never():
            return bool(matched(module, rule.room)) and any(within(imported, name) for name in rule.refused)
        case Reserved():
            return within(imported, rule.package) and not any(matched(module, room) for room in rule.rooms)


def matched(module: str, room: str) -> str:
    """The package that the pattern stands for in this module's name, empty where it does not match."""
    head = ".".join(module.split(".")[: room.count(".") + 1])
    return head if fnmatchcase(head, room) else ""


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def module_name(file: Path, source: Path) -> str:
    parts = list(file.relative_to(source).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    """Every imported name in full, `from a import b` as a.b; relative imports made absolute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            parents = parts[: len(parts) - node.level + (1 if is_package else 0)] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def impurities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What a rule must not do: wait, or read a clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno, "async code"
        elif isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            yield node.lineno, f"a clock (.{node.attr})"


if __name__ == "__main__":
    sys.exit(main())
