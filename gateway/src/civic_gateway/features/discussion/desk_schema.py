"""The staff's desk in the JSON API: what it takes and answers."""

from __future__ import annotations

from typing import Annotated, Any

from civic.discussion.v1 import desk_service_pb2
from pydantic import Field, WithJsonSchema

from civic_gateway.features.discussion import render
from civic_gateway.features.discussion.contribution_schema import Contribution
from civic_gateway.features.discussion.schema_parts import Shown, ShownPage
from civic_gateway.validation import Body

_LABEL = WithJsonSchema({"type": "string", "maxLength": 40, "description": "One line; empty for none"})
_SUBJECT = "01935b5e-7c00-7000-8000-000000000009"


class MarkPut(Body):
    """What staff notes; a field that is absent stays as it is."""

    starred: bool | None = Field(None, strict=True)
    label: Annotated[str, _LABEL] | None = None
    assignee: str | None = Field(None, description="Subject of a colleague, `me`, or empty for nobody")


class Mark(Shown):
    """What staff notes about a contribution; nobody else sees it."""

    starred: bool = Field(examples=[True])
    label: str = Field(examples=["Bauamt"])
    assignee: str | None = Field(examples=[_SUBJECT])
    assignee_name: str | None = Field(examples=["schulze"])


class DeskContribution(Contribution):
    """A contribution on the desk."""

    topic_title: str = Field(examples=["Marktplatz"])
    mark: Mark


class DeskPage(ShownPage):
    """A page of the desk."""

    items: list[DeskContribution]


class Colleague(Shown):
    """One of the staff."""

    subject: str = Field(examples=[_SUBJECT])
    name: str = Field(examples=["schulze"])


class Desk(Shown):
    """What is on the desk."""

    colleagues: list[Colleague] = Field(description="Who marked a contribution of the tenant before")
    labels: list[str] = Field(examples=[["Bauamt"]])
    waiting_count: int = Field(examples=[1], description="Initiatives that reached their goal and have no answer")


def mark(message: desk_service_pb2.Mark) -> dict[str, Any]:
    """As the JSON API shows it."""
    return {
        "starred": message.starred,
        "label": message.label,
        "assignee": message.assignee or None,
        "assignee_name": message.assignee_name or None,
    }


def on_desk(message: desk_service_pb2.DeskContribution) -> dict[str, Any]:
    """A contribution with its topic's title and its mark."""
    shown = render.contribution(message.contribution)
    return {**shown, "topic_title": message.topic_title, "mark": mark(message.mark)}


def desk(message: desk_service_pb2.GetDeskResponse) -> dict[str, Any]:
    """Who works at it, and how much waits."""
    return {
        "colleagues": [{"subject": each.subject, "name": each.name} for each in message.colleagues],
        "labels": list(message.labels),
        "waiting_count": message.waiting_count,
    }
