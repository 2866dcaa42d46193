"""Calls about topics that pages and JSON API share; each raises DomainError."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from civic.common.v1 import place_pb2
from civic.discussion.v1 import (
    topic_pb2,
    topic_service_pb2,
    topic_service_pb2_grpc,
)

from civic_gateway.clients import FIRST_PAGE, Asker, Page, Service, timestamp_of

Topic = topic_pb2.Topic
TopicSettings = topic_pb2.TopicSettings
TopicPreset = topic_pb2.TopicPreset
Site = place_pb2.Site
Phase = topic_pb2.Phase


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of a topic in one language."""

    title: str = ""
    teaser: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff says about a topic; `translations` by language code, without German."""

    texts: Texts
    start_time: dt.datetime | None
    end_time: dt.datetime | None
    archive_time: dt.datetime | None = None
    names_public: bool = True
    translations: Mapping[str, Texts] = field(default_factory=dict)
    settings: TopicSettings | None = None
    site: Site | None = None


class TopicCalls:
    """The discussion service, for topics."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._topics = topic_service_pb2_grpc.TopicServiceStub(service.channel)

    async def get_topic(self, asker: Asker, topic_id: str) -> Topic:
        """A draft is found by staff of the tenant alone."""
        request = topic_service_pb2.GetTopicRequest(id=topic_id)
        answer: topic_service_pb2.GetTopicResponse = await self._service.call(self._topics.GetTopic, request, asker)
        return answer.topic

    async def list_topics(
        self,
        asker: Asker,
        *,
        page: Page = FIRST_PAGE,
        phase: Phase.ValueType = Phase.PHASE_UNSPECIFIED,
        query: str = "",
        drafts: bool = False,
    ) -> topic_service_pb2.ListTopicsResponse:
        """`.topics` (without full texts) and `.next_page_token`; `drafts` is for staff of the tenant alone."""
        request = topic_service_pb2.ListTopicsRequest(
            page_size=page.size, page_token=page.token, phase=phase, query=query, drafts=drafts
        )
        answer: topic_service_pb2.ListTopicsResponse = await self._service.call(self._topics.ListTopics, request, asker)
        return answer

    async def list_state_topics(
        self,
        *,
        page: Page = FIRST_PAGE,
        phase: Phase.ValueType = Phase.PHASE_UNSPECIFIED,
        query: str = "",
        tenant: str = "",
    ) -> topic_service_pb2.ListStateTopicsResponse:
        """Published topics of all tenants: `.topics` (without full texts) and `.next_page_token`."""
        request = topic_service_pb2.ListStateTopicsRequest(
            page_size=page.size, page_token=page.token, phase=phase, query=query, tenant=tenant
        )
        answer: topic_service_pb2.ListStateTopicsResponse = await self._service.call(
            self._topics.ListStateTopics, request, Asker()
        )
        return answer

    async def create_topic(self, asker: Asker, draft: Draft, *, request_id: str = "") -> Topic:
        """Creates a draft; a repeat with the same `request_id` answers the topic as it now is."""
        request = topic_service_pb2.CreateTopicRequest(topic=_draft(draft), request_id=request_id)
        answer: topic_service_pb2.CreateTopicResponse = await self._service.call(
            self._topics.CreateTopic, request, asker
        )
        return answer.topic

    async def update_topic(self, asker: Asker, topic_id: str, draft: Draft, *, etag: str) -> Topic:
        """Replaces everything that staff says; `etag` is required, `*` takes whatever is there."""
        request = topic_service_pb2.UpdateTopicRequest(id=topic_id, etag=etag, topic=_draft(draft))
        answer: topic_service_pb2.UpdateTopicResponse = await self._service.call(
            self._topics.UpdateTopic, request, asker
        )
        return answer.topic

    async def publish_topic(self, asker: Asker, topic_id: str, *, etag: str = "") -> Topic:
        """Publishing a published topic changes nothing."""
        request = topic_service_pb2.PublishTopicRequest(id=topic_id, etag=etag)
        answer: topic_service_pb2.PublishTopicResponse = await self._service.call(
            self._topics.PublishTopic, request, asker
        )
        return answer.topic

    async def extend_topic(
        self, asker: Asker, topic_id: str, *, end_time: dt.datetime | None, reason: str, etag: str = ""
    ) -> Topic:
        """Moves the end to a later instant."""
        request = topic_service_pb2.ExtendTopicRequest(
            id=topic_id, etag=etag, end_time=timestamp_of(end_time), reason=reason
        )
        answer: topic_service_pb2.ExtendTopicResponse = await self._service.call(
            self._topics.ExtendTopic, request, asker
        )
        return answer.topic

    async def end_topic(self, asker: Asker, topic_id: str, *, reason: str, etag: str = "") -> Topic:
        """Ends an active or announced topic now."""
        request = topic_service_pb2.EndTopicRequest(id=topic_id, etag=etag, reason=reason)
        answer: topic_service_pb2.EndTopicResponse = await self._service.call(self._topics.EndTopic, request, asker)
        return answer.topic


def _draft(draft: Draft) -> topic_service_pb2.TopicDraft:
    return topic_service_pb2.TopicDraft(
        texts=_texts(draft.texts),
        translations={language: _texts(texts) for language, texts in draft.translations.items()},
        start_time=timestamp_of(draft.start_time),
        end_time=timestamp_of(draft.end_time),
        archive_time=timestamp_of(draft.archive_time),
        names_public=draft.names_public,
        settings=draft.settings,
        site=draft.site,
    )


def _texts(texts: Texts) -> topic_pb2.TopicTexts:
    return topic_pb2.TopicTexts(title=texts.title, teaser=texts.teaser, text=texts.text)
