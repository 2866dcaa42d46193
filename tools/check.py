"""Everything that can be said about the sources without running them: `make check`, and the pre-commit hook.

python tools/check.py                  all checks, as many at once as there are processors
python tools/check.py types imports    only these
python tools/check.py --install-hook   let every commit in this working copy pass them first
"""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from workspace import DATA, ROOT, members, program, run


def main() -> int:
    jobs = checks()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="check", help=", ".join(jobs))
    parser.add_argument("--install-hook", action="store_true")
    options = parser.parse_args()
    if options.install_hook:
        return install_hook()
    unknown = set(options.names) - set(jobs)
    if unknown:
        parser.error(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(jobs)}")
    DATA.mkdir(exist_ok=True)
    chosen = {name: command for name, command in jobs.items() if name in (options.names or jobs)}
    return 0 if run_all(chosen) else 1


def checks() -> dict[str, Sequence[str | Path]]:
    """Name → command, the longest first so that it does not start last."""
    here = [sys.executable]
    typed = [str(member.source / member.package) for member in members() if member.package != "civic"]
    folders = [name for name in ("tests", "tools", "bench", "keycloak") if any((ROOT / name).rglob("*.py"))]
    return {
        "types": [program("mypy"), "--cache-dir", DATA / "mypy", "--sqlite-cache", *typed, *folders],
        "imports": [*here, "tools/imports.py"],
        "format": [program("ruff"), "format", "--check", "--cache-dir", DATA / "ruff", "."],
        "lint": [program("ruff"), "check", "--cache-dir", DATA / "ruff", "."],
        "protos": [*here, "tools/protos.py", "--check"],
        "contracts": [program("buf"), "lint"],
        "breaking": [*here, "tools/breaking.py"],
        "documents": [*here, "tools/contracts.py", "--check"],
        "settings": [*here, "tools/settings.py", "--check"],
        "lock": [*here, "tools/lock.py", "--check"],
    }


def run_all(jobs: dict[str, Sequence[str | Path]]) -> bool:
    """Runs the checks at the same time, shows each as it ends, and the output of those that complain."""
    began = time.monotonic()
    failed: list[str] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = {pool.submit(timed, command): name for name, command in jobs.items()}
        for future in as_completed(running):
            seconds, code, output = future.result()
            print(f"{'ok    ' if code == 0 else 'FAILED'} {running[future]:<10} {seconds:5.1f} s", flush=True)
            if code != 0:
                failed.append(running[future])
                print(output.rstrip(), flush=True)
    print(f"{len(jobs) - len(failed)} of {len(jobs)} checks passed in {time.monotonic() - began:.1f} s")
    return not failed


def timed(command: Sequence[str | Path]) -> tuple[float, int, str]:
    began = time.monotonic()
    done = run(command)
    return time.monotonic() - began, done.returncode, done.stdout


def install_hook() -> int:
    """Writes the pre-commit hook; one that is not ours is left alone."""
    asked = run(["git", "rev-parse", "--git-path", "hooks/pre-commit"])
    if asked.returncode != 0:
        print(f"no git repository here: {asked.stdout.strip()}")
        return 1
    hook = ROOT / asked.stdout.strip()
    if hook.exists() and "tools/check.py" not in hook.read_text("utf-8"):
        print(f"{hook} exists and is another program: add a line that runs tools/check.py to it")
        return 1
    hook.parent.mkdir(parents=True, exist_ok=True)
    command = shlex.join([sys.executable, str(ROOT / "tools" / "check.py")])
    hook.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
    hook.chmod(0o755)
    print(f"{hook} runs the checks before every commit")
    return 0


if __name__ == "__main__":
    sys.exit(main())
