"""Events: what a service encodes is what its contract says, and what the gateway knows."""

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from civic_gateway.features.discussion.events import changed_tags
from civic_gateway.features.tenants.events import tenant_tag
from descriptors import Area, Event, areas
from google.protobuf.message import Message
from workspace import services

# Streams that several services declare, each for itself.
SHARED = {"OFFER", "NOTICE"}
TOLD = [(area, event) for area in areas() for event in area.events]


def example(kind: Any) -> Any:
    """A value of a type with nothing in it left empty, so that a field that is not carried over shows."""
    arguments = [each for each in typing.get_args(kind) if each is not types.NoneType]
    origin = typing.get_origin(kind) or kind
    if origin in (types.UnionType, typing.Union):
        return example(arguments[0])
    if origin in (tuple, Sequence, list, frozenset):
        return (list if origin is list else frozenset if origin is frozenset else tuple)([example(arguments[0])])
    if origin in (Mapping, dict):
        return {example(arguments[0]): example(arguments[1])}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{each.name: example(hints[each.name]) for each in dataclasses.fields(kind)})
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return list(kind)[-1]
    return {
        str: "lindental",
        int: 7,
        bool: True,
        bytes: b"x",
        UUID: UUID("01938f3a-1c2b-7d4e-8f5a-6b7c8d9e0f1a"),
        datetime: datetime(2026, 11, 23, 4, 37, 56, 123456, tzinfo=UTC),
    }[kind]


def encoded(area: Area, event: Event) -> tuple[str, bytes]:
    """Type and payload of an event as its service sends it."""
    package = f"civic_{area.name}"
    value = example(getattr(import_module(f"{package}.domain.events"), event.name))
    sent = import_module(f"{package}.main").encode(value)
    return sent.type, sent.payload


@pytest.mark.parametrize(("area", "event"), TOLD, ids=[event.name for _, event in TOLD])
def test_a_service_sends_what_its_contract_says(area: Area, event: Event) -> None:
    subject, payload = encoded(area, event)
    assert subject == event.subject
    message: type[Message] = getattr(import_module(f"civic.{area.name}.v1.{area.name}_events_pb2"), event.name)
    read = message.FromString(payload)
    assert [field.name for field, _ in read.ListFields()] == [field.name for field in event.fields]


@pytest.mark.parametrize("event", [event for area, event in TOLD if area.name == "discussion"], ids=lambda e: e.name)
def test_the_gateway_knows_what_an_event_makes_old(event: Event) -> None:
    area = next(area for area in areas() if area.name == "discussion")
    kind, payload = encoded(area, event)
    tags = changed_tags("lindental", kind.removeprefix("civic.discussion.").removesuffix(".v1"), payload)
    # An event that it does not know makes everything of the tenant old.
    assert tenant_tag("lindental") not in tags
    assert tags


def test_every_service_that_tells_something_has_a_stream_for_it() -> None:
    for service in services():
        made = import_module(f"{service.package}.main").SERVICE
        told = [event.subject for area, event in TOLD if f"civic_{area.name}" == service.package]
        patterns = [subject.removesuffix(">") for stream in made.streams for subject in stream.subjects]
        assert all(any(subject.startswith(pattern) for pattern in patterns) for subject in told)
        names = [stream.name for stream in made.streams]
        own = service.package.removeprefix("civic_").upper()
        # A service that tells nothing of its own may have shared streams alone.
        assert set(names) <= SHARED | {own}
        assert not told or names[0] == own


def test_streams_are_limited() -> None:
    """At a limit the oldest events go; without one the disk fills."""
    for service in services():
        for stream in import_module(f"{service.package}.main").SERVICE.streams:
            assert 0 < stream.max_bytes <= 64 * 1024**3
            assert stream.max_age.total_seconds() > 0
