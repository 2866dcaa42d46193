"""Messages ↔ domain values."""

from datetime import datetime
from uuid import UUID

from civic.sample.v1 import specimen_pb2
from civic_chassis.kernel import etag
from civic_chassis.kernel.errors import DomainError
from civic_chassis.kernel.ids import parse_id
from google.protobuf.timestamp_pb2 import Timestamp

from civic_sample.domain import errors
from civic_sample.domain.specimens import Specimen


def specimen_id(text: str) -> UUID:
    """What is no id names nothing, like an id that nobody gave. Raises SPECIMEN_NOT_FOUND."""
    try:
        return parse_id(text, "id")
    except DomainError:
        raise errors.specimen_not_found() from None


def specimen_message(specimen: Specimen) -> specimen_pb2.Specimen:
    return specimen_pb2.Specimen(
        name=f"tenants/{specimen.tenant}/specimens/{specimen.id}",
        id=str(specimen.id),
        etag=etag.render(specimen.row_version),
        create_time=_timestamp(specimen.create_time),
        update_time=_timestamp(specimen.update_time),
        title=specimen.words.title,
        text=specimen.words.text,
    )


def _timestamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made
