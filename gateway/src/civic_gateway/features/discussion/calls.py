"""Calls to the discussion service that pages and JSON API share; each raises DomainError."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from civic.common.v1 import offer_pb2, place_pb2
from civic.common.v1.attachment_pb2 import FileIds
from civic.common.v1.page_pb2 import Representation
from civic.discussion.v1 import (
    comment_service_pb2,
    comment_service_pb2_grpc,
    contribution_pb2,
    contribution_service_pb2,
    contribution_service_pb2_grpc,
    topic_pb2,
    topic_service_pb2,
    topic_service_pb2_grpc,
)
from google.protobuf.timestamp_pb2 import Timestamp

from civic_gateway.clients import Asker, Service

Topic = topic_pb2.Topic
TopicSettings = topic_pb2.TopicSettings
Place = place_pb2.Place
Site = place_pb2.Site
Anchor = place_pb2.Anchor
Contribution = contribution_pb2.Contribution
Comment = contribution_pb2.Comment
Phase = topic_pb2.Phase
RatingValue = contribution_pb2.RatingValue
ContributionOrder = contribution_service_pb2.ContributionOrder
ContributionMap = contribution_service_pb2.MapContributionsResponse
ParticipationKind = contribution_service_pb2.ParticipationKind


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list: `size` 0 means the service's default."""

    size: int = 0
    token: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContribution:
    """What a person hands in."""

    title: str
    text: str
    category: str = ""
    labels: Sequence[str] = ()
    place: Place | None = None
    anchor: Anchor | None = None
    hide_name: bool = False
    attachments: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionChange:
    """What an author changes: None leaves a value, an empty place takes the place away, `attachments` are all."""

    title: str | None = None
    text: str | None = None
    category: str | None = None
    place: Place | None = None
    attachments: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Only:
    """Which contributions a list holds; what is empty leaves nothing out."""

    category: str = ""
    label: str = ""
    object_id: str = ""
    section: str = ""
    # West, south, east, north: only those with a pin there.
    box: tuple[float, float, float, float] | None = None


