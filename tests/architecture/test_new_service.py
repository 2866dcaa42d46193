"""`tools/new_service.py` stamps a service that starts and passes every test at once, in a copy of the repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import workspace
from workspace import ROOT, tracked

NAME, RESOURCE = "archive", "Diary"

# The copy's own devstack starts PostgreSQL, NATS and all services, the new one among them.
START = """
import asyncio, sys
from pathlib import Path
from civic_devstack.settings import StackSettings
from civic_devstack.stack import Stack

async def main():
    settings = StackSettings.isolated(Path(sys.argv[1]), keycloak=False, mail=False, gateway=False)
    async with Stack(settings) as stack:
        print(sorted(item.part.name for item in stack.progress if item.up))

asyncio.run(main())
"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs the copy's Python; tests within tests know nothing of those around them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    sources = os.pathsep.join(map(str, source_folders(folder)))
    return subprocess.run(
        [str(folder / ".civic" / "venv" / "bin" / "python"), *command],
        cwd=folder,
        env=environment | {"MYPYPATH": sources},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def source_folders(folder: Path) -> list[Path]:
    return [folder / "libs" / "protos", *sorted(folder.glob("*/src")), *sorted(folder.glob("*/*/src"))]


def make_environment(folder: Path) -> None:
    """What tools/bootstrap does, without installing: the copy's packages, and the libraries that are here already."""
    made = folder / ".civic" / "venv"
    venv.create(made, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(made), "platbase": str(made)}))
    lines = [*source_folders(folder), sysconfig.get_path("purelib")]
    (site / "copy.pth").write_text("\n".join(map(str, lines)) + "\n")
    for program in Path(sysconfig.get_path("scripts")).iterdir():
        if not (made / "bin" / program.name).exists():
            (made / "bin" / program.name).symlink_to(program)


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed copy of the repository with a new service in it."""
    folder = tmp_path_factory.mktemp("copy")
    for file in tracked():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Begin")
    make_environment(folder)
    done = run(folder, "tools/new_service.py", NAME, RESOURCE, "--plural", "Diaries")
    assert done.returncode == 0, done.stdout
    make_environment(folder)
    git(folder, "add", "-A")
    return folder


def test_it_is_formatted_typed_and_in_order(stamped: Path) -> None:
    checks = ["imports", "protos", "contracts", "breaking", "documents", "lock"]
    done = run(stamped, "tools/check.py", *checks)
    assert done.returncode == 0, done.stdout
    new = [f"services/{NAME}", f"tests/service/{NAME}"]
    for command in (["-m", "ruff", "format", "--check"], ["-m", "ruff", "check"]):
        done = run(stamped, *command, *new)
        assert done.returncode == 0, done.stdout


def test_its_types_are_strict(stamped: Path) -> None:
    # What is installed is typed once for this and the next run.
    cache = ["--cache-dir", str(ROOT / ".civic" / "mypy-copy"), "--sqlite-cache"]
    done = run(stamped, "-m", "mypy", *cache, f"services/{NAME}/src/civic_{NAME}", f"tests/service/{NAME}")
    assert done.returncode == 0, done.stdout


@pytest.mark.timeout(600)
def test_it_passes_its_own_tests_and_the_architectures(stamped: Path) -> None:
    # What is generated, and who imports whom, the checks say already.
    architecture = [f"tests/architecture/test_{name}.py" for name in ("contracts", "errors", "sources")]
    own = [f"tests/service/{NAME}", *architecture, "tests/architecture/test_imports.py::test_every_service_is_covered"]
    done = run(stamped, "-m", "pytest", "-p", "no:cacheprovider", *own)
    assert done.returncode == 0, done.stdout[-8000:]
    done = run(stamped, "-m", "pytest", "-p", "no:cacheprovider", "tests/architecture/test_schema.py", "-k", NAME)
    assert done.returncode == 0, done.stdout[-8000:]


@pytest.mark.timeout(600)
def test_it_starts_with_the_others(stamped: Path, tmp_path: Path) -> None:
    done = run(stamped, "-c", START, str(tmp_path / "data"))
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"'{NAME}'" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["Archive", "Diary"], "must be one word of 3 to 31 of a-z and 0-9"),
        (["archive", "diary"], "must be one capitalised word of 3 to 31 letters"),
        (["discussion", "Diary"], "there is a service discussion already"),
        (["archive", "Topic"], "its error TOPIC_NOT_FOUND would mean two things"),
        (["diary", "Diary"], "service and resource need different names"),
    ],
)
def test_names_that_cannot_work_are_refused(arguments: list[str], complaint: str) -> None:
    done = workspace.run([sys.executable, "tools/new_service.py", *arguments])
    assert done.returncode == 2
    assert complaint in done.stdout
