"""What every contract owes: access, tests, translations, documentation, and events without personal data."""

import re
from functools import cache

import pytest
import yaml
from descriptors import Area, Event, Method, areas
from workspace import ROOT

LANGUAGES = ("de", "en")

# What a field of an event may be called. Opaque ids, versions, times, states, and what offices publish;
# never a name, an address or a text that a citizen wrote.
EVENT_FIELDS = re.compile(
    r"slug|version|phase|state|kind|title|teaser|display_name|author_subject|(\w+_)?(id|time|count)"
)


@cache
def contracts() -> list[Area]:
    return areas()


def methods() -> list[Method]:
    return [method for area in contracts() for method in area.methods]


def events() -> list[Event]:
    return [event for area in contracts() for event in area.events]


@cache
def behaviour_tests() -> str:
    """All tests but the architecture's, which name everything."""
    files = [path for path in (ROOT / "tests").rglob("*.py") if "architecture" not in path.parts]
    return "\n".join(path.read_text("utf-8") for path in files)


@cache
def reason_texts(language: str) -> dict[str, dict[str, object]]:
    """The texts of all reasons: the gateway's own file, and one file per service beside it."""
    locales = ROOT / "gateway/src/civic_gateway/web/locales" / language
    found: dict[str, dict[str, object]] = yaml.safe_load((locales / "errors.yaml").read_text("utf-8"))["reason"]
    return found


@pytest.mark.parametrize("method", methods(), ids=lambda method: f"{method.service}.{method.name}")
class TestMethod:
    def test_says_who_may_call_it(self, method: Method) -> None:
        assert method.level in {"PUBLIC", "PARTICIPANT", "STAFF", "PLATFORM"}
        assert bool(method.roles) == (method.level in {"STAFF", "PLATFORM"})
        known = {"STAFF": {"admin", "editor", "moderator"}, "PLATFORM": {"state-admin", "competence-centre"}}
        assert set(method.roles) <= known.get(method.level, set())

    def test_is_named_in_a_test(self, method: Method) -> None:
        assert re.search(rf"\b{method.name}\b", behaviour_tests()), f"no test names {method.name}"


@pytest.mark.parametrize("event", events(), ids=lambda event: event.name)
def test_an_event_holds_nothing_personal(event: Event) -> None:
    assert [field.name for field in event.fields if field.sensitive] == []
    assert [field.name for field in event.fields if not EVENT_FIELDS.fullmatch(field.name)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("area", contracts(), ids=lambda area: area.name)
def test_every_reason_has_words(area: Area, language: str) -> None:
    texts = reason_texts(language)
    assert [reason for reason, _ in area.reasons if set(texts.get(reason, ())) < {"title", "detail"}] == []


def test_a_reason_means_one_thing() -> None:
    """The gateway words an error by its reason alone, so two services must not share one."""
    reasons = [reason for area in contracts() for reason, _ in area.reasons]
    assert sorted(reasons) == sorted(set(reasons))


def test_every_reason_is_documented() -> None:
    document = (ROOT / "docs/contracts.md").read_text("utf-8")
    assert [
        reason
        for area in contracts()
        for reason, meaning in area.reasons
        if f"| `{reason}` | {meaning} |" not in document
    ] == []
    assert all(meaning for area in contracts() for _, meaning in area.reasons)
