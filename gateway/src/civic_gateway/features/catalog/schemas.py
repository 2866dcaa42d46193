"""The form of what the JSON API answers about offers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

KindName = Literal[
    "dialog",
    "procedure",
    "land_use",
    "regional_plan",
    "survey",
    "event",
    "appointment",
    "application",
    "report",
]
PhaseName = Literal["announced", "active", "ended", "archived"]

_TIME = "2026-11-23T04:37:56.123456Z"


class OfferPlace(BaseModel):
    """Where an offer is; without a pin `lat` and `lon` are null."""

    lat: float | None = Field(examples=[50.1])
    lon: float | None = Field(examples=[8.7])
    address: str = Field(examples=["Am Markt 1"])
    district: str = Field(examples=["Altstadt"])


class Offer(BaseModel):
    """One thing that people can take part in, of any tool."""

    id: str = Field(examples=["01935b5e-7c00-7000-8000-000000000001"])
    kind: KindName = Field(examples=["dialog"], description="The tool")
    tenant: str = Field(examples=["lindental"])
    language: str = Field(examples=["de"], description="Language of title and teaser")
    title: str = Field(examples=["Neugestaltung des Marktplatzes"])
    teaser: str = Field(examples=["Was soll auf dem Marktplatz anders werden?"])
    phase: PhaseName = Field(examples=["active"])
    publish_time: str = Field(examples=[_TIME])
    update_time: str = Field(examples=[_TIME])
    start_time: str = Field(examples=[_TIME])
    end_time: str | None = Field(examples=[_TIME], description="null where it has no end")
    archive_time: str | None = Field(examples=[_TIME])
    result_time: str | None = Field(examples=[None], description="When its result was published")
    place: OfferPlace | None
    area: list[float] | None = Field(examples=[None], description="West, south, east, north in degrees")
    topics: list[str] = Field(examples=[["Verkehr"]], description="Themes in the office's words")
    counts: dict[str, int] = Field(
        examples=[{"comments": 3, "contributions": 2, "ratings": 4}],
        description="How much was handed in; of initiatives `supports` in place of `ratings`",
    )
    path: str = Field(examples=["/lindental/dialoge/neugestaltung-des-marktplatzes-0123"])


class OfferPage(BaseModel):
    """A page of offers."""

    items: list[Offer]
    next_page_token: str | None
    hit_count: int | None = Field(None, examples=[12], description="Only where `count` was asked for; at most 1,000")
    more_hits: bool | None = Field(None, examples=[False], description="Whether there are more than 1,000")
    corrected_query: str | None = Field(
        None, examples=[None], description="The words that were searched for instead, where nothing held those of `q`"
    )


class MapPoint(BaseModel):
    """One point of the map."""

    lat: float = Field(examples=[50.1])
    lon: float = Field(examples=[8.7])
    count: int = Field(examples=[1], description="How many offers lie here")
    offer: Offer | None = Field(description="The offer where it is one alone")


class MapView(BaseModel):
    """Offers with a place."""

    points: list[MapPoint]
    placed_count: int = Field(examples=[1])
    bbox: list[float] | None = Field(examples=[[8.7, 50.1, 8.7, 50.1]], description="Around all points")
