"""An embedded NATS server with JetStream for tests."""

import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from civic_chassis.testing.processes import Child, free_port, listens


class NatsServer:
    """One server with a store of its own, which survives a stop."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="civic-nats-"))
        self.port = free_port()
        self.child = Child(
            [_binary(), "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self._folder / "store")],
            log=self._folder / "log",
        )

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.child.start(lambda: listens(self.port))

    def stop(self) -> None:
        self.child.stop()

    def remove(self) -> None:
        self.child.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def _binary() -> str:
    found = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
    if found is None:
        raise RuntimeError(f"nats-server is not installed for {sys.executable}")
    return found
