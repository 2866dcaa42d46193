"""Which function answers an address, and what it is given."""

from typing import Annotated, Any

import pytest
from civic_chassis.kernel.errors import DomainError
from civic_gateway.arguments import handler_of
from civic_gateway.routing import Table
from civic_gateway.validation import Body, PageSize
from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def answer(_: Request) -> Response:
    return Response()


def table(*paths: str) -> Table:
    return Table([Route(path, answer) for path in paths])


PATHS = (
    "/api/{tenant}/topics",
    "/api/{tenant}/topics/{topic:id}",
    "/api/{tenant}/topics/{topic:id}:publish",
    "/api/{tenant}/topics/{topic:id}/contributions",
    "/{tenant}/{name}.css",
    "/static/{file}",
    "/{tenant}",
    "/{tenant}/{page}",
    "/{path:path}/",
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/a/topics", (PATHS[0], {"tenant": "a"})),
        ("/api/a/topics/1", (PATHS[1], {"tenant": "a", "topic": "1"})),
        ("/api/a/topics/1:publish", (PATHS[2], {"tenant": "a", "topic": "1"})),
        ("/api/a/topics/1/contributions", (PATHS[3], {"tenant": "a", "topic": "1"})),
        ("/a/b.css", (PATHS[4], {"tenant": "a", "name": "b"})),
        ("/a/bxcss", (PATHS[7], {"tenant": "a", "page": "bxcss"})),
        ("/static/b.css", (PATHS[4], {"tenant": "static", "name": "b"})),
        ("/static/b.js", (PATHS[5], {"file": "b.js"})),
        ("/ä", (PATHS[6], {"tenant": "ä"})),
        ("/a/b", (PATHS[7], {"tenant": "a", "page": "b"})),
        ("/a/b/c/", (PATHS[8], {"path": "a/b/c"})),
        ("/api/a/topics/1/", (PATHS[8], {"path": "api/a/topics/1"})),
        ("/a/b/c", None),
        ("/", None),
        ("/api/a/topics/1:burn", None),
        ("", None),
    ],
)
def test_the_first_route_that_fits_the_whole_address_answers(path: str, expected: tuple[str, Any] | None) -> None:
    found = table(*PATHS).find(path)
    shown = None if found is None else (found[1].path, found[2])
    assert shown == expected


def test_a_method_without_routes_fits_nothing() -> None:
    assert table().find("") is None
    assert table().find("/") is None


class Letter(Body):
    text: str


router = APIRouter()


@router.put("/{tenant}/letters/{letter}")
async def put_letter(
    request: Request,
    tenant: str,
    letter: str,
    body: Letter,
    page_size: PageSize = 20,
    urgent: Annotated[bool, Query(description="At once")] = False,
    q: str = "",
) -> Response:
    return PlainTextResponse(repr((tenant, letter, body.text, page_size, urgent, q)))


def request(query: str, body: bytes = b'{"text": "Hallo"}') -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/a/letters/b",
        "path_params": {"tenant": "a", "letter": "b"},
        "query_string": query.encode(),
        "headers": [(b"content-type", b"application/json; charset=utf-8")],
    }
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ("a", "b", "Hallo", 20, False, "")),
        ("page_size=5&urgent=true&q=a+b%C3%A4&lang=de", ("a", "b", "Hallo", 5, True, "a bä")),
        ("q=1&q=2", ("a", "b", "Hallo", 20, False, "2")),
        ("q=", ("a", "b", "Hallo", 20, False, "")),
        # What an address names nobody takes from the query.
        ("tenant=x&body=x", ("a", "b", "Hallo", 20, False, "")),
    ],
)
async def test_a_function_gets_what_it_names(query: str, expected: tuple[Any, ...]) -> None:
    [route] = router.routes
    assert isinstance(route, Route)
    response = await handler_of(route)(request(query))
    assert bytes(response.body).decode() == repr(expected)


async def test_everything_wrong_is_named_at_once() -> None:
    [route] = router.routes
    assert isinstance(route, Route)
    with pytest.raises(DomainError) as caught:
        await handler_of(route)(request("page_size=0&urgent=perhaps", b'{"text": 7, "more": 1}'))
    assert [(violation.field, violation.reason) for violation in caught.value.violations] == [
        ("page_size", "OUT_OF_RANGE"),
        ("urgent", "WRONG_TYPE"),
        ("text", "WRONG_TYPE"),
        ("more", "UNKNOWN_FIELD"),
    ]


async def with_header(request: Request, secret: Annotated[str, Header()] = "") -> Response:
    return Response()


async def with_required(request: Request, q: str) -> Response:
    return Response()


def that_blocks(request: Request) -> Response:
    return Response()


@pytest.mark.parametrize("endpoint", [with_header, with_required, that_blocks])
def test_a_function_that_cannot_be_served_is_refused_at_the_start(endpoint: Any) -> None:
    refused = APIRouter()
    refused.add_api_route("/x", endpoint)
    [route] = refused.routes
    assert isinstance(route, Route)
    with pytest.raises(TypeError, match="/x"):
        handler_of(route)
