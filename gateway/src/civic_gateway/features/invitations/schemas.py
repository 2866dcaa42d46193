"""Bodies that the JSON API takes about invitations, and the form of what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from civic_gateway.validation import Body

_TIME = "2026-11-23T04:37:56.123456Z"


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


Addresses = Annotated[
    list[str],
    WithJsonSchema({"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string", "maxLength": 254}}),
]


class InvitationsCreate(Body):
    """Whom to invite; who has not joined yet gets a new link, and the earlier one ends."""

    model_config = _example(addresses=["anna@hessen.example"])
    addresses: Addresses


class InvitationsSent(BaseModel):
    """How many mails are on their way; none to those who have joined."""

    count: int = Field(examples=[1])


class InvitationEntry(BaseModel):
    """An invitation, as editors see it."""

    id: str = Field(examples=["01935b5e-7c00-7000-8000-000000000001"])
    address: str = Field(examples=["anna@hessen.example"])
    unreachable: bool = Field(description="Whether mail came back, or its owner wants no invitations")
    state: Literal["invited", "joined", "revoked"]
    invite_time: str = Field(examples=[_TIME])
    join_time: str | None = Field(examples=[None])


class InvitationList(BaseModel):
    """All invitations of a topic, oldest first."""

    items: list[InvitationEntry]


class InvitationRevoked(BaseModel):
    """The invitation after it was ended."""

    id: str
    state: Literal["invited", "joined", "revoked"]


class InvitationOpened(BaseModel):
    """What an invitation opens."""

    topic_id: str
    title: str = Field(examples=["Runder Tisch"])
    joined: bool = Field(description="Whether the person is a member")
