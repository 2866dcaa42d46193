"""Who imports whom: the contracts hold, and the checker notices each kind of breach."""

import ast
import sys
from pathlib import Path

import imports
import pytest
from workspace import Member, run, services


def test_import_contracts_hold() -> None:
    done = run([sys.executable, "tools/imports.py"])
    assert done.returncode == 0, done.stdout


def test_every_service_is_covered() -> None:
    """No service is left out of the contracts, whatever it is called."""
    configuration = imports.configuration()
    assert services()
    for service in services():
        assert f'"{service.package}"' in configuration


@pytest.mark.parametrize(
    ("module", "imported", "refused"),
    [
        ("civic_survey.domain.answer", "civic_chassis.kernel.errors.DomainError", False),
        ("civic_survey.domain.answer", "civic_survey.domain.question.Question", False),
        ("civic_survey.domain.answer", "datetime.datetime", False),
        ("civic_survey.domain.answer", "civic_chassis.db.Database", True),
        ("civic_survey.domain.answer", "sqlalchemy.text", True),
        ("civic_survey.domain.answer", "asyncio.sleep", True),
        ("civic_survey.domain.answer", "logging.getLogger", True),
        ("civic_survey.application.answers", "civic_chassis.db.Database", False),
        ("civic_survey.application.answers", "sqlalchemy.select", True),
        ("civic_survey.application.answers", "civic.survey.v1.survey_pb2", True),
        ("civic_survey.application.answers", "google.protobuf.message.Message", True),
        ("civic_survey.application.answers", "grpc.aio", True),
        ("civic_survey.store.tables", "civic.survey.v1.survey_pb2", True),
        ("civic_survey.api.wire", "civic.survey.v1.survey_pb2", False),
        ("civic_survey.main", "civic.survey.v1.survey_pb2", True),
        ("civic_gateway.features.survey.api", "civic.survey.v1.survey_pb2", False),
        ("civic_gateway.cache", "civic.survey.v1.survey_pb2", True),
        ("civic_gateway.features.survey.api", "sqlalchemy.select", True),
        ("civic_gateway.main", "civic_chassis.db.Database", True),
        ("civic_gateway.main", "opentelemetry.trace", False),
        ("civic_gateway.main", "opentelemetry.sdk.trace.TracerProvider", True),
        ("civic_chassis.telemetry", "opentelemetry.sdk.trace.TracerProvider", False),
        ("civic_chassis.kernel.ids", "uuid.UUID", False),
        ("civic_chassis.kernel.ids", "civic_chassis.db.Database", True),
        ("civic_chassis.kernel.ids", "pydantic.BaseModel", True),
    ],
)
def test_reserved_packages(module: str, imported: str, refused: bool) -> None:
    assert any(imports.breaks(rule, module, imported) for rule in imports.RULES) is refused


def test_the_checker_reads_every_form_of_import() -> None:
    source = "import a.b\nfrom c import d as e\nfrom . import f\nfrom ..g import h\ndef i():\n    import j\n"
    found = list(imports.imports(ast.parse(source), "top.room.module", is_package=False))
    assert found == [(1, "a.b"), (2, "c.d"), (3, "top.room.f"), (4, "top.g.h"), (6, "j")]
    assert list(imports.imports(ast.parse("from . import f"), "top.room", is_package=True)) == [(1, "top.room.f")]


def test_a_rule_that_waits_or_reads_a_clock_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "services" / "survey"
    domain = folder / "src" / "civic_survey" / "domain"
    domain.mkdir(parents=True)
    (domain / "answer.py").write_text("import datetime\nasync def f():\n    return datetime.datetime.now()\n")
    monkeypatch.setattr(imports, "ROOT", tmp_path)
    assert list(imports.check(Member(folder, {"name": "civic-survey"}))) == [
        "services/survey/src/civic_survey/domain/answer.py:2: async code in domain",
        "services/survey/src/civic_survey/domain/answer.py:3: a clock (.now) in domain",
    ]
