"""What happened, before it is a message."""

from dataclasses import dataclass
from uuid import UUID

from civic_participation.domain.offers import OfferKind


@dataclass(frozen=True, slots=True)
class OfferChanged:
    """The list shows an offer anew, otherwise, or no longer."""

    offer_id: UUID
    version: int
    kind: OfferKind
