"""What a person typed into a form: read without doubts, shown again with what is wrong with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request

from civic_gateway.problems import FieldProblem, Problem, gateway_error
from civic_gateway.session import CSRF_FIELD

KEY_FIELD: Final = "idempotency_key"
_MAX_FIELDS: Final = 90
_MAX_KEY: Final = 200
FORM: Final = "civic.form"
# Set where a body is read while it arrives: nobody else may read it.
STREAMED: Final = "civic.streamed"


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: `problem` says what the last sending broke."""

    values: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    def value(self, name: str) -> str:
        """What stands in the field."""
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """What is wrong with the field; empty where nothing is."""
        return next((error.detail for error in self.errors if error.field == name), "")

    @property
    def errors(self) -> Sequence[FieldProblem]:
        """What is wrong, field by field, in the order of the form."""
        found = self.problem.errors if self.problem is not None else ()
        # A browser sends the fields in their order on the page.
        places = {name: place for place, name in enumerate(self.values)}
        return sorted(found, key=lambda error: places.get(error.field, len(places)))

    @property
    def key(self) -> str:
        """The hidden key under which a second sending of the same form is recognised."""
        return key_of(self.values)


def key_of(values: Mapping[str, str]) -> str:
    """The key that the form came with, or a new one."""
    return values.get(KEY_FIELD, "")[:_MAX_KEY] or uuid.uuid4().hex


async def read_form(request: Request) -> dict[str, str]:
    """Every field of a form as it was sent; raises MALFORMED_REQUEST for what is no form in UTF-8."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if body and media_type != "application/x-www-form-urlencoded":
        raise gateway_error(Kind.INVALID, "MALFORMED_REQUEST", "the body is no form")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise gateway_error(Kind.INVALID, "MALFORMED_REQUEST", "the body is no form in UTF-8") from None
    values = {name: value.replace("\r\n", "\n") for name, value in pairs}
    request.scope[FORM] = values
    return values


def typed_of(request: Request) -> Mapping[str, str]:
    """What the request brought as a form, where a handler has read it."""
    values: Mapping[str, str] = request.scope.get(FORM, {})
    return values


async def typed_in(request: Request) -> Mapping[str, str]:
    """As `typed_of`, also where something refused the request before its handler read the form."""
    if request.method != "POST" or FORM in request.scope or STREAMED in request.scope:
        return typed_of(request)
    try:
        return await read_form(request)
    except DomainError:
        return {}


def visible(values: Mapping[str, str]) -> Mapping[str, str]:
    """The fields without those that only the portal needs."""
    return {name: value for name, value in values.items() if name not in (CSRF_FIELD, KEY_FIELD)}


def sent_again(values: Mapping[str, str], stored: Mapping[str, str], names: Iterable[str]) -> bool:
    """Whether the form brings what is stored already, as after a double click."""
    return all(values.get(name, "").strip() == stored.get(name, "").strip() for name in names)


def pick(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The named fields, empty where they were not sent."""
    return {name: values.get(name, "") for name in names}
