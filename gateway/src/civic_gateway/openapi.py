"""What the description of the JSON API says beside the routes: problems, security, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from starlette.routing import BaseRoute

READING: Final = (400, 401, 403, 404, 408, 410, 413, 422, 429, 500, 503, 504)
WRITING: Final = (400, 401, 403, 404, 408, 409, 410, 412, 413, 415, 422, 428, 429, 500, 503, 504)

# Reason of the example, and what the status means for whoever calls.
_MEANING: Final[Mapping[int, tuple[str, str]]] = {
    400: ("MALFORMED_JSON", "The request cannot be read: broken JSON, or a page token of another list"),
    401: ("SIGN_IN_REQUIRED", "Nobody is signed in, or the token is not valid"),
    403: ("ROLE_REQUIRED", "The person may not do this here"),
    404: ("TOPIC_NOT_FOUND", "There is nothing under this address"),
    408: ("BODY_TIMEOUT", "The body did not arrive in time"),
    409: ("TOPIC_ENDED", "The present state does not allow it"),
    410: ("TENANT_CLOSED", "The tenant is closed for good"),
    412: ("ETAG_MISMATCH", "It changed since the version in If-Match"),
    413: ("BODY_TOO_LARGE", "The body is larger than 1 MiB"),
    415: ("MEDIA_TYPE", "The body is of another media type than the one expected here"),
    422: ("INVALID_ARGUMENT", "A field breaks a rule; `errors` names each"),
    428: ("ETAG_REQUIRED", "If-Match is missing"),
    429: ("RATE_LIMITED", "Too many calls; Retry-After says when to go on"),
    500: ("INTERNAL", "Something unexpected went wrong"),
    503: ("UNAVAILABLE", "A part is away at the moment"),
    504: ("DEADLINE_EXCEEDED", "The answer took too long"),
}
_DESCRIPTION: Final = """\
Everything that the pages of the portal show and do.

* **Lists** answer `{"items": […], "next_page_token": …}`. `page_size` is 20 unless given, at most 100. The header
  `Link` names the next and the first page.
* **Versions**: every answer to a GET carries `ETag`; sent back as `If-None-Match` it is answered 304 where nothing
  changed. Edits take it as `If-Match` and are answered 412 where somebody else was faster.
* **Repeats**: a creation with the header `Idempotency-Key` (at most 200 visible ASCII characters) creates once; a
  repeat answers the resource as it now is.
* **Errors** are `application/problem+json` with a `reason` that programs may rely on, a `detail` in the language of
  `Accept-Language` (German or English), `errors` by field, and a `trace_id`.
* **Signing in**: a bearer token of the state's realm, or the cookie of the portal; with the cookie a write carries
  `X-CSRF-Token`.
