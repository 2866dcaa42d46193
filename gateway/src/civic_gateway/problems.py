"""Errors as people and programs read them: problem+json (RFC 9457) for the API, a page for everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson
from civic_chassis.kernel.errors import DomainError, Kind, Violation
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from civic_gateway.web.i18n import Catalogue, Words

MEDIA_TYPE: Final = "application/problem+json"
API_PREFIX: Final = "/api/"
# What programs read: they are told of an error in their own form.
_OF_PROGRAMS: Final = (API_PREFIX, "/feeds/")
TYPE_PREFIX: Final = "/api/problems#"

_STATUS_OF_KIND: Final = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.GONE: 410,
    Kind.CONFLICT: 409,
    Kind.PRECONDITION: 409,
    Kind.VERSION: 412,
    Kind.LIMIT: 429,
    Kind.UNAVAILABLE: 503,
    Kind.DEADLINE: 504,
    Kind.INTERNAL: 500,
}
_STATUS_OF_REASON: Final = {
    "PAGE_TOKEN_INVALID": 400,
    "TENANT_REQUIRED": 404,
    "ETAG_REQUIRED": 428,
    "MALFORMED_JSON": 400,
    "DUPLICATE_KEY": 400,
    "TOO_DEEP": 400,
    "MALFORMED_REQUEST": 400,
    "METHOD_NOT_ALLOWED": 405,
    "BODY_TIMEOUT": 408,
    "BODY_TOO_LARGE": 413,
    "MEDIA_TYPE": 415,
    "FILE_TOO_LARGE": 413,
    "FILE_KIND": 415,
    "SIGN_IN_UNAVAILABLE": 503,
}
# A service says `topic.texts.title`; whoever typed it knows a `title`. Tried from the front.
_FIELD_PREFIXES: Final = ("topic.", "texts.", "object.", "plain.")
_FIELD_NAMES: Final = {"request_id": "Idempotency-Key", "etag": "If-Match", "query": "q", "bounding_box": "bbox"}
_RETRY_SECONDS: Final = {503: 5, 504: 5}
# What a program may compare a value with; the largest one that the rule has is the limit.
_LIMITS: Final = ("max", "min")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, in the reader's language."""

    field: str
    reason: str
    detail: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the reader's language."""

    status: int
    reason: str
    title: str
    detail: str
    trace_id: str
    errors: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


ErrorPage = Callable[[Request, Problem], Awaitable[Response]]


class Problems:
    """Turns errors into answers. `page` renders what a person sees outside of the API."""

    def __init__(self, catalogue: Catalogue, page: ErrorPage) -> None:
        self._catalogue = catalogue
        self._page = page

    async def respond(self, request: Request, error: DomainError) -> Response:
        """The answer to `error` in the form that the address asks for."""
        problem = self.describe(error, language=language_of(request), trace_id=trace_id_of(request))
        if request.scope["path"].startswith(_OF_PROGRAMS):
            return json_response(problem, instance=request.scope["path"])
        response = await self._page(request, problem)
        response.headers.update(problem.headers)
        return response

    def plainly(self, request: Request, error: DomainError) -> Response:
        """The answer in plain words, for when not even a page can be rendered."""
        problem = self.describe(error, language=language_of(request), trace_id=trace_id_of(request))
        lines = (problem.title, problem.detail, *(error.detail for error in problem.errors), problem.trace_id)
        return PlainTextResponse("\n\n".join(lines) + "\n", problem.status, {"cache-control": "no-store"})

    def describe(self, error: DomainError, *, language: str, trace_id: str) -> Problem:
        """The error in words."""
        words = self._catalogue.words(language)
        status = status_of(error)
        known = f"errors.reason.{error.reason}.title" in words
        reason = error.reason if known else "INTERNAL"
        return Problem(
            status=status if known else 500,
            reason=reason,
            title=words.text(f"errors.reason.{reason}.title"),
            detail=_detail(words, reason, error.metadata),
            trace_id=trace_id,
            errors=tuple(describe_violation(words, violation) for violation in error.violations),
            headers={"content-language": language, **_headers(status, error)},
            metadata=error.metadata,
        )


