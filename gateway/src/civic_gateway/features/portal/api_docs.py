"""The description of the JSON API as a page that is read without scripts."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from civic_gateway.answers import keep
from civic_gateway.context import context_of
from civic_gateway.features.tenants.events import TENANTS

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_LIMITS: Final = ("minLength", "maxLength", "minimum", "maximum", "default")
_JSON: Final = "application/json"
_REFUSED: Final = 400

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A parameter of a call or a field of an object; `place` is path, query or header, empty for a field."""

    name: str
    kind: str
    text: str
    required: bool
    limits: tuple[tuple[str, str], ...]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call; `body` and `answer` name objects, `address` is an example of the path."""

    id: str
    method: str
    path: str
    address: str
    title: str
    text: str
    for_everybody: bool
    parameters: tuple[Item, ...]
    body: str
    body_example: str
    status: str
    answer: str
    answer_example: str

    def command(self, public_url: str) -> str:
        """The call for a terminal."""
        parts = ["curl"] if self.method == "GET" else ["curl", "-X", self.method]
        if not self.for_everybody:
            parts += ["-H", '"Authorization: Bearer $TOKEN"']
        parts += [
            part for item in self.parameters if item.place == "header" and item.required for part in _header(item)
        ]
        if self.body_example:
            compact = orjson.dumps(orjson.loads(self.body_example)).decode()
            parts += ["-H", f"'Content-Type: {_JSON}'", "-d", shlex.quote(compact)]
        return " ".join((*parts, f"'{public_url.rstrip('/')}{self.address}'"))


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole description, by area; `objects` by name, `refusals` by status."""

    text: str
    areas: tuple[tuple[str, str, tuple[Operation, ...]], ...]
    objects: tuple[tuple[str, str, tuple[Item, ...]], ...]
    refusals: tuple[tuple[str, str], ...]


def route(reference: Reference) -> Route:
    """The address of the page that shows the description."""

    async def show(request: Request) -> Response:
        keep(request, TENANTS)
        context = context_of(request)
        return await context.renderer.page(
            request, "api_docs.html", reference=reference, public_url=context.settings.public_url
        )

    return Route("/api/docs", show)


def reference_of(document: Schema) -> Reference:
    """The OpenAPI document in the order in which a person reads it."""
    schemas: Schema = document["components"]["schemas"]
    calls = [
        (path, method, described[method])
        for path, described in document["paths"].items()
        for method in _METHODS
        if method in described
    ]
    areas = tuple(
        (
            tag["name"],
            tag["description"],
            tuple(
                _operation(path, method, call, schemas) for path, method, call in calls if tag["name"] in call["tags"]
            ),
        )
        for tag in document["tags"]
    )
    refusals = {
        status: answer["description"]
        for _, _, call in calls
        for status, answer in call["responses"].items()
        if int(status) >= _REFUSED
    }
    objects = tuple((name, schema.get("description", ""), _fields(schema)) for name, schema in sorted(schemas.items()))
    return Reference(document["info"]["description"], areas, objects, tuple(sorted(refusals.items())))


def _operation(path: str, method: str, call: Schema, schemas: Schema) -> Operation:
    parameters = call.get("parameters", ())
    address = path
    for parameter in parameters:
        if parameter["in"] == "path":
            address = address.replace(f"{{{parameter['name']}}}", str(_example(parameter["schema"], schemas)))
    body = call.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema", {})
    status, answered = next((status, found) for status, found in call["responses"].items() if int(status) < _REFUSED)
    answer = answered.get("content", {}).get(_JSON, {}).get("schema", {})
    return Operation(
        id=call["operationId"],
        method=method.upper(),
        path=path,
        address=address,
        title=call["summary"],
        text=call.get("description", ""),
        for_everybody={} in call.get("security", ()),
        parameters=tuple(
            _item(
                found["name"], found["schema"], found.get("required", False), found["in"], found.get("description", "")
            )
            for found in parameters
        ),
        body=_name(body),
        body_example=_shown(body, schemas),
        status=status,
        answer=_name(answer),
        answer_example=_shown(answer, schemas),
    )


def _header(item: Item) -> Sequence[str]:
    return "-H", f"'{item.name}: *'"


def _fields(schema: Schema) -> tuple[Item, ...]:
    required = schema.get("required", ())
    return tuple(_item(name, found, name in required) for name, found in schema.get("properties", {}).items())


def _item(name: str, schema: Schema, required: bool, place: str = "", text: str = "") -> Item:
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"] or [schema]
    limits = {key: found[key] for found in (schema, *options) for key in _LIMITS if found.get(key) not in (None, "")}
    if values := options[0].get("enum"):
        limits["values"] = ", ".join(map(str, values))
    kind = _kind(options[0]) + (" | null" if len(options) != len(schema.get("anyOf", options)) else "")
    described = text or schema.get("description", "")
    return Item(name, kind, described, required, tuple((key, str(value)) for key, value in limits.items()), place)


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        return _name(schema)
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}[]"
    return str(schema.get("format") or schema.get("type", "object"))


def _name(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _shown(schema: Schema, schemas: Schema) -> str:
    if not schema:
        return ""
    return orjson.dumps(_example(schema, schemas), option=orjson.OPT_INDENT_2).decode()


def _example(schema: Schema, schemas: Schema) -> Any:
    """What the schema gives as an example, or one put together from its fields."""
    if "$ref" in schema:
        return _example(schemas[_name(schema)], schemas)
    for found in (schema.get("examples"), schema.get("enum")):
        if found:
            return found[0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if schema.get("type") == "array":
        return [_example(schema["items"], schemas)]
    if "properties" in schema:
        return {name: _example(found, schemas) for name, found in schema["properties"].items()}
    return {"string": "…", "integer": 1, "boolean": True}.get(str(schema.get("type")))
