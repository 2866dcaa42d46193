"""What no source may hold: personal data or built strings in logs, and traces of where it was written."""

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from civic.common.v1 import options_pb2
from descriptors import read
from workspace import ROOT, members, tracked

LOG_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
TRACE_METHODS = frozenset({"set_attribute", "set_attributes", "add_event", "record_exception"})
LOGGERS = re.compile(r"(^|_)log(ger|ging)?$", re.IGNORECASE)
SECRET = re.compile(r"passw|secret|token|cookie|authori[sz]ation|e?mail|phone|verifier|credential", re.IGNORECASE)
# Names of things that hold a secret word and no secret.
HARMLESS = frozenset({"page_token", "token_kind", "token_count", "mail_port", "CIVIC_MAIL_PORT"})

MACHINE_PATH = re.compile(r"(?<![\w.])/(home|Users|root|work)/[\w.]")
REGISTRY = re.compile(
    r"https?://[\w.-]*(pypi\.|pythonhosted|npmjs|yarnpkg|registry|artifactory|nexus|mirror|maven\.)", re.IGNORECASE
)
BINARY_SUFFIXES = frozenset({".png", ".ico", ".woff2", ".jar", ".pdf", ".webp"})
LONG_FILE = 300


def sources() -> list[Path]:
    return [file for member in members() if member.package != "civic" for file in sorted(member.source.rglob("*.py"))]


def personal_fields() -> frozenset[str]:
    """Names of fields that a contract marks as sensitive."""
    return frozenset(
        field.name
        for file in read()
        for message in file.message_type
        for field in message.field
        if field.options.Extensions[options_pb2.sensitive]
    )


def told(tree: ast.AST) -> Iterator[tuple[ast.Call, bool]]:
    """Calls that write a log line or into a span; True for log lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if node.func.attr in LOG_METHODS and LOGGERS.search(name):
                yield node, True
            elif node.func.attr in TRACE_METHODS:
                yield node, False


def complaints(source: str, personal: frozenset[str]) -> list[str]:
    """What is wrong with the log lines and span attributes of a source."""
    found = []
    for call, is_log in told(ast.parse(source)):
        message = call.args[1 if is_log and call.func.attr == "log" else 0] if call.args else None  # type: ignore[attr-defined]
        if is_log and not constant(message):
            found.append(f"{call.lineno}: the message is not a constant")
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            for node in ast.walk(argument):
                name = name_of(node)
                if name in personal or (SECRET.search(name) and not is_class(name) and name not in HARMLESS):
                    found.append(f"{call.lineno}: tells {name}")
    return found


def constant(message: ast.expr | None) -> bool:
    """A text, or one of two by a condition."""
    if isinstance(message, ast.IfExp):
        return constant(message.body) and constant(message.orelse)
    return isinstance(message, ast.Constant)


def is_class(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()


def name_of(node: ast.AST) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("log.info('served', extra={'ms': took})", []),
        ("log.info(f'served {took}')", ["1: the message is not a constant"]),
        ("self.logger.warning('a %s' % b)", ["1: the message is not a constant"]),
        ("log.info('got %s', request.text)", ["1: tells text"]),
        ("log.info('got', extra={'t': session['access_token']})", ["1: tells access_token"]),
        ("span.set_attribute('who', author_name)", ["1: tells author_name"]),
        ("log.log(level, 'constant')", []),
        ("log.info('on' if there else 'off')", []),
        ("log.info('on' if there else text)", ["1: the message is not a constant", "1: tells text"]),
        ("log.info('failed', extra={'kind': InvalidToken.__name__})", []),
        ("dialog.info(f'{x}')", []),
    ],
)
def test_the_checker_notices(line: str, expected: list[str]) -> None:
    assert complaints(line, frozenset({"text", "author_name"})) == expected


def test_logs_and_traces_tell_nothing_personal() -> None:
    personal = personal_fields()
    assert {"text", "title", "author_name"} <= personal
    found = [
        f"{file.relative_to(ROOT)}:{complaint}"
        for file in sources()
        for complaint in complaints(file.read_text("utf-8"), personal)
    ]
    assert found == []


def test_the_repository_speaks_of_the_product_alone() -> None:
    """No address of a registry or mirror, no path of the machine it was written on."""
    found = []
    for file in tracked():
        if file.suffix in BINARY_SUFFIXES:
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            if MACHINE_PATH.search(line) or REGISTRY.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    """One line of docstring at the head of every module; an empty package marker needs none."""
    missing = []
    for file in sources():
        tree = ast.parse(file.read_text("utf-8"))
        if tree.body and not ast.get_docstring(tree):
            missing.append(str(file.relative_to(ROOT)))
    assert missing == []


def test_files_stay_readable() -> None:
    """A guide, not a rule: longer files are reported as warnings."""
    for file in sources():
        length = len(file.read_text("utf-8").splitlines())
        if length > LONG_FILE:
            warnings.warn(f"{file.relative_to(ROOT)} has {length} lines; the guide is {LONG_FILE}", stacklevel=1)
