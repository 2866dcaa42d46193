"""What the realm as code promises: no person in it, exact addresses, and rules that Keycloak really applies."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from civic_devstack import tokens
from civic_devstack.people import PASSWORD, person

from keycloak import KeycloakAdmin
from tests.keycloak.portals import ADMIN_PASSWORD, Portal, Realm, administration, claims_of, sign_in

FOLDER = Path(__file__).parents[2] / "keycloak"


@pytest.fixture
def provision(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`keycloak/provision.py`."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import provision

    return provision


def rendered(*arguments: str, secret: str | None = "s3cret") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CIVIC_")}
    if secret is not None:
        environment["CIVIC_OIDC_CLIENT_SECRET"] = secret
    command = [sys.executable, str(FOLDER / "realm.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_realm_for_production_holds_no_person() -> None:
    done = rendered("hessen", "https://beteiligung.hessen.example", "https://mitmachen.example", "--title", "Mitmachen")
    assert done.returncode == 0, done.stderr
    realm: dict[str, Any] = json.loads(done.stdout)
    assert realm["displayName"] == "Mitmachen"
    assert "users" not in realm
    assert PASSWORD not in done.stdout
    assert [client["clientId"] for client in realm["clients"]] == ["civic-web"]
    client = realm["clients"][0]
    assert client["secret"] == "s3cret"
    assert client["redirectUris"] == [
        "https://beteiligung.hessen.example/anmelden/rueckkehr",
        "https://mitmachen.example/anmelden/rueckkehr",
    ]
    assert client["attributes"]["post.logout.redirect.uris"] == (
        "https://beteiligung.hessen.example/abmelden##https://mitmachen.example/abmelden"
    )
    assert client["attributes"]["backchannel.logout.url"] == (
        "https://beteiligung.hessen.example/oidc/backchannel-logout"
    )
    assert "*" not in json.dumps(client)
    assert not client["publicClient"] and not client["directAccessGrantsEnabled"]
    assert realm["sslRequired"] == "external"
    # Without a mail server nobody could confirm an address or ask for a new password.
    assert (realm["verifyEmail"], realm["resetPasswordAllowed"]) == (False, False)


def test_no_secret_no_realm() -> None:
    done = rendered("hessen", "https://portal.example", secret=None)
    assert done.returncode == 2
    assert "CIVIC_OIDC_CLIENT_SECRET" in done.stderr


async def test_tenant_roles_are_groups_made_once(realm: Realm, provision: ModuleType) -> None:
    admin = KeycloakAdmin(
        server_url=realm.url, username="admin", password=ADMIN_PASSWORD, realm_name="hessen", user_realm_name="master"
    )
    made = await asyncio.to_thread(provision.provision_tenant_groups, admin, "neustadt")
    assert list(made) == ["admin", "editor", "moderator"]
    assert await asyncio.to_thread(provision.provision_tenant_groups, admin, "neustadt") == made
    clara = person("clara").id
    await asyncio.to_thread(admin.group_user_add, clara, made["editor"])
    try:
        assert claims_of(await tokens.token(realm.issuer, "clara"))["groups"] == ["/tenants/neustadt/editor"]
    finally:
        await asyncio.to_thread(admin.group_user_remove, clara, made["editor"])


@pytest.mark.parametrize(
    "password", ["elf-Zeichen", "clara", "clara-und-mehr-davon", "clara@hessen.example", "x" * 129]
)
async def test_weak_passwords_are_refused(realm: Realm, password: str) -> None:
    async with administration(realm) as admin:
        answer = await admin.put(
            f"/users/{person('clara').id}/reset-password", json={"type": "password", "value": password}
        )
    assert answer.status_code == 400


async def test_guessing_is_slowed_down(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    for _ in range(8):
        await sign_in(browser, portals[0], "schulze", password="guessed")
        await asyncio.sleep(0.25)
    async with administration(realm) as admin:
        address = f"/attack-detection/brute-force/users/{person('schulze').id}"
        assert (await admin.get(address)).json()["disabled"] is True
        refused = await sign_in(browser, portals[0], "schulze")
        assert "civic_session" not in browser.cookies
        # It does not say whether the password was right.
        assert "Benutzername oder Passwort stimmen nicht." in refused.text
        assert (await admin.delete(address)).status_code == 204
    assert (await sign_in(browser, portals[0], "schulze")).json()["name"] == "schulze"


async def test_nothing_that_citizens_do_is_recorded(
    realm: Realm, portals: list[Portal], browser: httpx.AsyncClient
) -> None:
    await sign_in(browser, portals[0], "anna")
    async with administration(realm) as admin:
        assert (await admin.get("/events")).json() == []
        config = (await admin.get("/events/config")).json()
    assert config["eventsEnabled"] is False
    assert config["eventsListeners"] == []
    assert (config["adminEventsEnabled"], config["adminEventsDetailsEnabled"]) == (True, False)