class DiscussionCalls:
    """The discussion service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._topics = topic_service_pb2_grpc.TopicServiceStub(service.channel)
        self._contributions = contribution_service_pb2_grpc.ContributionServiceStub(service.channel)
        self._comments = comment_service_pb2_grpc.CommentServiceStub(service.channel)

    async def get_topic(self, asker: Asker, topic_id: str) -> Topic:
        """A draft is found by staff of the tenant alone."""
        request = topic_service_pb2.GetTopicRequest(id=topic_id)
        answer: topic_service_pb2.GetTopicResponse = await self._service.call(self._topics.GetTopic, request, asker)
        return answer.topic

    async def list_topics(
        self,
        asker: Asker,
        *,
        page: Page = Page(),
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
        page: Page = Page(),
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
            id=topic_id, etag=etag, end_time=_timestamp(end_time), reason=reason
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

    async def get_contribution(self, asker: Asker, contribution_id: str) -> Contribution:
        """`mine` and `my_rating` are those of the asker."""
        request = contribution_service_pb2.GetContributionRequest(id=contribution_id)
        answer: contribution_service_pb2.GetContributionResponse = await self._service.call(
            self._contributions.GetContribution, request, asker
        )
        return answer.contribution

    async def list_contributions(
        self,
        asker: Asker,
        topic_id: str,
        *,
        page: Page = Page(),
        order: ContributionOrder.ValueType = ContributionOrder.CONTRIBUTION_ORDER_NEWEST,
        only: Only = Only(),
        as_json: bool = False,
    ) -> contribution_service_pb2.ListContributionsResponse:
        """`.contributions`, or with `as_json` the ready array in `.items_json`; and `.next_page_token`."""
        request = contribution_service_pb2.ListContributionsRequest(
            topic_id=topic_id,
            page_size=page.size,
            page_token=page.token,
            order=order,
            representation=_representation(as_json),
            category=only.category,
            label=only.label,
            object_id=only.object_id,
            section=only.section,
            bounding_box=_box(only),
        )
        answer: contribution_service_pb2.ListContributionsResponse = await self._service.call(
            self._contributions.ListContributions, request, asker
        )
        return answer

    async def map_contributions(self, asker: Asker, topic_id: str, only: Only) -> ContributionMap:
        """Those with a pin: `.points`, `.placed_count`, `.bounding_box` and `.more`."""
        request = contribution_service_pb2.MapContributionsRequest(
            topic_id=topic_id,
            category=only.category,
            label=only.label,
            object_id=only.object_id,
            section=only.section,
            bounding_box=_box(only),
        )
        answer: ContributionMap = await self._service.call(self._contributions.MapContributions, request, asker)
        return answer

    async def create_contribution(
        self, asker: Asker, topic_id: str, new: NewContribution, *, request_id: str = ""
    ) -> Contribution:
        """A repeat with the same `request_id` answers the contribution as it now is."""
        request = contribution_service_pb2.CreateContributionRequest(
            topic_id=topic_id,
            title=new.title,
            text=new.text,
            category=new.category,
            labels=new.labels,
            place=new.place,
            anchor=new.anchor,
            hide_name=new.hide_name,
            attachments=new.attachments,
            request_id=request_id,
        )
        answer: contribution_service_pb2.CreateContributionResponse = await self._service.call(
            self._contributions.CreateContribution, request, asker
        )
        return answer.contribution

    async def update_contribution(
        self, asker: Asker, contribution_id: str, change: ContributionChange, *, etag: str
    ) -> Contribution:
        """`etag` is required, `*` takes whatever is there."""
        request = contribution_service_pb2.UpdateContributionRequest(
            id=contribution_id,
            etag=etag,
            title=change.title,
            text=change.text,
            category=change.category,
            place=change.place,
            attachments=FileIds(ids=change.attachments) if change.attachments is not None else None,
        )
        answer: contribution_service_pb2.UpdateContributionResponse = await self._service.call(
            self._contributions.UpdateContribution, request, asker
        )
        return answer.contribution

    async def set_rating(
        self, asker: Asker, contribution_id: str, value: RatingValue.ValueType
    ) -> contribution_service_pb2.SetRatingResponse:
        """`.ratings` and `.my_rating` after the change."""
        request = contribution_service_pb2.SetRatingRequest(contribution_id=contribution_id, value=value)
        answer: contribution_service_pb2.SetRatingResponse = await self._service.call(
            self._contributions.SetRating, request, asker
        )
        return answer

    async def delete_rating(self, asker: Asker, contribution_id: str) -> contribution_service_pb2.DeleteRatingResponse:
        """`.ratings` after the change; without a rating it changes nothing."""
        request = contribution_service_pb2.DeleteRatingRequest(contribution_id=contribution_id)
        answer: contribution_service_pb2.DeleteRatingResponse = await self._service.call(
            self._contributions.DeleteRating, request, asker
        )
        return answer

    async def list_comments(
        self,
        asker: Asker,
        contribution_id: str,
        *,
        page: Page = Page(),
        as_json: bool = False,
    ) -> comment_service_pb2.ListCommentsResponse:
        """`.comments`, or with `as_json` the ready array in `.items_json`; and `.next_page_token`."""
        request = comment_service_pb2.ListCommentsRequest(
            contribution_id=contribution_id,
            page_size=page.size,
            page_token=page.token,
            representation=_representation(as_json),
        )
        answer: comment_service_pb2.ListCommentsResponse = await self._service.call(
            self._comments.ListComments, request, asker
        )
        return answer

    async def create_comment(
        self, asker: Asker, contribution_id: str, *, text: str, parent_id: str = "", request_id: str = ""
    ) -> Comment:
        """`parent_id` names the comment that is replied to."""
        request = comment_service_pb2.CreateCommentRequest(
            contribution_id=contribution_id, parent_id=parent_id, text=text, request_id=request_id
        )
        answer: comment_service_pb2.CreateCommentResponse = await self._service.call(
            self._comments.CreateComment, request, asker
        )
        return answer.comment

    async def list_my_participation(
        self,
        *,
        token: str,
        page: Page = Page(),
        kind: ParticipationKind.ValueType = ParticipationKind.PARTICIPATION_KIND_UNSPECIFIED,
    ) -> contribution_service_pb2.ListMyParticipationResponse:
        """What the person wrote and rated in all tenants: `.participation` and `.next_page_token`."""
        request = contribution_service_pb2.ListMyParticipationRequest(
            page_size=page.size, page_token=page.token, kind=kind
        )
        answer: contribution_service_pb2.ListMyParticipationResponse = await self._service.call(
            self._contributions.ListMyParticipation, request, Asker(token=token)
        )
        return answer


def _box(only: Only) -> offer_pb2.BoundingBox | None:
    if only.box is None:
        return None
    west, south, east, north = only.box
    return offer_pb2.BoundingBox(west=west, south=south, east=east, north=north)


def _representation(as_json: bool) -> Representation.ValueType:
    return Representation.REPRESENTATION_JSON if as_json else Representation.REPRESENTATION_MESSAGES


def _timestamp(moment: dt.datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp


def _draft(draft: Draft) -> topic_service_pb2.TopicDraft:
    return topic_service_pb2.TopicDraft(
        texts=_texts(draft.texts),
        translations={language: _texts(texts) for language, texts in draft.translations.items()},
        start_time=_timestamp(draft.start_time),
        end_time=_timestamp(draft.end_time),
        archive_time=_timestamp(draft.archive_time),
        names_public=draft.names_public,
        settings=draft.settings,
        site=draft.site,
    )


def _texts(texts: Texts) -> topic_pb2.TopicTexts:
    return topic_pb2.TopicTexts(title=texts.title, teaser=texts.teaser, text=texts.text)
