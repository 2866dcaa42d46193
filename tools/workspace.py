"""Where things lie in the repository, and how the tools run programs."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".civic"
PROTO = ROOT / "proto"
GENERATED = ROOT / "libs" / "protos"


@dataclass(frozen=True, slots=True)
class Member:
    """One distribution of the workspace."""

    folder: Path
    project: Mapping[str, object]

    @property
    def name(self) -> str:
        return str(self.project["name"])

    @property
    def package(self) -> str:
        """The import name: civic_discussion for civic-discussion, civic for the generated code."""
        return "civic" if self.name == "civic-protos" else self.name.replace("-", "_")

    @property
    def source(self) -> Path:
        """The folder that stands on the import path."""
        return self.folder if self.name == "civic-protos" else self.folder / "src"

    @property
    def is_service(self) -> bool:
        return self.folder.parent.name == "services"

    def dependencies(self) -> list[str]:
        listed = self.project.get("dependencies", [])
        return [str(line) for line in listed] if isinstance(listed, list) else []


def members() -> list[Member]:
    """Every distribution, found by its pyproject.toml, so that a new one is covered at once."""
    found = [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("*/*/pyproject.toml")]
    return [Member(path.parent, tomllib.loads(path.read_text("utf-8"))["project"]) for path in sorted(found)]


def services() -> list[Member]:
    return [member for member in members() if member.is_service]


def environment() -> dict[str, str]:
    """The process environment with this working copy's packages and the environment's programs in front."""
    sources = os.pathsep.join(str(member.source) for member in members())
    programs = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": programs + os.pathsep + os.environ.get("PATH", ""),
        "PYTHONPATH": sources,
        "MYPYPATH": os.pathsep.join([sources, str(ROOT / "tools")]),
    }


def program(name: str) -> str:
    """The path of a program that the environment installed."""
    return str(Path(sys.executable).parent / name)


def run(
    command: Sequence[str | Path], *, folder: Path = ROOT, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end; the caller reads code and output (both streams in stdout)."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment(),
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def tracked(*patterns: str) -> Iterator[Path]:
    """Files that git knows or would take up."""
    listed = run(["git", "ls-files", "-co", "--exclude-standard", "-z", "--", *patterns])
    if listed.returncode != 0:
        raise RuntimeError(f"git ls-files failed: {listed.stdout.strip()}")
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            yield ROOT / name
