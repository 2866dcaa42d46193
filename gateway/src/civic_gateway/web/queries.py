"""What the query of a page's address says: filters and pages of lists."""

from __future__ import annotations

from collections.abc import Sequence

from civic_chassis.kernel.errors import Violation, invalid
from starlette.requests import Request


def choice(request: Request, name: str, allowed: Sequence[str]) -> str:
    """One of the allowed values, or empty where the address names none; raises NOT_ALLOWED."""
    value = request.query_params.get(name, "")
    if value and value not in allowed:
        raise invalid(Violation(name, "NOT_ALLOWED", "not one of the values", {"allowed": ", ".join(allowed)}))
    return value


def words_in(request: Request, name: str = "q") -> str:
    """What is searched for, without spaces around it."""
    return request.query_params.get(name, "").strip()


def page_token(request: Request) -> str:
    """The page of the list that is asked for; empty for the first."""
    return request.query_params.get("page_token", "")


def box_of(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north (RFC 7946); raises INVALID_ARGUMENT."""
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise invalid(Violation("bbox", "MALFORMED", "four numbers with commas")) from None
    return west, south, east, north