def status_of(error: DomainError) -> int:
    """The HTTP status of an error."""
    return _STATUS_OF_REASON.get(error.reason) or _STATUS_OF_KIND[error.kind]


def describe_violation(words: Words, violation: Violation) -> FieldProblem:
    """A broken rule of a field in words; an unknown rule is a plain "not valid"."""
    name = field_name(violation.field)
    key = f"errors.violation.{violation.reason}"
    values = dict(violation.metadata)
    if "other" in values:
        values["other"] = _label(words, values["other"])
    if "expected" in values:
        values["expected"] = words.text(f"errors.expected.{values['expected']}")
    try:
        detail = words.text(key, label=_label(words, name), **values)
    except LookupError:
        detail = words.text("errors.violation.INVALID", label=_label(words, name))
    limit = next((values[name] for name in _LIMITS if name in values), None)
    return FieldProblem(name, violation.reason, detail, int(limit) if limit is not None else None)


def field_name(name: str) -> str:
    """The field as it is called in a request's body, query or header."""
    for prefix in _FIELD_PREFIXES:
        name = name.removeprefix(prefix)
    return _FIELD_NAMES.get(name, name)


def json_response(problem: Problem, *, instance: str) -> Response:
    """The problem as application/problem+json."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.reason,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "reason": problem.reason,
        "trace_id": problem.trace_id,
        "errors": [_error(error) for error in problem.errors],
    }
    headers = {"cache-control": "no-store", **problem.headers}
    return Response(orjson.dumps(body), problem.status, headers, MEDIA_TYPE)


def language_of(request: Request) -> str:
    """The language that the outermost layer chose for this request."""
    language: str = request.scope["civic.language"]
    return language


def trace_id_of(request: Request) -> str:
    """The number under which logs and traces of this request are found."""
    trace_id: str = request.scope["civic.trace_id"]
    return trace_id


def gateway_error(kind: Kind, reason: str, message: str, **metadata: str) -> DomainError:
    """An error that the gateway itself raises."""
    return DomainError(kind, reason, message, domain="gateway.civic", metadata=metadata)


def problem_catalogue(catalogue: Catalogue, language: str) -> Sequence[Mapping[str, str]]:
    """Every reason with its title, for readers of a problem's `type`."""
    words = catalogue.words(language)
    prefix, suffix = "errors.reason.", ".title"
    reasons = [
        key.removeprefix(prefix).removesuffix(suffix)
        for key in words.entries
        if key.startswith(prefix) and key.endswith(suffix)
    ]
    return [{"reason": reason, "title": words.text(f"{prefix}{reason}{suffix}")} for reason in sorted(reasons)]


def _detail(words: Words, reason: str, metadata: Mapping[str, str]) -> str:
    values: dict[str, Any] = dict(metadata)
    if "retry_after_seconds" in values:
        values["count"] = int(values["retry_after_seconds"])
    if "seconds" in values:
        values["count"] = int(values["seconds"])
    try:
        return words.text(f"errors.reason.{reason}.detail", **values)
    except (LookupError, ValueError):
        # The service left out what the sentence needs: the title alone is still true.
        return words.text(f"errors.reason.{reason}.title")


def _label(words: Words, name: str) -> str:
    last = name.rpartition(".")[2]
    key = f"errors.field.{last}"
    return words.text(key) if key in words else name


def _headers(status: int, error: DomainError) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="civic"'
    retry = error.metadata.get("retry_after_seconds") or _RETRY_SECONDS.get(status)
    if retry is not None:
        headers["retry-after"] = str(retry)
    if "allowed" in error.metadata and status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = error.metadata["allowed"]
    return headers


def _error(problem: FieldProblem) -> dict[str, Any]:
    error: dict[str, Any] = {"field": problem.field, "reason": problem.reason, "detail": problem.detail}
    if problem.limit is not None:
        error["limit"] = problem.limit
    return error
