"""After a form was sent: on to the next page, or the same form again with what hindered it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from civic_gateway.context import context_of
from civic_gateway.problems import Problem, language_of, trace_id_of
from civic_gateway.web.forms import renamed

# What the person can mend, or wait for, with the form before their eyes.
_MENDED: Final = frozenset(
    {Kind.INVALID, Kind.CONFLICT, Kind.PRECONDITION, Kind.VERSION, Kind.LIMIT, Kind.UNAVAILABLE, Kind.DEADLINE}
)


def shown_again(error: DomainError) -> bool:
    """Whether the form is the best place to say it."""
    return error.kind in _MENDED


def described(request: Request, error: DomainError, names: Mapping[str, str] | None = None) -> Problem:
    """The error in words; `names` says how the form calls fields that the service calls otherwise."""
    problem = context_of(request).problems.describe(error, language=language_of(request), trace_id=trace_id_of(request))
    return renamed(problem, names or {})


def redirect(path: str) -> Response:
    """On to a page that may be reloaded without sending again."""
    return RedirectResponse(path, 303, {"cache-control": "no-store"})
