"""Says which change to proto/ would break a client: buf's WIRE_JSON rules against the earlier contracts.

Earlier means: the branch point from main; on main itself the commit before, or HEAD while proto/ is edited.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO

from workspace import ROOT, program, run


def main() -> int:
    base = baseline()
    if base is None:
        print("no earlier commit holds contracts: nothing can break")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", "--format=tar", base, "proto"], cwd=ROOT, capture_output=True, check=True
        )
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        shutil.copy(ROOT / "buf.yaml", folder)
        done = run([program("buf"), "breaking", "--against", folder])
    print(done.stdout or f"nothing breaks against {base}", end="\n" if not done.stdout else "")
    return done.returncode


def baseline() -> str | None:
    """The commit to compare with, None where there is no history that holds protos."""
    edited = bool(git("status", "--porcelain", "--", "proto"))
    for name in ("origin/main", "main"):
        branched = git("merge-base", "HEAD", name)
        if branched and branched != git("rev-parse", "HEAD"):
            candidate = branched
            break
    else:
        candidate = git("rev-parse", "--verify", "--quiet", "HEAD" if edited else "HEAD^")
    return candidate if candidate and git("ls-tree", candidate, "--", "proto") else None


def git(*arguments: str) -> str:
    """The answer of git; empty where it fails, as it does without a repository or an earlier commit."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
