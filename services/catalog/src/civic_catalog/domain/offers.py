"""Offers as the catalog keeps and shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from civic_participation.domain.offers import BoundingBox, OfferKind

from civic_catalog.domain.phases import Phase, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOffer:
    """What an event told. `projection` is what readers get, in the form of the wire; the rest is for finding it.

    `stemmed` is searched for other forms of words, `spelled` for words as they are written, without umlauts. `title` is
    the German one, `titles` has those in further languages.
    """

    id: UUID
    tenant: str
    version: int
    kind: OfferKind
    removed: bool
    schedule: Schedule
    publish_time: datetime
    title: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    themes: tuple[str, ...] = ()
    district: str = ""
    latitude: float | None = None
    longitude: float | None = None
    box: BoundingBox | None = None
    stemmed: str = ""
    spelled: str = ""
    vocabulary: Sequence[str] = ()
    projection: bytes = b""


@dataclass(frozen=True, slots=True)
class Listed:
    """An offer of a list."""

    projection: bytes
    phase: Phase


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the map; `offer` where it is one alone."""

    latitude: float
    longitude: float
    count: int
    offer: Listed | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What filters can be set to."""

    kinds: Sequence[OfferKind]
    districts: Sequence[str]
    themes: Sequence[str]
