"""What is generated equals what it is generated from, and the contracts stay compatible."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import ROOT, program, run


@pytest.mark.parametrize("tool", ["protos", "contracts", "lock"])
def test_generated_files_are_fresh(tool: str) -> None:
    done = run([sys.executable, f"tools/{tool}.py", "--check"])
    assert (done.returncode, done.stdout.strip()) in [
        (0, ""),
        (0, "the locks satisfy every declared dependency"),
    ], done.stdout


def test_contracts_pass_buf_lint() -> None:
    done = run([program("buf"), "lint"])
    assert (done.returncode, done.stdout) == (0, "")


def test_contracts_break_no_client() -> None:
    done = run([sys.executable, "tools/breaking.py"])
    assert done.returncode == 0, done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A working copy of tools, protos and generated code with one commit."""
    for name in ("tools", "proto", "libs/protos"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "buf.yaml", tmp_path)
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    return tmp_path


def test_a_changed_field_type_breaks_clients(copy: Path) -> None:
    proto = copy / "proto/civic/tenant/v1/tenant_service.proto"
    proto.write_text(proto.read_text().replace("string slug = 1;", "int64 slug = 1;"))
    done = subprocess.run([sys.executable, "tools/breaking.py"], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 100
    assert 'Field "1" with name "slug" on message "GetTenantRequest" changed type' in done.stdout


def test_an_edited_proto_makes_the_generated_code_stale(copy: Path) -> None:
    proto = copy / "proto/civic/tenant/v1/tenant_events.proto"
    proto.write_text(
        proto.read_text().replace("TenantKind kind = 5;", "TenantKind kind = 5;\n  // More.\n  string more = 6;")
    )
    done = subprocess.run(
        [sys.executable, "tools/protos.py", "--check"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "libs/protos/civic/tenant/v1/tenant_events_pb2.py differs; run `make protos`",
        "libs/protos/civic/tenant/v1/tenant_events_pb2.pyi differs; run `make protos`",
    ]
    assert done.returncode == 1
