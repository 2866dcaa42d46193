"""The servicer of objects: parse, call one verb, render."""

from typing import Any

from civic.discussion.v1 import object_pb2, object_service_pb2, object_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_discussion.api import object_wire, wire
from civic_discussion.application.objects import Objects
from civic_discussion.domain import policy
from civic_discussion.domain.objects import Object

Context = Any


def servicer(objects: Objects) -> Servicer:
    """The servicer with the function that registers it."""
    return object_service_pb2_grpc.add_ObjectServiceServicer_to_server, ObjectApi(objects)


class ObjectApi(object_service_pb2_grpc.ObjectServiceServicer):
    """ObjectService."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def ListObjects(
        self, request: object_service_pb2.ListObjectsRequest, context: Context
    ) -> object_service_pb2.ListObjectsResponse:
        found = await self._objects.list(current_call(), wire.topic_id(request.topic_id))
        return object_service_pb2.ListObjectsResponse(objects=[_shown(each) for each in found])

    async def GetObject(
        self, request: object_service_pb2.GetObjectRequest, context: Context
    ) -> object_service_pb2.GetObjectResponse:
        topic_id = wire.topic_id(request.topic_id)
        found = await self._objects.get(current_call(), topic_id, request.id, version=request.version)
        return object_service_pb2.GetObjectResponse(object=_shown(found))

    async def CompareObject(
        self, request: object_service_pb2.CompareObjectRequest, context: Context
    ) -> object_service_pb2.CompareObjectResponse:
        found = await self._objects.compare(
            current_call(),
            wire.topic_id(request.topic_id),
            request.id,
            from_version=request.from_version,
            to_version=request.to_version,
        )
        shown = _shown(found.object)
        for section in shown.text.sections:
            section.ClearField("text")
        return object_service_pb2.CompareObjectResponse(
            object=shown,
            from_version=found.from_version,
            sections=map(object_wire.compared_message, found.sections),
        )

    async def PutObject(
        self, request: object_service_pb2.PutObjectRequest, context: Context
    ) -> object_service_pb2.PutObjectResponse:
        found = await self._objects.put(
            current_call(),
            wire.topic_id(request.topic_id),
            request.id,
            expected=request.etag,
            given=object_wire.given(request.object),
            note=request.note,
            validate_only=request.validate_only,
        )
        return object_service_pb2.PutObjectResponse(object=_shown(found))

    async def DeleteObject(
        self, request: object_service_pb2.DeleteObjectRequest, context: Context
    ) -> object_service_pb2.DeleteObjectResponse:
        await self._objects.delete(current_call(), wire.topic_id(request.topic_id), request.id, request.etag)
        return object_service_pb2.DeleteObjectResponse()

    async def ReorderObjects(
        self, request: object_service_pb2.ReorderObjectsRequest, context: Context
    ) -> object_service_pb2.ReorderObjectsResponse:
        found = await self._objects.reorder(current_call(), wire.topic_id(request.topic_id), list(request.ids))
        return object_service_pb2.ReorderObjectsResponse(objects=[_shown(each) for each in found])


def _shown(found: Object) -> object_pb2.Object:
    return object_wire.object_message(found, staff=policy.is_staff(current_call().caller, found.tenant))
