"""Names that gateway and services both write down are the same on both sides."""

from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, topic_pb2
from civic_gateway.features.discussion import render
from descriptors import areas
from workspace import ROOT


def test_the_gateway_words_every_value() -> None:
    """An enum that grows without the gateway would answer 500."""
    for enum, words in [
        (topic_pb2.Phase, render.PHASES),
        (contribution_pb2.RatingValue, render.RATINGS),
        (contribution_service_pb2.ContributionOrder, render.ORDERS),
        (contribution_service_pb2.ParticipationKind, render.PARTICIPATIONS),
    ]:
        assert set(words) == set(enum.values()) - {0}
        assert len(set(words.values())) == len(words)


def test_roles_of_contracts_exist_in_the_realm() -> None:
    """A role that nobody can be given would shut a method for good."""
    known = (ROOT / "keycloak" / "realm.py").read_text("utf-8")
    asked = {role for area in areas() for method in area.methods for role in method.roles if method.level == "PLATFORM"}
    assert {role for role in asked if role not in known} == set()


def test_demo_staff_has_the_roles_of_contracts() -> None:
    """The demonstration shows what contracts allow: each tenant role is held by somebody."""
    asked = {role for area in areas() for method in area.methods for role in method.roles if method.level == "STAFF"}
    people = (ROOT / "devstack/src/civic_devstack/people.py").read_text("utf-8")
    assert {role for role in asked if f"/{role}" not in people} == set()
