"""The demo realm: the realm as code of `keycloak/`, with demo people, and a client for `make token`."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

from civic_devstack.parts import PartError
from civic_devstack.people import PASSWORD, PEOPLE, Person
from civic_devstack.settings import ROOT

FOLDER = ROOT / "keycloak"
THEMES = FOLDER / "themes"
TOKEN_CLIENT = "civic-devstack"  # noqa: S105 - a client's name


def demo_realm(*, state: str, portal_urls: Sequence[str], client_secret: str, smtp: str) -> dict[str, Any]:
    """What Keycloak imports. A production realm has neither these people nor this client.

    Raises PartError when `keycloak/` holds no realm.
    """
    host, _, port = smtp.rpartition(":")
    module = _realm_module()
    realm: dict[str, Any] = module.realm(
        state=state,
        portal_urls=list(dict.fromkeys(portal_urls)),
        client_secret=client_secret,
        smtp={"host": host or "localhost", "port": port, "from": f"portal@{state}.example"},
    )
    web = next(client for client in realm["clients"] if client["clientId"] == "civic-web")
    return {
        **realm,
        "clients": [*realm["clients"], _token_client(web)],
        "users": [*realm.get("users", []), *(_user(person, state) for person in PEOPLE)],
        "groups": _with_groups(realm["groups"], state),
        "scopeMappings": [*realm["scopeMappings"], module.scope_mapping(TOKEN_CLIENT)],
    }


def _token_client(web: dict[str, Any]) -> dict[str, Any]:
    """Gives tokens like the portal's for a name and a password; public, so only for people whose password is known."""
    return {
        "clientId": TOKEN_CLIENT,
        "name": "make token",
        "publicClient": True,
        "directAccessGrantsEnabled": True,
        "standardFlowEnabled": False,
        **{key: web[key] for key in ("protocolMappers", "defaultClientScopes", "fullScopeAllowed")},
    }


def _user(person: Person, state: str) -> dict[str, Any]:
    return {
        "id": person.id,
        "username": person.username,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": f"{person.username}@{state}.example",
        "emailVerified": True,
        "enabled": True,
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        "groups": [group.format(state=state) for group in person.groups],
        "realmRoles": [f"default-roles-{state}", *person.realm_roles],
    }


def _with_groups(groups: list[dict[str, Any]], state: str) -> list[dict[str, Any]]:
    """Adds the groups of the demo people to the tree."""
    merged = [dict(group) for group in groups]
    for person in PEOPLE:
        for path in person.groups:
            level = merged
            for name in path.format(state=state).strip("/").split("/"):
                found = next((group for group in level if group["name"] == name), None)
                if found is None:
                    found = {"name": name}
                    level.append(found)
                found["subGroups"] = [dict(group) for group in found.get("subGroups", [])]
                level = found["subGroups"]
    return merged


@cache
def _realm_module() -> ModuleType:
    file = FOLDER / "realm.py"
    spec = importlib.util.spec_from_file_location("civic_keycloak_realm", file)
    if spec is None or spec.loader is None or not file.exists():
        raise PartError(f"{file} is missing, so there is no realm to import")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
