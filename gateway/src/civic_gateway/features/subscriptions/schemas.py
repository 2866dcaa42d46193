"""Bodies that the JSON API takes about subscriptions, and the form of what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from civic_gateway.features.catalog.schemas import KindName
from civic_gateway.features.following.schemas import RhythmName
from civic_gateway.validation import Body


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


def _text(most: int, description: str) -> Any:
    return WithJsonSchema({"type": "string", "maxLength": most, "description": description})


class SubscriptionCreate(Body):
    """A filter of the list, how often, and an address where nobody is signed in."""

    model_config = _example(q="Stadtpark", tenant="lindental", rhythm="daily", address="anna@hessen.example")
    q: Annotated[str, _text(200, "Words, as in the list")] = ""
    kind: KindName | None = None
    tenant: Annotated[str, _text(40, "Only this tenant")] = ""
    district: Annotated[str, _text(100, "Only this part of a town")] = ""
    topic: Annotated[str, _text(100, "Only this theme")] = ""
    bbox: Annotated[str, _text(100, "Only this rectangle: west,south,east,north in degrees")] = ""
    rhythm: RhythmName
    address: Annotated[str, _text(254, "Mail address; ignored for signed-in persons")] = ""


class SubscriptionMade(BaseModel):
    """What became of it. An address is asked first, and nothing is said about it."""

    id: str | None = Field(examples=["01935b5e-7c00-7000-8000-000000000001"], description="null until it is confirmed")
    state: Literal["active", "asked"]


class SubscriptionChange(Body):
    """How often the person wants to hear of the subscription."""

    model_config = _example(rhythm="weekly")
    rhythm: RhythmName


class SubscriptionState(BaseModel):
    """How often the person hears of the subscription; null where it has ended."""

    rhythm: RhythmName | None = Field(examples=["weekly"])
