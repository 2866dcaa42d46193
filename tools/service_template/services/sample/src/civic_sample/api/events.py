"""Domain events as messages."""

from civic.sample.v1 import sample_events_pb2 as messages
from civic_chassis.kernel.event import Event

from civic_sample.domain import events

AREA = "sample"


def encode(event: events.SampleEvent) -> Event:
    """The event with its subject's words and its serialised message."""
    match event:
        case events.SpecimenCreated():
            return _specimen(event, "created", messages.SpecimenCreated)
        case events.SpecimenChanged():
            return _specimen(event, "changed", messages.SpecimenChanged)
        case events.SpecimenDeleted():
            return _specimen(event, "deleted", messages.SpecimenDeleted)


def _specimen(
    event: events.SampleEvent,
    verb: str,
    message: type[messages.SpecimenCreated | messages.SpecimenChanged | messages.SpecimenDeleted],
) -> Event:
    payload = message(specimen_id=str(event.specimen_id), version=event.version).SerializeToString()
    return Event(area=AREA, resource="specimen", verb=verb, payload=payload, aggregate_id=event.specimen_id)
