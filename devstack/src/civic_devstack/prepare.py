"""Runs several commands of one service in one process, which imports the service only once."""

from __future__ import annotations

import runpy
import sys

SEPARATOR = "--then"


def main() -> int:
    """`PACKAGE COMMAND … [--then COMMAND …]…`; ends with the first command that fails."""
    package, *words = sys.argv[1:]
    while words:
        end = words.index(SEPARATOR) if SEPARATOR in words else len(words)
        sys.argv = [package, *words[:end]]
        words = words[end + 1 :]
        try:
            runpy.run_module(package, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            if ended.code not in (None, 0):
                print(f"failed: {' '.join(sys.argv)}", file=sys.stderr)
                return ended.code if isinstance(ended.code, int) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
