"""package-lock.json: written by npm, freed of every address, held against package.json."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workspace import run

# Where packages say whom to pay and why not to use them. npm copies both into the lock and installs without them.
_METADATA = ("funding", "deprecated")
_ADDRESS = re.compile(r"\b[a-z+]+://", re.IGNORECASE)
_OF_REGISTRY = re.compile(r"https?://.+/-/.+\.tgz")
_RELOCK = "run `make lock`"


def lock_node(folder: Path, *, upgrade: bool) -> int:
    """Lets npm bring the lock to what package.json asks for, then takes the addresses out."""
    from civic_devstack.assets import find_node

    node = find_node()
    verb = "update" if upgrade else "install"
    done = run([node.program, node.npm, verb, "--package-lock-only", "--no-audit", "--no-fund"], folder=folder)
    if done.returncode != 0:
        print(done.stdout, end="")
        return done.returncode
    lock = folder / "package-lock.json"
    read = json.loads(lock.read_text("utf-8"))
    lock.write_text(json.dumps(without_addresses(read), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    """The lock without the registry's host and without metadata that `npm ci` does not ask for.

    A package from elsewhere keeps its address, for without it nothing could be installed; the check refuses it.
    """
    return lock | {"packages": {path: _bare(package) for path, package in lock["packages"].items()}}


def _bare(package: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in package.items()
        if key not in _METADATA and not (key == "resolved" and _OF_REGISTRY.fullmatch(str(value)))
    }


def check_node(lock: Path) -> Iterator[str]:
    """Complaints about package-lock.json: an address, a missing hash, a dependency that it lacks."""
    manifest = lock.with_name("package.json")
    if not manifest.exists():
        return
    if not lock.exists():
        yield f"package-lock.json is missing; {_RELOCK}"
        return
    text = lock.read_text("utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if _ADDRESS.search(line):
            yield f"package-lock.json:{number}: names an address; a lock must work with any mirror; {_RELOCK}"
    packages = json.loads(text)["packages"]
    wanted = json.loads(manifest.read_text("utf-8"))
    for group in ("dependencies", "devDependencies", "optionalDependencies"):
        if packages[""].get(group, {}) != wanted.get(group, {}):
            yield f"package-lock.json: {group} differ from package.json; {_RELOCK}"
    for path, package in packages.items():
        if path and not package.get("link") and "integrity" not in package:
            yield f"package-lock.json: {path} carries no hash"
