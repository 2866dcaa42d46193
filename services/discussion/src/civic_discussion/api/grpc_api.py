"""TopicService and CommentService: parse, call one verb, render."""

from collections.abc import Sequence
from typing import Any

from civic.common.v1 import page_pb2
from civic.discussion.v1 import (
    comment_service_pb2,
    comment_service_pb2_grpc,
    topic_service_pb2,
    topic_service_pb2_grpc,
)
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_discussion.api import topic_wire, wire
from civic_discussion.api.contribution_api import repeat_of
from civic_discussion.api.contribution_wire import comment_message
from civic_discussion.application.comments import Comments
from civic_discussion.application.paging import Asked
from civic_discussion.application.topics import TopicQuery, Topics

Context = Any


def servicers(topics: Topics, comments: Comments) -> Sequence[Servicer]:
    """Each servicer with the function that registers it."""
    return (
        (topic_service_pb2_grpc.add_TopicServiceServicer_to_server, TopicApi(topics)),
        (comment_service_pb2_grpc.add_CommentServiceServicer_to_server, CommentApi(comments)),
    )


class TopicApi(topic_service_pb2_grpc.TopicServiceServicer):
    """TopicService."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics

    async def GetTopic(
        self, request: topic_service_pb2.GetTopicRequest, context: Context
    ) -> topic_service_pb2.GetTopicResponse:
        call = current_call()
        topic = await self._topics.get(call, wire.topic_id(request.id))
        return topic_service_pb2.GetTopicResponse(topic=topic_wire.topic_message(topic, call.received_at))

    async def ListTopics(
        self, request: topic_service_pb2.ListTopicsRequest, context: Context
    ) -> topic_service_pb2.ListTopicsResponse:
        call = current_call()
        asked = TopicQuery(
            request.page_size, request.page_token, topic_wire.phase(request.phase), request.query, drafts=request.drafts
        )
        page = await self._topics.list_of_tenant(call, asked)
        return topic_service_pb2.ListTopicsResponse(
            topics=[topic_wire.topic_message(topic, call.received_at) for topic in page.items],
            next_page_token=page.next_page_token,
        )

    async def ListStateTopics(
        self, request: topic_service_pb2.ListStateTopicsRequest, context: Context
    ) -> topic_service_pb2.ListStateTopicsResponse:
        call = current_call()
        asked = TopicQuery(
            request.page_size, request.page_token, topic_wire.phase(request.phase), request.query, tenant=request.tenant
        )
        page = await self._topics.list_of_state(call, asked)
        return topic_service_pb2.ListStateTopicsResponse(
            topics=[topic_wire.topic_message(topic, call.received_at) for topic in page.items],
            next_page_token=page.next_page_token,
        )

    async def CreateTopic(
        self, request: topic_service_pb2.CreateTopicRequest, context: Context
    ) -> topic_service_pb2.CreateTopicResponse:
        call = current_call()
        repeat = repeat_of(request.request_id, request)
        topic = await self._topics.create(call, topic_wire.draft(request.topic), repeat)
        return topic_service_pb2.CreateTopicResponse(topic=topic_wire.topic_message(topic, call.received_at))

    async def UpdateTopic(
        self, request: topic_service_pb2.UpdateTopicRequest, context: Context
    ) -> topic_service_pb2.UpdateTopicResponse:
        call = current_call()
        topic = await self._topics.update(
            call, wire.topic_id(request.id), request.etag, topic_wire.draft(request.topic)
        )
        return topic_service_pb2.UpdateTopicResponse(topic=topic_wire.topic_message(topic, call.received_at))

    async def PublishTopic(
        self, request: topic_service_pb2.PublishTopicRequest, context: Context
    ) -> topic_service_pb2.PublishTopicResponse:
        call = current_call()
        topic = await self._topics.publish(call, wire.topic_id(request.id), request.etag)
        return topic_service_pb2.PublishTopicResponse(topic=topic_wire.topic_message(topic, call.received_at))

    async def ExtendTopic(
        self, request: topic_service_pb2.ExtendTopicRequest, context: Context
    ) -> topic_service_pb2.ExtendTopicResponse:
        call = current_call()
        end_time = wire.moment(request.end_time, "end_time") if request.HasField("end_time") else None
        topic = await self._topics.extend(
            call, wire.topic_id(request.id), request.etag, end_time=end_time, reason=request.reason
        )
        return topic_service_pb2.ExtendTopicResponse(topic=topic_wire.topic_message(topic, call.received_at))

    async def PublishOutcome(
        self, request: topic_service_pb2.PublishOutcomeRequest, context: Context
    ) -> topic_service_pb2.PublishOutcomeResponse:
        call = current_call()
        topic = await self._topics.publish_outcome(call, wire.topic_id(request.id), request.etag, dict(request.texts))
        return topic_service_pb2.PublishOutcomeResponse(topic=topic_wire.topic_message(topic, call.received_at))

    async def EndTopic(
        self, request: topic_service_pb2.EndTopicRequest, context: Context
    ) -> topic_service_pb2.EndTopicResponse:
        call = current_call()
        topic = await self._topics.end(call, wire.topic_id(request.id), request.etag, reason=request.reason)
        return topic_service_pb2.EndTopicResponse(topic=topic_wire.topic_message(topic, call.received_at))


class CommentApi(comment_service_pb2_grpc.CommentServiceServicer):
    """CommentService."""

    def __init__(self, comments: Comments) -> None:
        self._comments = comments

    async def ListComments(
        self, request: comment_service_pb2.ListCommentsRequest, context: Context
    ) -> comment_service_pb2.ListCommentsResponse:
        contribution_id = wire.contribution_id(request.contribution_id)
        asked = Asked(request.page_size, request.page_token)
        if request.representation == page_pb2.REPRESENTATION_JSON:
            ready = await self._comments.list_as_json(current_call(), contribution_id, asked)
            return comment_service_pb2.ListCommentsResponse(
                items_json=ready.items_json, next_page_token=ready.next_page_token
            )
        page = await self._comments.list(current_call(), contribution_id, asked)
        return comment_service_pb2.ListCommentsResponse(
            comments=[comment_message(item) for item in page.items],
            next_page_token=page.next_page_token,
        )

    async def CreateComment(
        self, request: comment_service_pb2.CreateCommentRequest, context: Context
    ) -> comment_service_pb2.CreateCommentResponse:
        comment = await self._comments.create(
            current_call(),
            wire.contribution_id(request.contribution_id),
            parent_id=wire.parent_id(request.parent_id),
            text=request.text,
            repeat=repeat_of(request.request_id, request),
        )
        return comment_service_pb2.CreateCommentResponse(comment=comment_message(comment))
