"""The database and the two roles of a service, made by whoever runs the server."""

import re

import asyncpg

_SERVICE = re.compile(r"[a-z][a-z0-9_]{0,40}")


async def provision(connection: asyncpg.Connection, service: str, *, owner_password: str, app_password: str) -> None:
    """Makes `<service>_owner`, `<service>_app` and the database `<service>`, or sets their passwords anew.

    The connection is a superuser's. Only the two roles may connect to the database; the owner alone makes tables,
    and migrations grant the app role what it needs.
    """
    if not _SERVICE.fullmatch(service):
        raise ValueError("not the name of a service")
    owner, app = f"{service}_owner", f"{service}_app"
    for role, password in ((owner, owner_password), (app, app_password)):
        await _role(connection, role, password)
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", service):
        await connection.execute(f'CREATE DATABASE "{service}" OWNER "{owner}"')
    await restrict(connection, service, service)


async def restrict(connection: asyncpg.Connection, database: str, service: str) -> None:
    """Lets only the service's two roles connect. Privileges of a database are not copied with a template."""
    await connection.execute(
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;'
        f'GRANT CONNECT ON DATABASE "{database}" TO "{service}_owner", "{service}_app"'
    )


async def _role(connection: asyncpg.Connection, role: str, password: str) -> None:
    known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    # The server quotes the password; a utility statement takes no parameters.
    secret = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(
        f'{verb} ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD {secret}'
    )
