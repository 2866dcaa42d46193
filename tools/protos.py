"""Generates libs/protos from proto/: messages, stubs and their types.

python tools/protos.py           write
python tools/protos.py --check   say which files differ from what the protos give
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

import grpc_tools
from workspace import GENERATED, PROTO, ROOT, program, run

SERVICE = re.compile(r"^service \w+ \{", re.MULTILINE)
WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check: bool = parser.parse_args().check
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        complaint = generate(fresh)
        if complaint:
            print(complaint)
            return 1
        different = differences(fresh)
        if not check:
            write(fresh, different)
    for name in different:
        print(f"{GENERATED.relative_to(ROOT)}/{name} {'differs; run `make protos`' if check else 'written'}")
    return 1 if check and different else 0


def generate(target: Path) -> str:
    """Fills target from the protos; answers what the compiler complained about."""
    files = sorted(PROTO.rglob("*.proto"))
    with_service = [file for file in files if SERVICE.search(file.read_text("utf-8"))]
    compiler = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--proto_path={PROTO}",
        f"--proto_path={WELL_KNOWN}",
    ]
    compiler += [f"--plugin=protoc-gen-{name}={program(f'protoc-gen-{name}')}" for name in ("mypy", "mypy_grpc")]
    messages = run([*compiler, f"--python_out={target}", f"--mypy_out={target}", *files])
    stubs = run([*compiler, f"--grpc_python_out={target}", f"--mypy_grpc_out={target}", *with_service])
    (target / "civic" / "py.typed").touch()
    return messages.stdout if messages.returncode else stubs.stdout if stubs.returncode else ""


def differences(fresh: Path) -> list[str]:
    """Names of files that exist on one side only or hold other bytes."""
    wanted = {str(path.relative_to(fresh)) for path in fresh.rglob("*") if path.is_file()}
    present = {
        str(path.relative_to(GENERATED))
        for path in (GENERATED / "civic").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(
        name
        for name in wanted | present
        if name not in wanted or name not in present or (fresh / name).read_bytes() != (GENERATED / name).read_bytes()
    )


def write(fresh: Path, names: list[str]) -> None:
    for name in names:
        target = GENERATED / name
        if (fresh / name).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fresh / name, target)
        else:
            target.unlink()


if __name__ == "__main__":
    sys.exit(main())
