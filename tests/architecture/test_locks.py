"""The locks name no address and carry a hash for everything, whatever npm writes into them."""

import json
from pathlib import Path
from typing import Any

import pytest
from lock import check_python
from node_lock import check_node, without_addresses

DEPENDENCIES = {"axe-core": "^4"}
PACKAGE: dict[str, Any] = {"version": "4.10.2", "integrity": "sha512-AAAA"}
FUNDING = {"funding": {"type": "individual", "url": "https://example.org/sponsors/axe"}}
FROM_REGISTRY = {"resolved": "https://packages.example.org/npm/axe-core/-/axe-core-4.10.2.tgz"}
FROM_ELSEWHERE = {"resolved": "git+ssh://git@example.org/axe-core.git#0123456"}


def lock_of(package: dict[str, Any]) -> dict[str, Any]:
    return {"packages": {"": {"dependencies": DEPENDENCIES}, "node_modules/axe-core": package}}


def complaints(folder: Path, package: dict[str, Any], *, dependencies: dict[str, str] = DEPENDENCIES) -> list[str]:
    (folder / "package.json").write_text(json.dumps({"dependencies": dependencies}))
    lock = folder / "package-lock.json"
    lock.write_text(json.dumps(lock_of(package), indent=2))
    return list(check_node(lock))


def test_a_bare_lock_is_accepted(tmp_path: Path) -> None:
    assert complaints(tmp_path, PACKAGE) == []


@pytest.mark.parametrize(
    ("more", "line"), [(FUNDING, 13), (FROM_REGISTRY, 11), (FROM_ELSEWHERE, 11)], ids=["funding", "registry", "git"]
)
def test_an_address_is_refused(tmp_path: Path, more: dict[str, Any], line: int) -> None:
    assert complaints(tmp_path, PACKAGE | more) == [
        f"package-lock.json:{line}: names an address; a lock must work with any mirror; run `make lock`"
    ]


def test_a_missing_hash_and_another_range_are_refused(tmp_path: Path) -> None:
    assert complaints(tmp_path, {"version": "4.10.2"}, dependencies={"axe-core": "^5"}) == [
        "package-lock.json: dependencies differ from package.json; run `make lock`",
        "package-lock.json: node_modules/axe-core carries no hash",
    ]


def test_locking_takes_out_the_registry_and_the_sponsors_and_nothing_else() -> None:
    assert without_addresses(lock_of(PACKAGE | FUNDING | FROM_REGISTRY)) == lock_of(PACKAGE)
    assert without_addresses(lock_of(PACKAGE | FROM_ELSEWHERE)) == lock_of(PACKAGE | FROM_ELSEWHERE)


def test_a_python_lock_with_an_index_or_without_a_hash_is_refused() -> None:
    lock = "--index-url https://packages.example.org/simple\nnh3==0.3.2\n"
    assert list(check_python(lock, {"gateway/pyproject.toml": ["nh3>=0.3", "orjson>=3"]})) == [
        "requirements.lock:1: names an address; a lock must work with any mirror",
        "requirements.lock:1: names an address; a lock must work with any mirror",
        "requirements.lock: nh3==0.3.2 carries no hash",
        "gateway/pyproject.toml: orjson>=3 is not in requirements.lock; run `python tools/lock.py`",
    ]
