"""The one table of addresses: finds the route of a request, calls it, and answers what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from civic_gateway.arguments import Handler, handler_of
from civic_gateway.problems import Problems, gateway_error

_METHODS: Final = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
_GROUP: Final = re.compile(r"\(\?P<\w+>")

# What a route answers with, its own form for traces, and where its parameters stand in the match.
_Target = tuple[Handler, Route, Sequence[tuple[str, int]]]


class Routes:
    """The innermost ASGI application. FastAPI and Starlette declare the routes; of two that fit, the first answers.

    Both would ask one route after the other, each through layers of its own; here a method's routes are one pattern
    (ADR 17). `state` is put into the scope of every request.
    """

    def __init__(
        self, routes: Sequence[BaseRoute], *, problems: Problems, state: Mapping[str, Any], lifespan: Callable[..., Any]
    ) -> None:
        known = [route for route in routes if isinstance(route, Route)]
        self._problems = problems
        self._state = state
        self._tables = {
            method: Table([route for route in known if method in (route.methods or ())]) for method in _METHODS
        }
        # What is no request of HTTP: the beginning and the end of the process.
        self._others = Router(lifespan=lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._others(scope, receive, send)
            return
        scope.update(self._state)
        request = Request(scope, receive)
        try:
            response = await self._find(scope)(request)
        except DomainError as error:
            response = await self._problems.respond(request, error)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> Handler:
        path = scope["path"]
        table = self._tables.get(scope["method"])
        found = table.find(path) if table is not None else None
        if found is not None:
            handler, scope["route"], scope["path_params"] = found
            return handler
        allowed = [method for method, other in self._tables.items() if other.find(path) is not None]
        if not allowed:
            raise gateway_error(Kind.NOT_FOUND, "NOT_FOUND", "no such address")
        names = ", ".join(allowed)
        raise gateway_error(Kind.INVALID, "METHOD_NOT_ALLOWED", "no such method here", allowed=names)


class Table:
    """The routes of one method."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._targets: dict[int | None, _Target] = {}
        alternatives = []
        group = 1
        for route in routes:
            names = tuple(route.param_convertors)
            parameters = [(name, group + place) for place, name in enumerate(names, start=1)]
            self._targets[group] = (handler_of(route), route, parameters)
            # Without its names, which other routes use too, and without its ends, since all of it has to fit.
            alternatives.append(f"({_GROUP.sub('(', route.path_regex.pattern[1:-1])})")
            group += 1 + len(names)
        # Matches nothing where there are no routes.
        self._pattern = re.compile("|".join(alternatives) or "(?!)")

    def find(self, path: str) -> tuple[Handler, Route, dict[str, str]] | None:
        match = self._pattern.fullmatch(path)
        if match is None:
            return None
        # The group that was closed last is the alternative as a whole.
        handler, route, parameters = self._targets[match.lastindex]
        return handler, route, {name: match[group] for name, group in parameters}
