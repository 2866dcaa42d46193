"""/healthz says that the process runs, /readyz that it takes requests and which parts are away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_PATHS: Final = frozenset({"/healthz", "/readyz"})


class Probes:
    """ASGI layer. A part that is away does not make the gateway unready: what it holds ready can still be read."""

    def __init__(self, app: ASGIApp, parts: Callable[[], Mapping[str, bool]]) -> None:
        self._app = app
        self._parts = parts
        self.draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in _PATHS:
            await self._app(scope, receive, send)
            return
        ready = scope["path"] == "/healthz" or not self.draining
        body = {
            "status": "ok" if ready else "draining",
            "parts": {name: "ok" if there else "away" for name, there in self._parts().items()},
        }
        headers = {"cache-control": "no-store"}
        response = Response(orjson.dumps(body), 200 if ready else 503, headers, "application/json")
        await response(scope, receive, send)
