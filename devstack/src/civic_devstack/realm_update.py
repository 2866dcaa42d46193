"""Brings a realm that was imported earlier to what is rendered now: addresses, mail server, lifetimes, clients."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

# What an import makes and an update leaves alone: people may have changed it, or it has its own addresses.
LEFT_ALONE = ("users", "groups", "roles", "clients", "components", "scopeMappings")
PASSWORD_VARIABLE = "KEYCLOAK_ADMIN_PASSWORD"  # noqa: S105 - a variable's name


def is_current(rendered: Path) -> bool:
    """Whether the last update, or import with an update after it, was from this very file."""
    try:
        return _stamp(rendered).read_text(encoding="ascii") == _digest(rendered)
    except FileNotFoundError:
        return False


def update(url: str, password: str, rendered: Path) -> None:
    """Raises keycloak.KeycloakError."""
    from keycloak import KeycloakAdmin  # heavy, and needed only when something has changed

    wanted: dict[str, Any] = json.loads(rendered.read_text(encoding="utf-8"))
    admin = KeycloakAdmin(
        server_url=url, username="admin", password=password, realm_name=wanted["realm"], user_realm_name="master"
    )
    admin.update_realm(wanted["realm"], {key: value for key, value in wanted.items() if key not in LEFT_ALONE})
    for client in wanted["clients"]:
        known = admin.get_client_id(client["clientId"])
        if known is None:
            admin.create_client(client)
        else:
            admin.update_client(known, client)
    _stamp(rendered).write_text(_digest(rendered), encoding="ascii")


def _stamp(rendered: Path) -> Path:
    return rendered.with_suffix(".sha256")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> int:
    from keycloak import KeycloakError

    url, rendered = sys.argv[1:]
    try:
        update(url, os.environ[PASSWORD_VARIABLE], Path(rendered))
    except KeycloakError as error:
        print(f"the realm cannot be brought up to date: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
