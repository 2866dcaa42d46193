"""What a function of the JSON API takes from a request: path, query and body, as compiled at the start."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from civic_chassis.kernel.errors import Kind, invalid
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from civic_gateway.bodies import parse_json
from civic_gateway.problems import gateway_error
from civic_gateway.validation import violations_of

Handler = Callable[[Request], Awaitable[Response]]

_known: dict[tuple[Callable[..., Any], str], Handler] = {}


def handler_of(route: Route) -> Handler:
    """What answers a request to the route. Raises TypeError for a function that cannot be called, or fed, from here."""
    if not inspect.iscoroutinefunction(route.endpoint):
        raise TypeError(f"{route.path} is answered by something that would block all others")
    if isinstance(route, APIRoute):
        # Functions of the API are the same for every method and gateway of the process; routes have no hash.
        named = route.endpoint, route.path
        if named not in _known:
            _known[named] = _Arguments(route).answer
        return _known[named]
    # A page reads the request itself.
    handler: Handler = route.endpoint
    return handler


class _Arguments:
    """The parameters of one function of the API: those in its address, a model for the query, one for the body."""

    def __init__(self, route: APIRoute) -> None:
        self._endpoint = route.endpoint
        self._query, self._defaults = _query_of(route)
        self._body = _body_of(route)

    async def answer(self, request: Request) -> Response:
        """Raises INVALID_ARGUMENT with every field that breaks a rule, and what `parse_json` raises."""
        values: dict[str, Any] = dict(request.path_params)
        errors: list[Mapping[str, Any]] = []
        body: Any = None
        if self._body is not None:
            body = await _json_of(request)
        if request.scope["query_string"]:
            values |= self._read_query(request.scope["query_string"], errors)
        else:
            values |= self._defaults
        if self._body is not None:
            name, model = self._body
            values[name] = _read_body(model, body, errors)
        if errors:
            raise invalid(*violations_of(errors))
        response: Response = await self._endpoint(request, **values)
        return response

    def _read_query(self, query: bytes, errors: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        try:
            return self._query.model_validate(given).__dict__
        except ValidationError as error:
            errors.extend({**each, "loc": ("query", *each["loc"])} for each in error.errors())
            return {}


def _read_body(model: type[BaseModel], body: Any, errors: list[Mapping[str, Any]]) -> BaseModel | None:
    if body is None:
        errors.append({"type": "missing", "loc": ("body",)})
        return None
    try:
        return model.model_validate(body)
    except ValidationError as error:
        errors.extend({**each, "loc": ("body", *each["loc"])} for each in error.errors())
        return None


async def _json_of(request: Request) -> Any:
    """The JSON of the body; None where there is none."""
    body = await request.body()
    if not body:
        return None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise gateway_error(Kind.INVALID, "MEDIA_TYPE", "the body must be JSON", expected="application/json")
    return parse_json(body)


def _query_of(route: APIRoute) -> tuple[type[BaseModel], Mapping[str, Any]]:
    fields = {
        name: (_without_description(hint), default) for name, hint, default in _parameters(route) if not _is_model(hint)
    }
    if missing := [name for name, (_, default) in fields.items() if default is inspect.Parameter.empty]:
        raise TypeError(f"{route.path} takes {missing} from the query, which may be left out")
    defaults = {name: default for name, (_, default) in fields.items()}
    # A word of Python's own, such as `from`, carries an underscore in the function, and none in the address.
    named = {name: (hint, Field(default, alias=name.rstrip("_"))) for name, (hint, default) in fields.items()}
    return create_model("Query", **named), defaults  # type: ignore[call-overload]


def _body_of(route: APIRoute) -> tuple[str, type[BaseModel]] | None:
    return next(((name, hint) for name, hint, _ in _parameters(route) if _is_model(hint)), None)


def _parameters(route: APIRoute) -> list[tuple[str, Any, Any]]:
    """Name, type and default of the parameters that are neither the request nor in the address."""
    if route.dependant.dependencies or route.dependant.header_params or route.dependant.cookie_params:
        raise TypeError(f"{route.path} takes more than its address, a query and a body")
    hints = get_type_hints(route.endpoint, include_extras=True)
    return [
        (name, hints[name], parameter.default)
        for name, parameter in inspect.signature(route.endpoint).parameters.items()
        if hints[name] is not Request and name not in route.param_convertors
    ]


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _without_description(hint: Any) -> Any:
    """The type without what FastAPI says about it in the description of the API, but with the limits among that."""
    if get_origin(hint) is not Annotated:
        return hint
    kind, *notes = get_args(hint)
    kept = [each for note in notes for each in (note.metadata if isinstance(note, FieldInfo) else [note])]
    return Annotated[(kind, *kept)] if kept else kind
