"""Groups of tenants in a running realm: whoever is in `/tenants/<slug>/<role>` holds the role there."""

from __future__ import annotations

import argparse
import os
import sys

from keycloak.exceptions import KeycloakError
from realm import TENANT_ROLES

from keycloak import KeycloakAdmin, KeycloakOpenIDConnection


def provision_tenant_groups(admin: KeycloakAdmin, slug: str) -> dict[str, str]:
    """Role → id of its group. Creates what is missing, so that it can be repeated; takes nothing away."""
    tenants = _group(admin, "/tenants", "tenants", parent=None)
    tenant = _group(admin, f"/tenants/{slug}", slug, parent=tenants)
    return {role: _group(admin, f"/tenants/{slug}/{role}", role, parent=tenant) for role in TENANT_ROLES}


def _group(admin: KeycloakAdmin, path: str, name: str, *, parent: str | None) -> str:
    # Another run may create it at the same moment.
    admin.create_group({"name": name}, parent=parent, skip_exists=True)
    return str(admin.get_group_by_path(path)["id"])


def main() -> int:
    """Needs CIVIC_KEYCLOAK_CLIENT_ID and _SECRET of a service account that may manage users in the realm."""
    parser = argparse.ArgumentParser(description="Creates the groups of tenants in the realm of their state.")
    parser.add_argument("url", help="address of Keycloak, without the realm")
    parser.add_argument("state", help="name of the realm")
    parser.add_argument("tenants", nargs="+", metavar="SLUG")
    arguments = parser.parse_args()
    connection = KeycloakOpenIDConnection(
        server_url=arguments.url,
        realm_name=arguments.state,
        client_id=os.environ.get("CIVIC_KEYCLOAK_CLIENT_ID", ""),
        client_secret_key=os.environ.get("CIVIC_KEYCLOAK_CLIENT_SECRET", ""),
        grant_type="client_credentials",
    )
    try:
        for slug in arguments.tenants:
            provision_tenant_groups(KeycloakAdmin(connection=connection), slug)
    except KeycloakError as error:
        sys.stderr.write(f"{arguments.url}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
