"""After a form was sent: on to the next page, or the same form again with what hindered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from civic_gateway.context import context_of
from civic_gateway.problems import FieldProblem, Problem, language_of, trace_id_of
from civic_gateway.web.i18n import Words

# What the person can mend, or wait for, with the form before their eyes.
_MENDED: Final = frozenset(
    {Kind.INVALID, Kind.CONFLICT, Kind.PRECONDITION, Kind.VERSION, Kind.LIMIT, Kind.UNAVAILABLE, Kind.DEADLINE}
)


def shown_again(error: DomainError) -> bool:
    """Whether the form is the best place to say it."""
    return error.kind in _MENDED


def described(
    request: Request,
    error: DomainError,
    *,
    names: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Problem:
    """The error in words. `names` says how the form calls fields that the service calls otherwise, `labels` under
    which words a field stands in the form, where they are not those of the API."""
    context = context_of(request)
    language = language_of(request)
    problem = context.problems.describe(error, language=language, trace_id=trace_id_of(request))
    words = context.catalogue.words(language)
    return replace(
        problem,
        errors=tuple(
            replace(
                found,
                field=(names or {}).get(found.field, found.field),
                detail=_labelled(words, found, (labels or {}).get(found.field)),
            )
            for found in problem.errors
        ),
    )


def _labelled(words: Words, found: FieldProblem, label: str | None) -> str:
    if label is None:
        return found.detail
    # Every sentence about a field begins with its name.
    return f"{words.text(label)}: {found.detail.partition(': ')[2]}"


def redirect(path: str) -> Response:
    """On to a page that may be reloaded without sending again."""
    return RedirectResponse(path, 303, {"cache-control": "no-store"})
