"""Keycloak: built once into the cache, run by Java directly, with its own database and the state's realm."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from civic_devstack import keycloak_files, probes, process, realm_update
from civic_devstack.java import java
from civic_devstack.parts import Command, PartError
from civic_devstack.records import write_atomically

BUILD = ("build", "--db=postgres", "--cache=local")
# What kc.sh gives to Java. The script starts Java as its child, which would outlive a killed supervisor,
# and its quoting does not survive every path.
JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:MetaspaceSize=96M",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Dstdout.encoding=UTF-8",
    "-Dstderr.encoding=UTF-8",
    "-Djava.security.egd=file:/dev/urandom",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    "-Dquarkus-log-max-startup-records=10000",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
    "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Duser.language=en",
    "-Duser.country=US",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
)
ADVICE = (
    "The portal runs without signing in. What helps:\n"
    f"  CIVIC_KEYCLOAK_DIST=/path/keycloak-{keycloak_files.VERSION}.zip make up    with a distribution you have\n"
    "  CIVIC_OIDC_ISSUER=https://…/realms/… make up        with a Keycloak that runs elsewhere\n"
    "  CIVIC_MAVEN_URL=https://… make up                   with your own mirror of Maven Central"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keycloak:
    """`realm` renders the realm to import; `theme` is the folder of the login theme."""

    data: Path
    cache: Path
    logs: Path
    host: str
    port: int
    database: str
    database_user: str
    database_password: str
    admin_password: str
    state: str
    realm: Callable[[], Mapping[str, Any]]
    themes: Path
    archive: Path | None = None
    java: Path | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/{self.state}"

    async def prepare(self) -> str | None:
        """Fetches and builds what is not in the cache; raises PartError."""
        built = await asyncio.to_thread(self._built)
        if (built / "lib" / "quarkus-run.jar").exists():
            return None
        self.cache.mkdir(parents=True, exist_ok=True)
        with await asyncio.to_thread(_locked, self.cache / "keycloak.lock"):
            if not (built / "lib" / "quarkus-run.jar").exists():
                await self._build(built)
        return "built once"

    async def command(self) -> Command:
        """Writes the home folder with the realm to import; raises PartError."""
        home = self.data / "keycloak"
        self._rendered.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self._built() / "conf", home / "conf", dirs_exist_ok=True)
        (home / "providers").mkdir(exist_ok=True)
        _link(home / "lib", self._built() / "lib")
        _link(home / "themes", self.themes)
        write_atomically(self._rendered, json.dumps(self.realm(), ensure_ascii=False, indent=1), mode=0o600)
        return self._command(home, "start", "--optimized", "--import-realm")

    async def ready(self) -> bool:
        return await probes.http_ok(self.host, self.port, f"/realms/{self.state}/.well-known/openid-configuration")

    async def update_realm(self) -> str | None:
        """Keycloak imports a realm once; what has changed since is told to it here. Raises PartError."""
        if realm_update.is_current(self._rendered):
            return None
        command = Command(
            argv=(sys.executable, "-m", "civic_devstack.realm_update", self.url, str(self._rendered)),
            environment=process.environment({realm_update.PASSWORD_VARIABLE: self.admin_password}),
            folder=self.data,
        )
        await process.run(command, self.logs / "keycloak-realm.log")
        return "brought up to date"

    @property
    def _rendered(self) -> Path:
        return self.data / "keycloak" / "data" / "import" / f"{self.state}-realm.json"

    def _command(self, home: Path, *arguments: str) -> Command:
        program = java(self.java)
        places = (f"-Dkc.home.dir={home}", f"-Djboss.server.config.dir={home / 'conf'}", f"-Djava.io.tmpdir={home}")
        main = ("-cp", str(home / "lib" / "quarkus-run.jar"), "io.quarkus.bootstrap.runner.QuarkusEntryPoint")
        return Command(
            argv=(str(program), *JAVA_OPTIONS, *places, *main, *arguments),
            environment=process.environment(self._environment()),
            folder=home,
        )

    def _environment(self) -> dict[str, str]:
        return {
            "KC_DB_URL": f"jdbc:postgresql://{self.database}",
            "KC_DB_USERNAME": self.database_user,
            "KC_DB_PASSWORD": self.database_password,
            "KC_DB_POOL_INITIAL_SIZE": "1",
            "KC_DB_POOL_MIN_SIZE": "1",
            "KC_DB_POOL_MAX_SIZE": "12",
            "KC_HTTP_ENABLED": "true",
            "KC_HTTP_HOST": self.host,
            "KC_HTTP_PORT": str(self.port),
            "KC_HOSTNAME": self.url,
            "KC_HOSTNAME_STRICT": "true",
            "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": self.admin_password,
            # The build keeps it only as a default; without it JGroups opens ports of its own.
            "KC_CACHE": "local",
            "MALLOC_ARENA_MAX": "2",
        }

    def _built(self) -> Path:
        """Where the built distribution lies: another archive, Java or build option means another folder."""
        source = keycloak_files.SHA256 if self.archive is None else _stamp(self.archive)
        key = hashlib.sha256("\0".join((source, *BUILD)).encode()).hexdigest()[:12]
        return self.cache / f"keycloak-{keycloak_files.VERSION if self.archive is None else 'own'}-{key}"

    async def _build(self, built: Path) -> None:
        archive = self.archive or self.cache / f"keycloak-{keycloak_files.VERSION}.zip"
        draft = built.with_name(f"{built.name}.draft")
        log = self.logs / "keycloak-build.log"
        fetch: tuple[str, ...] = ()
        if self.archive is None:
            mirror = os.environ.get("CIVIC_MAVEN_URL")
            fetch = ("--fetch", *(("--repository", mirror) if mirror else ()))
        elif not self.archive.exists():
            raise PartError(f"CIVIC_KEYCLOAK_DIST={self.archive}: there is no such file")
        unpack = Command(
            argv=(sys.executable, "-m", "civic_devstack.keycloak_files", str(archive), str(draft), *fetch),
            environment=process.environment({}),
            folder=self.cache,
        )
        await process.run(unpack, log, limit=900)
        await process.run(self._command(draft, *BUILD), log)
        draft.rename(built)


@contextlib.contextmanager
def _released(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(file: Path) -> contextlib.AbstractContextManager[None]:
    """Waits for other stacks that build into the same cache."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return _released(descriptor)


def _link(link: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(target, target_is_directory=True)


def _stamp(archive: Path) -> str:
    try:
        state = archive.stat()
    except OSError:
        return str(archive)
    return f"{archive.absolute()} {state.st_size} {state.st_mtime_ns}"