* **Times** are RFC 3339 in UTC; days are days in Europe/Berlin.
"""


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["title"])
    reason: str = Field(examples=["TOO_LONG"])
    detail: str = Field(examples=["Titel: Erlaubt sind höchstens 200 Zeichen, es sind 100.000."])
    limit: int | None = Field(None, examples=[200], description="The limit, where the rule has one")


class ProblemSchema(BaseModel):
    """An error after RFC 9457."""

    type: str = Field(examples=["/api/problems#INVALID_ARGUMENT"])
    title: str = Field(examples=["Die Eingabe ist noch nicht vollständig oder richtig"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Bitte prüfen Sie die genannten Angaben. Gespeichert wurde noch nichts."])
    instance: str = Field(examples=["/api/v1/lindental/discussion/topics"])
    reason: str = Field(examples=["INVALID_ARGUMENT"], description="What programs may rely on")
    trace_id: str = Field(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])
    errors: list[FieldProblem] = Field(examples=[[]])


def answers(model: type[BaseModel], *, statuses: tuple[int, ...], success: int = 200) -> dict[int | str, Any]:
    """The documented answers of a route."""
    return {success: {"model": model, "headers": _headers(success)}, **problems(statuses)}


def reading(model: type[BaseModel]) -> dict[str, Any]:
    """How a route is documented that answers everybody."""
    return {"responses": answers(model, statuses=READING), "openapi_extra": for_everybody()}


def creating(model: type[BaseModel]) -> dict[str, Any]:
    """How a route is documented that creates something for a person, once for each key."""
    documented = answers(model, statuses=WRITING, success=201)
    return {"status_code": 201, "responses": documented, "openapi_extra": signed_in(IDEMPOTENCY_KEY)}


def changing(model: type[BaseModel], *parameters: Mapping[str, Any]) -> dict[str, Any]:
    """How a route is documented that changes something for a person."""
    return {"responses": answers(model, statuses=WRITING), "openapi_extra": signed_in(*parameters)}


def problems(statuses: tuple[int, ...]) -> dict[int | str, Any]:
    """The documented refusals of a route; for a reading one also 304."""
    documented: dict[int | str, Any] = {}
    if statuses is READING:
        documented[304] = {"description": "Nothing changed since the version in If-None-Match"}
    for status in statuses:
        reason, meaning = _MEANING[status]
        documented[status] = {
            "description": meaning,
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": {
                        "type": f"/api/problems#{reason}",
                        "title": meaning,
                        "status": status,
                        "detail": meaning,
                        "instance": "/api/v1/lindental/discussion/topics",
                        "reason": reason,
                        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                        "errors": [],
                    },
                }
            },
        }
    return documented


def signed_in(*parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that needs a person."""
    return {"security": [{"bearer": []}, {"session": [], "csrf": []}], "parameters": list(parameters)}


def for_everybody(*parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that answers everybody, and a signed-in person more."""
    return {"security": [{}, {"bearer": []}, {"session": []}], "parameters": [*parameters, *_READ_HEADERS]}


_READ_HEADERS: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "name": "lang",
        "in": "query",
        "description": "Language of texts; before Accept-Language",
        "schema": {"type": "string", "enum": ["de", "en"]},
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "description": "ETag that is already there",
        "schema": {"type": "string", "pattern": '^"[!-~]*"$', "maxLength": 200},
    },
)
IDEMPOTENCY_KEY: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Key under which a repeat is recognised",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[!-~]+$"},
}
IF_MATCH: Final[Mapping[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "description": "Version that the change is based on, as the ETag or `etag` of it; * for any",
    "schema": {"type": "string", "maxLength": 200, "pattern": '^(\\*|"?[0-9]+(\\.[0-9a-z-]+)?"?)$'},
    "example": '"3"',
}
IF_MATCH_REQUIRED: Final[Mapping[str, Any]] = {**IF_MATCH, "required": True}


def describe(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The whole document."""
    document = get_openapi(
        title="Beteiligungsportal",
        version="1",
        summary="The JSON API of the participation portal",
        description=_DESCRIPTION,
        routes=routes,
        tags=[
            {"name": "tenants", "description": "Municipalities, counties and authorities that take part"},
            {"name": "catalog", "description": "Everything public of all tenants and tools: lists and map"},
            {"name": "discussion", "description": "Dialoge: topics, contributions, comments, ratings"},
            {"name": "files", "description": "Files that people send, to be attached to what they write"},
            {"name": "moderation", "description": "What is held back, reported or hidden, and how a tenant moderates"},
            {"name": "mail", "description": "Who follows what, and the texts of mails"},
            {"name": "me", "description": "What the signed-in person did"},
        ],
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = ProblemSchema.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = {**problem, "title": "Problem"}
    # FastAPI's own form of errors, which is never answered here.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "session": {"type": "apiKey", "in": "cookie", "name": "civic_session"},
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    }
    return document


def _headers(success: int) -> dict[str, Any]:
    headers: dict[str, Any] = {"ETag": {"description": "Version", "schema": {"type": "string"}}}
    if success == 201:
        headers["Location"] = {"description": "Address of what was created", "schema": {"type": "string"}}
    else:
        headers["Link"] = {"description": "Lists: next and first page", "schema": {"type": "string"}}
    return headers
