"""An offer as a tool tells it to everybody, for the state's list and whatever else is built from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

SEARCH_TEXT_MAX = 20_000
THEMES_MAX = 20


class OfferKind(StrEnum):
    """The tool; the value is the word of the event's subject."""

    DIALOG = "dialog"
    PROCEDURE = "procedure"
    LAND_USE = "land_use"
    REGIONAL_PLAN = "regional_plan"
    SURVEY = "survey"
    EVENT = "event"
    APPOINTMENT = "appointment"
    APPLICATION = "application"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class OfferTexts:
    """Texts in one language, as lists show them."""

    title: str
    teaser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPlace:
    """Where an offer is; a point, words, or both."""

    latitude: float | None = None
    longitude: float | None = None
    address: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A rectangle in degrees (WGS 84)."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicOffer:
    """The complete public projection of one offer.

    `version` grows with every telling, `revision` with what staff says.
    """

    kind: OfferKind
    id: UUID
    version: int
    revision: int
    texts: OfferTexts
    translations: Mapping[str, OfferTexts]
    publish_time: datetime
    update_time: datetime
    start_time: datetime
    end_time: datetime | None = None
    archive_time: datetime | None = None
    result_time: datetime | None = None
    search_text: str = ""
    themes: tuple[str, ...] = ()
    place: OfferPlace | None = None
    area: BoundingBox | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferWithdrawn:
    """The offer is public no longer."""

    kind: OfferKind
    id: UUID
    version: int
