"""The servicer: parse, call one verb, render."""

from collections.abc import Sequence
from typing import Any

from civic.sample.v1 import specimen_service_pb2, specimen_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel.repeat import Repeat

from civic_sample.api import wire
from civic_sample.application.specimens import Specimens

Context = Any


def servicers(specimens: Specimens) -> Sequence[Servicer]:
    """What the server of this service answers with."""
    return ((specimen_service_pb2_grpc.add_SpecimenServiceServicer_to_server, SpecimenApi(specimens)),)


class SpecimenApi(specimen_service_pb2_grpc.SpecimenServiceServicer):
    """SpecimenService."""

    def __init__(self, specimens: Specimens) -> None:
        self._specimens = specimens

    async def GetSpecimen(
        self, request: specimen_service_pb2.GetSpecimenRequest, context: Context
    ) -> specimen_service_pb2.GetSpecimenResponse:
        specimen = await self._specimens.get(current_call(), wire.specimen_id(request.id))
        return specimen_service_pb2.GetSpecimenResponse(specimen=wire.specimen_message(specimen))

    async def ListSpecimens(
        self, request: specimen_service_pb2.ListSpecimensRequest, context: Context
    ) -> specimen_service_pb2.ListSpecimensResponse:
        page = await self._specimens.list(current_call(), page_size=request.page_size, page_token=request.page_token)
        return specimen_service_pb2.ListSpecimensResponse(
            specimens=[wire.specimen_message(specimen) for specimen in page.items],
            next_page_token=page.next_page_token,
        )

    async def CreateSpecimen(
        self, request: specimen_service_pb2.CreateSpecimenRequest, context: Context
    ) -> specimen_service_pb2.CreateSpecimenResponse:
        repeat = Repeat.parse(request.request_id, request.SerializeToString(deterministic=True))
        specimen = await self._specimens.create(current_call(), title=request.title, text=request.text, repeat=repeat)
        return specimen_service_pb2.CreateSpecimenResponse(specimen=wire.specimen_message(specimen))

    async def UpdateSpecimen(
        self, request: specimen_service_pb2.UpdateSpecimenRequest, context: Context
    ) -> specimen_service_pb2.UpdateSpecimenResponse:
        specimen = await self._specimens.update(
            current_call(),
            wire.specimen_id(request.id),
            request.etag,
            title=request.title if request.HasField("title") else None,
            text=request.text if request.HasField("text") else None,
        )
        return specimen_service_pb2.UpdateSpecimenResponse(specimen=wire.specimen_message(specimen))

    async def DeleteSpecimen(
        self, request: specimen_service_pb2.DeleteSpecimenRequest, context: Context
    ) -> specimen_service_pb2.DeleteSpecimenResponse:
        await self._specimens.delete(current_call(), wire.specimen_id(request.id), request.etag)
        return specimen_service_pb2.DeleteSpecimenResponse()
