"""The demo people and their one password; they exist in a demo realm only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

PASSWORD = "Beteiligung-2026!"  # noqa: S105 - published on purpose
_NAMESPACE = uuid.UUID("5d0d4f0e-6c86-4e0c-9a53-0d8f2b7c1a11")


@dataclass(frozen=True, slots=True)
class Person:
    """`groups` are staff roles as `/tenants/<slug>/<role>`; `realm_roles` count for the whole state."""

    username: str
    first_name: str
    last_name: str
    description: str
    groups: tuple[str, ...] = ()
    realm_roles: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same in every realm, so that a realm that is imported anew keeps what people wrote."""
        return str(uuid.uuid5(_NAMESPACE, self.username))


PEOPLE = (
    Person("anna", "Anna", "Berger", "citizen"),
    Person("bora", "Bora", "Yılmaz", "citizen"),
    Person("clara", "Clara", "Neumann", "citizen"),
    Person("meyer", "Katrin", "Meyer", "admin of Lindental", ("/tenants/lindental/admin",)),
    Person("okafor", "Chidi", "Okafor", "moderator of Lindental", ("/tenants/lindental/moderator",)),
    Person("schulze", "Jörg", "Schulze", "editor of Hohenau", ("/tenants/hohenau/editor",)),
    Person("kkv", "Miriam", "Vogt", "competence centre of the state", (), ("competence-centre",)),
    Person("land", "Thomas", "Land", "state admin", ("/tenants/{state}/admin",), ("state-admin",)),
)


def person(username: str) -> Person:
    """Raises KeyError for anybody who is not one of the demo people."""
    return {item.username: item for item in PEOPLE}[username]
