"""tools/bootstrap: what it says when something is missing, and that it does nothing when nothing has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the script runs beside Python; nothing else may be needed.
PROGRAMS = ("awk", "cat", "cksum", "df", "dirname", "grep", "kill", "mkdir", "pwd", "rm", "sed", "sh", "sleep", "tail")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A working copy whose path has a space and an umlaut."""
    folder = tmp_path / "Bürger beteiligung"
    (folder / "tools").mkdir(parents=True)
    (folder / "member").mkdir()
    shutil.copy(ROOT / "tools" / "bootstrap", folder / "tools")
    for name in ("requirements.lock", "pyproject.toml", "member/pyproject.toml"):
        (folder / name).write_text(f"# {name}\n")
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH without any Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PROGRAMS:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


def bootstrap(workspace: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(workspace / "tools" / "bootstrap")],
        env={"PATH": str(programs), "HOME": str(workspace), **environment},
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )


def complaint(done: subprocess.CompletedProcess[str]) -> list[str]:
    first, *lines = done.stderr.splitlines()
    assert first == "Preparing the Python environment in .civic/venv …"
    assert done.stdout == ""  # which belongs to the command that was asked for
    return lines


def fake_python(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


OLD = """case "$2" in *version_info\\ \\<*) exit 1;; *print*) echo 3.9;; esac"""


def test_without_python(workspace: Path, programs: Path) -> None:
    done = bootstrap(workspace, programs)
    assert done.returncode == 1
    assert complaint(done) == [
        "Python 3.11 or newer is needed; there is no Python here.",
        "Install one, and name it if it is not in PATH: CIVIC_PYTHON=/path/to/python3 make up",
    ]


def test_with_an_old_python(workspace: Path, programs: Path) -> None:
    fake_python(programs, "python3", OLD)
    done = bootstrap(workspace, programs)
    assert done.returncode == 1
    assert complaint(done)[0] == "Python 3.11 or newer is needed; python3 is 3.9;"


def test_with_an_old_python_that_was_asked_for(workspace: Path, programs: Path) -> None:
    fake_python(programs, "python3.9", OLD)
    done = bootstrap(workspace, programs, CIVIC_PYTHON="python3.9")
    assert done.returncode == 1
    assert complaint(done)[0] == "CIVIC_PYTHON=python3.9 is Python 3.9; Python 3.11 or newer is needed."


def test_without_venv(workspace: Path, programs: Path) -> None:
    script = 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.12;; esac'
    fake_python(programs, "python3", script)
    done = bootstrap(workspace, programs)
    assert done.returncode == 1
    assert complaint(done) == [
        f"{programs}/python3 cannot make virtual environments: its modules venv and ensurepip are missing.",
        "On Debian and Ubuntu: apt install python3.12-venv",
    ]


def test_without_room(workspace: Path, programs: Path) -> None:
    (programs / "df").unlink()
    fake_python(programs, "df", "echo 'Filesystem 1024-blocks Used Available'; echo '/dev/x 1000 900 102400 90% /'")
    (programs / "python3").symlink_to(sys.executable)
    done = bootstrap(workspace, programs)
    assert done.returncode == 1
    assert complaint(done) == [f"Only 100 MB are free in {workspace}; installing needs 1500 MB."]


def test_without_network(workspace: Path, programs: Path) -> None:
    (programs / "python3").symlink_to(sys.executable)
    (workspace / "requirements.lock").write_text(f"uv==0.0.1 \\\n    --hash=sha256:{'0' * 64}\n")
    # A port that nobody listens on.
    done = bootstrap(workspace, programs, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0", PIP_FIND_LINKS="")
    assert done.returncode == 1
    assert complaint(done)[-2:] == [
        "Packages cannot be fetched: is there a network? A mirror or a proxy is set as for pip:",
        "  PIP_INDEX_URL=https://… make up      or     pip config set global.index-url https://…",
    ]
    assert not (workspace / ".civic" / "venv" / "civic-stamp").exists()
    assert not (workspace / ".civic" / "bootstrap.lock").exists()


def test_an_unchanged_environment_is_left_alone(workspace: Path, programs: Path) -> None:
    venv = workspace / ".civic" / "venv"
    (venv / "bin").mkdir(parents=True)
    fake_python(venv / "bin", "python", "echo started >&2; exit 1")
    script = (workspace / "tools" / "bootstrap").read_text()
    fingerprint = script[script.index("fingerprint() {") : script.index("up_to_date() {")]
    stamp = subprocess.run(
        ["/bin/sh", "-c", f"{fingerprint}\nfingerprint"], cwd=workspace, capture_output=True, text=True, check=True
    )
    (venv / "civic-stamp").write_text(stamp.stdout)
    done = bootstrap(workspace, programs)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    (workspace / "member" / "pyproject.toml").write_text("# changed\n")
    assert bootstrap(workspace, programs).returncode == 1


def test_the_script_is_plain_posix_shell() -> None:
    dash = shutil.which("dash")
    if dash is None:
        pytest.skip("no dash here")
    subprocess.run([dash, "-n", str(ROOT / "tools" / "bootstrap")], check=True, env=dict(os.environ))
