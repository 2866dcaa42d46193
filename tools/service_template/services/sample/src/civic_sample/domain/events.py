"""What happened, before it is a message: no names, no addresses, no texts of citizens."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SpecimenCreated:
    """A specimen was added."""

    specimen_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class SpecimenChanged:
    """A specimen was changed."""

    specimen_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class SpecimenDeleted:
    """A specimen was removed; the version is one more than its last."""

    specimen_id: UUID
    version: int


SampleEvent = SpecimenCreated | SpecimenChanged | SpecimenDeleted
