"""Calls about what a topic is opened on; each raises DomainError."""

from __future__ import annotations

from collections.abc import Sequence

from civic.discussion.v1 import object_pb2, object_service_pb2, object_service_pb2_grpc

from civic_gateway.clients import Asker, Service

Object = object_pb2.Object
Comparison = object_service_pb2.CompareObjectResponse


class ObjectCalls:
    """The discussion service, for the objects of topics."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._objects = object_service_pb2_grpc.ObjectServiceStub(service.channel)

    async def list(self, asker: Asker, topic_id: str) -> Sequence[Object]:
        """Without texts, in their order."""
        request = object_service_pb2.ListObjectsRequest(topic_id=topic_id)
        answer: object_service_pb2.ListObjectsResponse = await self._service.call(
            self._objects.ListObjects, request, asker
        )
        return answer.objects

    async def get(self, asker: Asker, topic_id: str, key: str, *, version: int = 0) -> Object:
        """Complete; version 0 is the present one."""
        request = object_service_pb2.GetObjectRequest(topic_id=topic_id, id=key, version=version)
        answer: object_service_pb2.GetObjectResponse = await self._service.call(self._objects.GetObject, request, asker)
        return answer.object

    async def compare(
        self, asker: Asker, topic_id: str, key: str, *, from_version: int = 0, to_version: int = 0
    ) -> Comparison:
        """0 is the present version, and the one before it."""
        request = object_service_pb2.CompareObjectRequest(
            topic_id=topic_id, id=key, from_version=from_version, to_version=to_version
        )
        answer: Comparison = await self._service.call(self._objects.CompareObject, request, asker)
        return answer

    async def put(
        self,
        asker: Asker,
        topic_id: str,
        key: str,
        shown: Object,
        *,
        etag: str,
        note: str = "",
        validate_only: bool = False,
    ) -> Object:
        """Adds the object where `etag` is empty; `validate_only` stores nothing."""
        request = object_service_pb2.PutObjectRequest(
            topic_id=topic_id, id=key, etag=etag, object=shown, note=note, validate_only=validate_only
        )
        answer: object_service_pb2.PutObjectResponse = await self._service.call(self._objects.PutObject, request, asker)
        return answer.object

    async def delete(self, asker: Asker, topic_id: str, key: str, *, etag: str = "") -> None:
        """Only what no contribution is about."""
        request = object_service_pb2.DeleteObjectRequest(topic_id=topic_id, id=key, etag=etag)
        await self._service.call(self._objects.DeleteObject, request, asker)

    async def reorder(self, asker: Asker, topic_id: str, keys: Sequence[str]) -> Sequence[Object]:
        """Names every object once."""
        request = object_service_pb2.ReorderObjectsRequest(topic_id=topic_id, ids=keys)
        answer: object_service_pb2.ReorderObjectsResponse = await self._service.call(
            self._objects.ReorderObjects, request, asker
        )
        return answer.objects
