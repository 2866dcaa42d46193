"""What one person did, over all tenants of the state."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from civic_discussion.domain.contributions import State


class ParticipationKind(StrEnum):
    """What sort of participation an entry is."""

    CONTRIBUTION = "contribution"
    COMMENT = "comment"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Participation:
    """One entry; titles are those of the moment."""

    id: UUID
    kind: ParticipationKind
    tenant: str
    topic_id: UUID
    topic_title: str
    contribution_id: UUID
    contribution_title: str
    create_time: datetime
    state: State
