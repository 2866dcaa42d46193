"""Checked input of the JSON API: types of fields, and what pydantic finds wrong as violations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final

from civic_chassis.kernel.errors import Violation, invalid
from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.convertors import StringConvertor, register_url_convertor

from civic_gateway.web.i18n import BERLIN

MAX_PAGE_SIZE: Final = 100
DEFAULT_PAGE_SIZE: Final = 20

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

_EXPECTED: Final = {
    "string_type": "text",
    "bool_type": "boolean",
    "bool_parsing": "boolean",
    "int_type": "number",
    "int_parsing": "number",
    "int_from_float": "number",
    "float_type": "decimal",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
    "list_type": "list",
}
_PLAIN: Final = {"missing": "REQUIRED", "extra_forbidden": "UNKNOWN_FIELD"}
# Of lists: what is wrong, and what pydantic and a violation call its bound.
_COUNTS: Final = {"too_short": ("TOO_FEW", "min_length", "min"), "too_long": ("TOO_MANY", "max_length", "max")}
_PLACES: Final = frozenset({"body", "query", "path", "header", "cookie"})


class Body(BaseModel):
    """A JSON body: a field that it does not have is refused, and no value is turned into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _instant(value: object) -> dt.datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError("NOT_A_TIME", "not a time as in RFC 3339")


def _day(value: object) -> dt.date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("NOT_A_DAY", "not a day")


def _page_size(value: object) -> int:
    # Not a number at all, and a number beyond the limit, are the same mistake to whoever made it.
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}", value, re.ASCII) and 1 <= int(value) <= MAX_PAGE_SIZE:
        return int(value)
    limits = {"min": "1", "max": str(MAX_PAGE_SIZE)}
    raise PydanticCustomError("OUT_OF_RANGE", "not between 1 and 100", limits)


Instant = Annotated[
    dt.datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-12T08:00:00Z"]}),
]
Day = Annotated[
    dt.date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-12-12"]}),
]
PageSize = Annotated[
    int,
    BeforeValidator(_page_size),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE}),
    Query(description="Items per page"),
]
PageToken = Annotated[str, Query(description="`next_page_token` of an earlier answer with the same filter and order")]


def start_of(day: dt.date, field: str) -> dt.datetime:
    """00:00 of the day in Europe/Berlin."""
    try:
        return dt.datetime.combine(day, dt.time(), BERLIN).astimezone(dt.UTC)
    except OverflowError:
        raise invalid(Violation(field, "NOT_A_DAY", "outside of the calendar")) from None


def end_of(day: dt.date, field: str) -> dt.datetime:
    """24:00 of the day in Europe/Berlin: the day itself still counts."""
    try:
        return start_of(day + dt.timedelta(days=1), field)
    except OverflowError:
        raise invalid(Violation(field, "NOT_A_DAY", "outside of the calendar")) from None


def one_of(
    instant: dt.datetime | None, day: dt.date | None, *, names: tuple[str, str], to_instant: Callable[..., dt.datetime]
) -> dt.datetime | None:
    """The instant that a request gives as such, or as a day; both at once are refused."""
    if instant is not None and day is not None:
        raise invalid(Violation(names[1], "NOT_BOTH", "given twice", {"other": names[0]}))
    return to_instant(day, names[1]) if day is not None else instant


def violations_of(errors: Sequence[Mapping[str, Any]]) -> list[Violation]:
    """What pydantic found wrong, one violation per field; never repeats a value that was sent."""
    found: dict[str, Violation] = {}
    for error in errors:
        name = _field(error["loc"])
        found.setdefault(name, _violation(name, error["type"], error.get("ctx") or {}))
    return list(found.values())


def _violation(name: str, kind: str, context: Mapping[str, Any]) -> Violation:
    if kind in _PLAIN:
        return Violation(name, _PLAIN[kind], kind)
    if kind in _EXPECTED:
        return Violation(name, "WRONG_TYPE", kind, {"expected": _EXPECTED[kind]})
    if kind in ("literal_error", "enum"):
        allowed = str(context.get("expected", "")).replace(" or ", ", ").replace("'", "")
        return Violation(name, "NOT_ALLOWED", kind, {"allowed": allowed})
    if kind in ("greater_than_equal", "less_than_equal"):
        least, most = str(context.get("ge", -(2**31))), str(context.get("le", 2**31 - 1))
        return Violation(name, "OUT_OF_RANGE", kind, {"min": least, "max": most})
    if kind in _COUNTS:
        reason, bound, name_of_bound = _COUNTS[kind]
        return Violation(name, reason, kind, {name_of_bound: str(context[bound])})
    if kind.isupper():
        return Violation(name, kind, kind, {key: str(value) for key, value in context.items()})
    return Violation(name, "INVALID", kind)


def _field(location: Sequence[str | int]) -> str:
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in _PLACES:
        parts = parts[1:]
    return ".".join(parts)[:200]


class _IdConvertor(StringConvertor):
    # `topics/{id}:publish` is another address than `topics/{id}`: no id holds a colon.
    regex = "[^/:]+"


class _FileConvertor(StringConvertor):
    # `files/tus` is where resumable uploads begin.
    regex = "(?!tus(?:$|/))[^/:]+"


register_url_convertor("id", _IdConvertor())
register_url_convertor("file", _FileConvertor())
