"""Settings come from CIVIC_ variables, and wrong ones are told without their values."""

from typing import Any

import pytest
from civic_chassis.settings import MigrationSettings, ServiceSettings, problems_of, schema_of
from pydantic import ValidationError

GOOD = {
    "CIVIC_STATE": "hessen",
    "CIVIC_DATABASE_URL": "postgresql://tenant_app:pw@127.0.0.1:5432/tenant",
    "CIVIC_NATS_URL": "nats://127.0.0.1:4222",
    "CIVIC_OIDC_ISSUER": "http://localhost:8081/realms/hessen",
}


def loaded() -> ServiceSettings:
    return ServiceSettings.model_validate({})


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_defaults_are_fit_for_use(environment: Any) -> None:
    settings = loaded()
    assert (settings.state, settings.listen, settings.oidc_audience) == ("hessen", "0.0.0.0:50051", "civic-api")
    assert (settings.traces, settings.trace_sample, settings.otlp_endpoint) == ("off", 0.1, None)
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/")
    environment.setenv("CIVIC_TRACES", "file:///var/traces")
    environment.setenv("CIVIC_FILES_URL", "")
    settings = loaded()
    assert (settings.otlp_endpoint, settings.traces) == ("http://collector:4318", "file:///var/traces")
    assert settings.files_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIVIC_STATE", "Hessen!geheim"),
        ("CIVIC_DATABASE_URL", "mysql://user:geheim@host/db"),
        ("CIVIC_NATS_URL", "http://geheim"),
        ("CIVIC_OIDC_ISSUER", "geheim"),
        ("CIVIC_FILES_URL", "/geheim"),
        ("CIVIC_LISTEN", "geheim"),
        ("CIVIC_LISTEN", "host:70000"),
        ("CIVIC_TRACES", "geheim"),
        ("CIVIC_TRACE_SAMPLE", "7"),
        ("CIVIC_LOG_LEVEL", "geheim"),
        ("CIVIC_DATABASE_POOL_SIZE", "1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "geheim"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(environment: Any, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        loaded()
    (problem,) = problems_of(caught.value)
    assert problem.startswith(f"{name}: ")
    assert "geheim" not in problem + str(caught.value)


def test_all_missing_values_are_named_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        loaded()
    assert [problem.partition(":")[0] for problem in problems_of(caught.value)] == [
        "CIVIC_NATS_URL",
        "CIVIC_STATE",
        "CIVIC_OIDC_ISSUER",
        "CIVIC_DATABASE_URL",
    ]


def test_the_schema_names_variables() -> None:
    schema = schema_of(ServiceSettings, MigrationSettings)
    assert sorted(schema["required"]) == sorted(GOOD)
    assert schema["properties"]["CIVIC_LISTEN"]["default"] == "0.0.0.0:50051"
    assert schema["properties"]["OTEL_EXPORTER_OTLP_ENDPOINT"]["default"] is None
    assert "CIVIC_OWNER_DATABASE_URL" in schema["properties"]
    assert all(rule.get("description") for rule in schema["properties"].values())
