"""The form of tenants in the JSON API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from civic_gateway.validation import Body, Instant

_TIME = "2026-11-23T04:37:56.123456Z"


class Shown(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid")


class Design(Shown):
    """How a tenant looks."""

    colour: str = Field(examples=["#1a5276"], description="Head band")
    on_colour: str = Field(examples=["#ffffff"], description="Text on the head band")
    link_colour: str = Field(examples=["#1a5276"], description="Links and buttons on white")
    logo_url: str | None = Field(examples=["/api/v1/tenants/lindental/logo?v=1"])


class Contact(Shown):
    """Whom a citizen can turn to."""

    address: str = Field(examples=["Marktplatz 1\n12345 Lindental"])
    phone: str = Field(examples=["06000 1234-0"])
    email: str = Field(examples=["beteiligung@lindental.example"])
    hours: str = Field(examples=["Montag bis Freitag 8 bis 12 Uhr"])


class TenantTexts(Shown):
    """Texts in one language, in Markdown."""

    welcome: str
    imprint: str
    privacy: str
    accessibility: str


class TenantCard(Shown):
    """A tenant in a list."""

    id: str = Field(examples=["lindental"])
    slug: str = Field(examples=["lindental"])
    etag: str = Field(examples=["1"])
    create_time: Instant = Field(examples=[_TIME])
    update_time: Instant = Field(examples=[_TIME])
    display_name: str = Field(examples=["Stadt Lindental"])
    kind: Literal["state", "municipality", "county", "authority", "topic"]
    state: Literal["live", "suspended", "closed"]
    ags: str = Field(examples=["06999001"], description="Official municipality key; may be empty")
    design: Design
    contact: Contact


class PlainPart(Shown):
    """A text in Leichte Sprache, Markdown, and a video in German Sign Language."""

    text: str = Field(examples=["Hier können Sie mitreden."])
    video: str | None = Field(examples=["https://video.lindental.example/dgs"])


class Plain(Shown):
    """What a public body tells in Leichte Sprache and German Sign Language (BITV 2.0 section 4)."""

    content: PlainPart
    navigation: PlainPart
    accessibility: PlainPart
    further: PlainPart


class PlainPartPut(Body):
    """A text in Leichte Sprache and a video in German Sign Language; either may be left out."""

    text: Annotated[
        str, WithJsonSchema({"type": "string", "maxLength": 50_000, "description": "Markdown in German"})
    ] = ""
    video: Annotated[
        str | None,
        WithJsonSchema(
            {"type": ["string", "null"], "maxLength": 500, "description": "https, on a host that the state allows"}
        ),
    ] = None


class PlainPut(Body):
    """All that a tenant tells in Leichte Sprache and German Sign Language; a part that is left out is emptied."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"content": {"text": "Hier können Sie **mitreden**.", "video": None}}}
    )

    content: PlainPartPut = PlainPartPut()
    navigation: PlainPartPut = PlainPartPut()
    accessibility: PlainPartPut = PlainPartPut()
    further: PlainPartPut = PlainPartPut()


class Tenant(TenantCard):
    """A tenant with its texts by language."""

    plain: Plain
    texts: dict[str, TenantTexts]


class TenantPage(Shown):
    """All tenants, the state portal first."""

    items: list[TenantCard]
    next_page_token: str | None = Field(examples=[None], description="Token of the next page; null on the last one")
