"""Calls about contributions, their ratings and comments that pages and JSON API share; each raises DomainError."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from civic.common.v1 import offer_pb2, place_pb2
from civic.common.v1.attachment_pb2 import FileIds
from civic.common.v1.page_pb2 import Representation
from civic.discussion.v1 import (
    comment_service_pb2,
    comment_service_pb2_grpc,
    contribution_pb2,
    contribution_service_pb2,
    contribution_service_pb2_grpc,
)

from civic_gateway.clients import FIRST_PAGE, Asker, Page, Service

Place = place_pb2.Place
Anchor = place_pb2.Anchor
Contribution = contribution_pb2.Contribution
Comment = contribution_pb2.Comment
RatingValue = contribution_pb2.RatingValue
ContributionOrder = contribution_service_pb2.ContributionOrder
ContributionMap = contribution_service_pb2.MapContributionsResponse
ParticipationKind = contribution_service_pb2.ParticipationKind


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


class ContributionCalls:
    """The discussion service, for what people add to topics."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._contributions = contribution_service_pb2_grpc.ContributionServiceStub(service.channel)
        self._comments = comment_service_pb2_grpc.CommentServiceStub(service.channel)

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
        page: Page = FIRST_PAGE,
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
        page: Page = FIRST_PAGE,
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
        page: Page = FIRST_PAGE,
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
