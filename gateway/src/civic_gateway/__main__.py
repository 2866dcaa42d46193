"""`python -m civic_gateway`: serves until SIGTERM, then lets running requests end."""

from __future__ import annotations

import signal
import sys

import uvicorn
import uvloop
from civic_chassis import garbage, telemetry
from civic_chassis.settings import problems_of
from pydantic import ValidationError
from typing_extensions import override

from civic_gateway.heads import BoundedHeads
from civic_gateway.main import Gateway, create_gateway
from civic_gateway.settings import Settings


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    @override
    def handle_exit(self, sig: int, frame: object) -> None:
        self._gateway.probes.draining = True
        super().handle_exit(sig, frame)  # type: ignore[arg-type]


def main() -> int:
    """Returns the exit status."""
    try:
        settings = Settings()  # type: ignore[call-arg]  # pydantic-settings reads the environment
    except ValidationError as error:
        sys.stderr.write("\n".join(problems_of(error)) + "\n")
        return 2
    watching = telemetry.set_up("gateway", settings)
    # uvicorn raises the signal that ended it once more; spans that wait are still to be written then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        uvloop.run(_serve(settings))
    finally:
        watching.shut_down()
    return 0


async def _serve(settings: Settings) -> None:
    # Made inside of the loop that serves: gRPC's channels belong to the loop that is current at that moment.
    gateway = create_gateway(settings)
    garbage.settle()
    host, _, port = settings.listen.rpartition(":")
    config = uvicorn.Config(
        gateway.asgi,
        host=host.strip("[]"),
        port=int(port),
        http=BoundedHeads,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Trusted inside of the cache, which needs no address.
        proxy_headers=False,
        timeout_graceful_shutdown=settings.drain_seconds,
    )
    await _Server(config, gateway).serve()


if __name__ == "__main__":
    sys.exit(main())
