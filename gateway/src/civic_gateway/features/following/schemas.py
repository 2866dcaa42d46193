"""Bodies that the JSON API takes about following and mail, and the form of what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from civic_gateway.validation import Body

RhythmName = Literal["now", "daily", "weekly"]
PreferenceName = Literal["now", "daily", "weekly", "never", "as_followed"]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class FollowingPut(Body):
    """How often the person wants to hear of the topic."""

    model_config = _example(rhythm="daily")
    rhythm: RhythmName


class FollowingState(BaseModel):
    """Whether and how often the person hears of the topic; null where they do not follow it."""

    rhythm: RhythmName | None = Field(examples=["daily"])


class Following(BaseModel):
    """What the person follows."""

    tenant: str = Field(examples=["lindental"])
    kind: str = Field(examples=["discussion.topic"])
    id: str
    rhythm: RhythmName
    title: str = Field(examples=["Neugestaltung des Marktplatzes"])
    path: str = Field(examples=["/lindental/dialoge/neugestaltung-des-marktplatzes-0v1q"])
    create_time: str = Field(examples=["2026-11-23T04:37:56.123456Z"])


class FollowingPage(BaseModel):
    """A page of what the person follows."""

    items: list[Following]
    next_page_token: str | None


class PreferencePut(Body):
    """How often the person wants to hear of a kind of notice; `as_followed` leaves it to what they follow."""

    model_config = _example(rhythm="never")
    rhythm: PreferenceName


class Preference(BaseModel):
    """How often the person hears of a kind of notice."""

    kind: str = Field(examples=["phase.ended"])
    rhythm: PreferenceName
    followed: bool = Field(description="Whether it is about what the person follows")
    staff: bool = Field(description="Whether it goes to staff alone")


class PreferenceList(BaseModel):
    """All kinds of notices."""

    items: list[Preference]


class Recipient(BaseModel):
    """Where mails to the person go."""

    address: str = Field(examples=["anna@hessen.example"])
    language: Literal["de", "en"]
    suppressed: bool = Field(description="Whether mail came back, so that nothing more is sent")


class MailText(BaseModel):
    """A mail text of the tenant as it is sent."""

    kind: str = Field(examples=["phase.ended"])
    language: Literal["de", "en"]
    subject_line: str = Field(examples=["Beendet: {title}"])
    text: str
    version: int = Field(description="0 where the portal's text is sent")
    etag: str
    placeholders: list[str]


class MailTextList(BaseModel):
    """All mail texts of the tenant."""

    items: list[MailText]


class MailTextPut(Body):
    """Another mail text."""

    model_config = _example(subject_line="Beendet: {title}", text="Guten Tag,\n\n{title} ist beendet.\n\n{link}")
    subject_line: Annotated[str, WithJsonSchema({"type": "string", "minLength": 3, "maxLength": 150})]
    text: Annotated[str, WithJsonSchema({"type": "string", "minLength": 10, "maxLength": 5000})]


class MailPreview(BaseModel):
    """The mail with example values."""

    subject_line: str
    text: str
    html: str
