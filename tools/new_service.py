"""Stamps a service with one resource: contract, rooms, migration, tests, words for its errors.

    python tools/new_service.py garden Plant
    python tools/new_service.py archive Diary --plural Diaries

What it writes starts with `make up` and passes every test at once; then it is yours.
"""

import argparse
import keyword
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from descriptors import areas
from workspace import ROOT, program, run

TEMPLATE = Path(__file__).resolve().parent / "service_template"
LOCALES = ROOT / "gateway" / "src" / "civic_gateway" / "web" / "locales"
# Reasons of services stand before this line of errors.yaml.
REASONS_END = "  # Raised by the gateway itself.\n"
WORDS = {
    "de": ("Das gibt es hier nicht", "Unter dieser Adresse gibt es nichts."),
    "en": ("This does not exist here", "There is nothing under this address."),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="name of the service: one lower-case word, e.g. garden")
    parser.add_argument("resource", help="what it keeps: one capitalised English word, e.g. Plant")
    parser.add_argument("--plural", help="plural of the resource, where adding -s, -es or -ies is wrong")
    options = parser.parse_args()
    name, resource = options.name, options.resource
    plural = options.plural or plural_of(resource)
    complaint = refusal(name, resource, plural)
    if complaint:
        parser.error(complaint)
    written = stamp(replacements(name, resource, plural))
    for language, words in WORDS.items():
        add_reason(LOCALES / language / "errors.yaml", f"{resource.upper()}_NOT_FOUND", words)
    if not finish(written):
        return 1
    print(f"{len(written)} files written. Next: make test SERVICE={name}, make up, and say in the protos,")
    print(f"services/{name}/README.md and docs/glossary.md what it is in the words of the office.")
    return 0


def refusal(name: str, resource: str, plural: str) -> str:
    """Why the service cannot be stamped; empty where it can."""
    if not re.fullmatch(r"[a-z][a-z0-9]{2,30}", name) or keyword.iskeyword(name):
        return f"{name!r} must be one word of 3 to 31 of a-z and 0-9"
    if not re.fullmatch(r"[A-Z][a-z]{2,30}", resource) or keyword.iskeyword(resource.lower()):
        return f"{resource!r} must be one capitalised word of 3 to 31 letters"
    if not re.fullmatch(r"[A-Z][a-z]{2,32}", plural) or plural == resource:
        return f"{plural!r} must be the plural of {resource}, capitalised"
    if (ROOT / "services" / name).exists() or (ROOT / "proto" / "civic" / name).exists():
        return f"there is a service {name} already"
    if resource.lower() == name or plural.lower() == name:
        return "service and resource need different names"
    if any(reason == f"{resource.upper()}_NOT_FOUND" for area in areas() for reason, _ in area.reasons):
        return f"another service keeps a {resource}: its error {resource.upper()}_NOT_FOUND would mean two things"
    return ""


def plural_of(noun: str) -> str:
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def replacements(name: str, resource: str, plural: str) -> Mapping[str, str]:
    """The template's words → ours, the plural before the singular that it begins with."""
    pairs = {"specimens": plural.lower(), "specimen": resource.lower(), "sample": name}
    found: dict[str, str] = {}
    for old, new in pairs.items():
        for form in (str.lower, str.capitalize, str.upper):
            if new[0].lower() in "aeiou" and form is not str.upper:
                found |= {f" a {form(old)}": f" an {form(new)}", f"A {form(old)}": f"An {form(new)}"}
            found[form(old)] = form(new)
    return found


def stamp(words: Mapping[str, str]) -> list[Path]:
    """Copies the template with our words in names and contents."""
    written = []
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        target = ROOT / replaced(str(source.relative_to(TEMPLATE)), words)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(replaced(source.read_text("utf-8"), words), encoding="utf-8")
        written.append(target)
    return written


def replaced(text: str, words: Mapping[str, str]) -> str:
    """In one pass, so that what is put in is not replaced again."""
    return re.sub("|".join(map(re.escape, words)), lambda match: words[match[0]], text)


def add_reason(file: Path, reason: str, words: tuple[str, str]) -> None:
    text = file.read_text("utf-8")
    title, detail = words
    entry = f"  {reason}:\n    title: {title}\n    detail: {detail}\n"
    if REASONS_END not in text:
        raise SystemExit(f"{file.relative_to(ROOT)} lacks the line {REASONS_END.strip()!r}; add {reason} by hand")
    file.write_text(text.replace(REASONS_END, entry + REASONS_END), encoding="utf-8")


def finish(written: list[Path]) -> bool:
    """Generates what follows from the contract, and lays the new lines out as everywhere."""
    sources = [path for path in written if path.suffix == ".py"]
    commands: list[list[str | Path]] = [
        [sys.executable, "tools/protos.py"],
        [sys.executable, "tools/contracts.py"],
        [program("ruff"), "check", "--quiet", "--select", "I", "--fix", *sources],
        [program("ruff"), "format", "--quiet", *sources],
    ]
    for command in commands:
        done = run(command)
        if done.returncode:
            print(done.stdout)
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
