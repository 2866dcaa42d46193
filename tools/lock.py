"""Locks what the workspace depends on, for all platforms, with hashes and without index addresses.

python tools/lock.py             compile, then install into this environment
python tools/lock.py --upgrade   the same, with the newest versions that the ranges allow
python tools/lock.py --check     offline: say what the lock does not satisfy
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from node_lock import check_node, lock_node
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from workspace import ROOT, members, program, run

LOCK = ROOT / "requirements.lock"
NODE_LOCK = ROOT / "package-lock.json"
PYTHON = "3.11"
ADDRESS = re.compile(r"https?://|^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b", re.MULTILINE)
PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<rest>[^\n]*(?:\n[ ]+[^\n]+)*)",
    re.MULTILINE,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--upgrade", action="store_true")
    parser.add_argument("--no-install", action="store_true")
    options = parser.parse_args()
    if options.check:
        complaints = [*check_python(LOCK.read_text("utf-8"), declared()), *check_node(NODE_LOCK)]
        print("\n".join(complaints) or "the locks satisfy every declared dependency")
        return 1 if complaints else 0
    code = compile_lock(upgrade=options.upgrade, install=not options.no_install)
    return code or lock_node(NODE_LOCK.parent, upgrade=options.upgrade)


def declared() -> dict[str, list[str]]:
    """What each pyproject.toml asks for from outside the workspace: file → requirements."""
    own = {canonicalize_name(member.name) for member in members()}
    asked = {str((member.folder / "pyproject.toml").relative_to(ROOT)): member.dependencies() for member in members()}
    root = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked["pyproject.toml"] = [*root["project"].get("dependencies", []), *root["dependency-groups"]["dev"]]
    return {
        file: [line for line in lines if canonicalize_name(Requirement(line).name) not in own]
        for file, lines in asked.items()
    }


def compile_lock(*, upgrade: bool, install: bool) -> int:
    wanted = sorted({line for lines in declared().values() for line in lines})
    command: list[str | Path] = [
        program("uv"),
        "pip",
        "compile",
        "-",
        "--output-file",
        LOCK,
        "--quiet",
        "--universal",
    ]
    command += ["--generate-hashes", "--python-version", PYTHON, "--no-header", "--no-annotate"]
    command += ["--no-emit-index-url", "--no-emit-find-links", *(["--upgrade"] if upgrade else [])]
    done = run(command, stdin="\n".join(wanted) + "\n")
    if done.returncode == 0 and install:
        done = run(
            [
                program("uv"),
                "pip",
                "install",
                "--quiet",
                "--python",
                sys.executable,
                "--require-hashes",
                "-r",
                LOCK,
            ]
        )
    print(done.stdout, end="")
    return done.returncode


def check_python(lock: str, asked: Mapping[str, list[str]]) -> Iterator[str]:
    """Complaints about requirements.lock: an address, a missing hash, a requirement that no pin satisfies."""
    for match in ADDRESS.finditer(lock):
        line = lock.count("\n", 0, match.start()) + 1
        yield f"requirements.lock:{line}: names an address; a lock must work with any mirror"
    pins: dict[str, list[Version]] = {}
    for match in PINNED.finditer(lock):
        pins.setdefault(canonicalize_name(match["name"]), []).append(Version(match["version"]))
        if "--hash=sha256:" not in match["rest"]:
            yield f"requirements.lock: {match['name']}=={match['version']} carries no hash"
    for file, lines in asked.items():
        for requirement in map(Requirement, lines):
            versions = pins.get(canonicalize_name(requirement.name), [])
            if not any(requirement.specifier.contains(version, prereleases=True) for version in versions):
                yield f"{file}: {requirement} is not in requirements.lock; run `python tools/lock.py`"


if __name__ == "__main__":
    sys.exit(main())
