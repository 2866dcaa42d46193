"""Every refusal that the sources raise is part of a contract and has words in every language."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from civic_chassis.kernel.errors import ViolationReason
from descriptors import areas
from workspace import ROOT, members

LANGUAGES = ("de", "en")


@cache
def words(language: str) -> dict[str, dict[str, Any]]:
    file = ROOT / "gateway/src/civic_gateway/web/locales" / language / "errors.yaml"
    found: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text("utf-8"))
    return found


def calls(*, gateway: bool) -> Iterator[tuple[str, ast.Call]]:
    for member in members():
        if member.package == "civic" or (member.package == "civic_gateway") is not gateway:
            continue
        for file in sorted((member.source / member.package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def text(node: ast.expr | None) -> str | None:
    """The text that an argument is, where it is one; `ViolationReason.EMPTY` counts as its name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ViolationReason":
        return node.attr
    return None


def name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def argument(node: ast.Call, place: int, keyword: str) -> str | None:
    """A text among the arguments, by place or by name."""
    given = next((each.value for each in node.keywords if each.arg == keyword), None)
    return text(given if given is not None else node.args[place] if len(node.args) > place else None)


def raised(*, gateway: bool) -> dict[str, str]:
    """Reason → where a DomainError with it is made."""
    found: dict[str, str] = {}
    for where, node in calls(gateway=gateway):
        if name(node) == "DomainError" and (reason := argument(node, 1, "reason")):
            found.setdefault(reason, where)
    return found


def violations() -> dict[str, str]:
    """Reason → where a field is refused with it."""
    found: dict[str, str] = {}
    for gateway in (False, True):
        for where, node in calls(gateway=gateway):
            if name(node) == "Violation" and (reason := argument(node, 1, "reason")):
                found.setdefault(reason, where)
            # Violations.add(field, reason, message); other things are added too, but not in capitals.
            if name(node) == "add" and len(node.args) >= 3 and (reason := argument(node, 1, "reason") or "").isupper():
                found.setdefault(reason or "", where)
    return found


def test_services_raise_what_a_contract_names() -> None:
    known = {reason for area in areas() for reason, _ in area.reasons}
    assert {"TOPIC_ENDED", "INVALID_ARGUMENT"} <= known
    assert {reason: where for reason, where in raised(gateway=False).items() if reason not in known} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_the_gateway_has_words(language: str) -> None:
    known = words(language)["reason"]
    assert {reason: where for reason, where in raised(gateway=True).items() if reason not in known} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_violation_has_words(language: str) -> None:
    known = words(language)["violation"]
    found = violations() | {reason.value: "civic_chassis.kernel.errors" for reason in ViolationReason}
    assert {reason: where for reason, where in found.items() if reason not in known} == {}


def test_both_languages_hold_the_same_texts() -> None:
    """No text of the interface exists in one language alone, in any file."""
    folder = ROOT / "gateway/src/civic_gateway/web/locales"
    keys = {
        language: {key for file in (folder / language).glob("*.yaml") for key in paths(file)} for language in LANGUAGES
    }
    assert keys["de"] ^ keys["en"] == set()


def paths(file: Path) -> Iterator[str]:
    def walk(value: object, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, below in value.items():
                yield from walk(below, f"{path}.{key}")
        else:
            yield path

    yield from walk(yaml.safe_load(file.read_text("utf-8")), file.stem)
