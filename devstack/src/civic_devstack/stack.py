"""The whole portal in one object: start it, reach it, break parts of it, end it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from civic_devstack import members, ports, tokens
from civic_devstack.addresses import Addresses
from civic_devstack.composition import compose
from civic_devstack.parts import Progress
from civic_devstack.records import InstanceLock, ProcessRecords, write_atomically
from civic_devstack.secrets import Secrets
from civic_devstack.settings import ROOT, StackSettings
from civic_devstack.supervisor import Reporter, Supervisor

LEAST_FREE_BYTES = 1024**3


class StackError(Exception):
    """The stack cannot start at all; the text says why and what to do."""


class Silent:
    """Reports to nobody; `Stack.progress` tells how things stand."""

    def changed(self, progress: Progress, text: str = "") -> None:
        return


class Stack:
    """One portal with everything it needs, side by side with others when each has its own data folder.

    `async with Stack(StackSettings.isolated(folder)) as stack:` starts it, waits until every part is up, and ends
    it; entering raises StackError when a part does not come up. The parts that `kill`, `halt`, `resume` and
    `pid` take are named postgres, nats, keycloak, mail, gateway (gateway-2, …) and as the services are.
    """

    def __init__(self, settings: StackSettings, *, reporter: Reporter | None = None) -> None:
        self.settings = settings
        self.leftovers: list[str] = []
        self._reporter = reporter or Silent()
        self._lock = InstanceLock(settings.run_folder)
        self._block = ports.PortBlock(settings.host)
        self._addresses: Addresses | None = None
        self._supervisor: Supervisor | None = None
        self._status = "starting"

    async def __aenter__(self) -> Self:
        self.begin()
        try:
            await self.settled()
        except BaseException:
            await self.stop()
            raise
        # Also the optional parts: who did not want them left them out.
        if not all(item.up for item in self.progress):
            reasons = "\n".join(_reason(item) for item in self.progress if not item.up)
            await self.stop()
            raise StackError(reasons)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def begin(self) -> None:
        """Starts without waiting; raises StackError, AlreadyRunningError."""
        _make_folders(self.settings)
        self._lock.acquire()
        try:
            self.leftovers = ProcessRecords(self.settings.run_folder).end_leftovers()
            secrets = Secrets.kept_in(self.settings.data)
            addresses = Addresses.choose(self.settings, members.services(ROOT), secrets, self._block)
            if complaints := ports.complaints(addresses.taken_ports(), self.settings.host):
                raise StackError("\n".join(complaints))
            self._addresses = addresses
            self._supervisor = Supervisor(
                compose(addresses),
                run_folder=self.settings.run_folder,
                logs=self.settings.logs,
                reporter=self,
            )
        except BaseException:
            self._lock.release()
            self._block.release()
            raise
        self._status = "starting"
        self._supervisor.start()
        self._write_state()

    async def settled(self) -> bool:
        """Waits until nothing more can come up; true when every needed part is up."""
        up = await self._running.settled()
        self._status = "ready" if up else "failed"
        self._write_state()
        return up

    async def stop(self) -> None:
        """Ends every part within ten seconds."""
        if self._supervisor is not None:
            await self._supervisor.stop()
            self._supervisor = None
            (self.settings.run_folder / "stack.json").unlink(missing_ok=True)
        self._lock.release()
        self._block.release()

    def kill_all(self) -> None:
        """Ends every part at once, without its consent."""
        if self._supervisor is not None:
            self._supervisor.kill_all()

    @property
    def progress(self) -> list[Progress]:
        return self._supervisor.progress if self._supervisor is not None else []

    def changed(self, progress: Progress, text: str = "") -> None:
        """Hears the supervisor, for other terminals and the reporter."""
        self._write_state()
        self._reporter.changed(progress, text)

    # What tests of faults do to a part.

    def pid(self, name: str) -> int:
        """Raises LookupError for a part that is not running now."""
        found = next((item.pid for item in self.progress if item.part.name == name), None)
        if found is None:
            raise LookupError(f"{name} is not running")
        return found

    async def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends the process of a part, which the supervisor starts again; `until_up` waits for that."""
        await self._running.kill(name, number)

    async def halt(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends a part, which stays away until `resume`."""
        await self._running.halt(name, number)

    async def resume(self, name: str) -> None:
        """Starts a part that was halted and waits until it is ready."""
        await self._running.resume(name)

    async def until_up(self, name: str) -> None:
        await self._running.until_up(name)

    # Where the parts are.

    @property
    def addresses(self) -> Addresses:
        """Raises StackError before `begin`."""
        if self._addresses is None:
            raise StackError("the stack has not been started")
        return self._addresses

    @property
    def portal_url(self) -> str:
        return self.addresses.portal_url

    @property
    def gateway_urls(self) -> list[str]:
        """One per gateway; the first is the portal's own."""
        return self.addresses.gateway_urls

    @property
    def issuer(self) -> str:
        return self.addresses.issuer

    @property
    def keycloak_url(self) -> str:
        return self.addresses.keycloak_url

    @property
    def mail_url(self) -> str:
        """The page of caught mails; `/api/mails` gives them as JSON."""
        return self.addresses.mail_url

    @property
    def nats_url(self) -> str:
        return self.addresses.nats_url

    @property
    def postgres_url(self) -> str:
        """The superuser's."""
        return self.addresses.postgres_url

    @property
    def client_secret(self) -> str:
        """Of the client `civic-web`."""
        return self.addresses.client_secret

    def database_url(self, service: str, role: str = "app") -> str:
        """`role` is `app` or `owner`."""
        return self.addresses.database_url(service, role)

    def target(self, service: str) -> str:
        """host:port of the service's gRPC server."""
        return self.addresses.target(service)

    async def token(self, username: str) -> str:
        """An access token of a demo person; raises TokenError."""
        return await tokens.token(self.issuer, username)

    def log(self, name: str) -> Path:
        return self.settings.logs / f"{name}.log"

    @property
    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise StackError("the stack does not run")
        return self._supervisor

    def _write_state(self) -> None:
        state = {
            "status": self._status,
            "pid": os.getpid(),
            "portal": self.portal_url,
            "gateways": self.gateway_urls,
            "issuer": self.issuer,
            "mail": self.mail_url,
            "parts": {p.part.name: {"status": p.status, "detail": p.detail, "took": p.took} for p in self.progress},
        }
        write_atomically(self.settings.run_folder / "stack.json", json.dumps(state, indent=1))


def _reason(progress: Progress) -> str:
    waits = f"for {', '.join(progress.waits_for)}" if progress.waits_for else progress.detail
    return f"{progress.part.title}: {progress.status} {waits}"


def _make_folders(settings: StackSettings) -> None:
    another = "Or use another folder: CIVIC_DATA=/path make up"
    try:
        for folder in (settings.run_folder, settings.logs, settings.traces, settings.data / "files"):
            folder.mkdir(parents=True, exist_ok=True)
        write_atomically(settings.run_folder / "probe", "")
    except PermissionError as error:
        raise StackError(
            f"{error.filename} cannot be written by this user; somebody else started the stack before. "
            f"Let that user run `make reset`. {another}"
        ) from error
    except OSError as error:
        raise StackError(f"{error.filename or settings.data}: {error.strerror}. {another}") from error
    free = shutil.disk_usage(settings.data).free
    if free < LEAST_FREE_BYTES:
        raise StackError(
            f"Only {free // 2**20} MB are free where {settings.data} lies; "
            f"the stack needs {LEAST_FREE_BYTES // 2**20} MB. Make room. {another}"
        )
