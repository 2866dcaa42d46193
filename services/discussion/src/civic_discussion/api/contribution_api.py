"""ContributionService: parse, call one verb, render."""

from typing import Any

from civic.common.v1 import page_pb2
from civic.discussion.v1 import contribution_service_pb2, contribution_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel.repeat import Repeat
from google.protobuf.message import Message

from civic_discussion.api import contribution_wire, object_wire, wire
from civic_discussion.api.contribution_wire import contribution_message, tally_message
from civic_discussion.application.contribution_lists import ContributionLists
from civic_discussion.application.contributions import Contributions
from civic_discussion.application.curation import Curation
from civic_discussion.application.paging import Asked
from civic_discussion.application.ratings import Ratings

Context = Any


def servicer(contributions: Contributions, lists: ContributionLists, ratings: Ratings, curation: Curation) -> Servicer:
    """The servicer with the function that registers it."""
    return (
        contribution_service_pb2_grpc.add_ContributionServiceServicer_to_server,
        ContributionApi(contributions, lists, ratings, curation),
    )


class ContributionApi(contribution_service_pb2_grpc.ContributionServiceServicer):
    """ContributionService."""

    def __init__(
        self, contributions: Contributions, lists: ContributionLists, ratings: Ratings, curation: Curation
    ) -> None:
        self._contributions = contributions
        self._lists = lists
        self._ratings = ratings
        self._curation = curation

    async def GetContribution(
        self, request: contribution_service_pb2.GetContributionRequest, context: Context
    ) -> contribution_service_pb2.GetContributionResponse:
        call = current_call()
        contribution = await self._contributions.get(call, wire.contribution_id(request.id))
        message = contribution_message(contribution)
        object_wire.add_target(message, await self._contributions.about(call, contribution))
        return contribution_service_pb2.GetContributionResponse(contribution=message)

    async def ListContributions(
        self, request: contribution_service_pb2.ListContributionsRequest, context: Context
    ) -> contribution_service_pb2.ListContributionsResponse:
        topic_id, order, only = (
            wire.topic_id(request.topic_id),
            contribution_wire.order(request.order),
            contribution_wire.only(request),
        )
        asked = Asked(request.page_size, request.page_token)
        if request.representation == page_pb2.REPRESENTATION_JSON:
            ready = await self._lists.list_as_json(current_call(), topic_id, only, order=order, asked=asked)
            return contribution_service_pb2.ListContributionsResponse(
                items_json=ready.items_json, next_page_token=ready.next_page_token
            )
        page = await self._lists.list(current_call(), topic_id, only, order=order, asked=asked)
        return contribution_service_pb2.ListContributionsResponse(
            contributions=[contribution_message(item) for item in page.items],
            next_page_token=page.next_page_token,
        )

    async def MapContributions(
        self, request: contribution_service_pb2.MapContributionsRequest, context: Context
    ) -> contribution_service_pb2.MapContributionsResponse:
        found = await self._lists.map(current_call(), wire.topic_id(request.topic_id), contribution_wire.only(request))
        return contribution_wire.map_message(found)

    async def ListMyParticipation(
        self, request: contribution_service_pb2.ListMyParticipationRequest, context: Context
    ) -> contribution_service_pb2.ListMyParticipationResponse:
        asked = Asked(request.page_size, request.page_token)
        page = await self._lists.list_mine(current_call(), asked, kind=contribution_wire.kind(request.kind))
        return contribution_service_pb2.ListMyParticipationResponse(
            participation=[contribution_wire.participation_message(entry) for entry in page.items],
            next_page_token=page.next_page_token,
        )

    async def CreateContribution(
        self, request: contribution_service_pb2.CreateContributionRequest, context: Context
    ) -> contribution_service_pb2.CreateContributionResponse:
        contribution = await self._contributions.create(
            current_call(),
            wire.topic_id(request.topic_id),
            contribution_wire.given(request),
            repeat_of(request.request_id, request),
        )
        return contribution_service_pb2.CreateContributionResponse(contribution=contribution_message(contribution))

    async def UpdateContribution(
        self, request: contribution_service_pb2.UpdateContributionRequest, context: Context
    ) -> contribution_service_pb2.UpdateContributionResponse:
        contribution = await self._contributions.update(
            current_call(),
            wire.contribution_id(request.id),
            request.etag,
            contribution_wire.change(request),
        )
        return contribution_service_pb2.UpdateContributionResponse(contribution=contribution_message(contribution))

    async def SetRating(
        self, request: contribution_service_pb2.SetRatingRequest, context: Context
    ) -> contribution_service_pb2.SetRatingResponse:
        value = contribution_wire.rating(request.value)
        tally = await self._ratings.rate(current_call(), wire.contribution_id(request.contribution_id), value)
        return contribution_service_pb2.SetRatingResponse(ratings=tally_message(tally), my_rating=request.value)

    async def DeleteRating(
        self, request: contribution_service_pb2.DeleteRatingRequest, context: Context
    ) -> contribution_service_pb2.DeleteRatingResponse:
        tally = await self._ratings.unrate(current_call(), wire.contribution_id(request.contribution_id))
        return contribution_service_pb2.DeleteRatingResponse(ratings=tally_message(tally))

    async def WithdrawContribution(
        self, request: contribution_service_pb2.WithdrawContributionRequest, context: Context
    ) -> contribution_service_pb2.WithdrawContributionResponse:
        found = await self._contributions.withdraw(current_call(), wire.contribution_id(request.id))
        return contribution_service_pb2.WithdrawContributionResponse(contribution=contribution_message(found))

    async def ListContributionVersions(
        self, request: contribution_service_pb2.ListContributionVersionsRequest, context: Context
    ) -> contribution_service_pb2.ListContributionVersionsResponse:
        contribution_id = wire.contribution_id(request.id)
        versions, origins = await self._contributions.versions(current_call(), contribution_id)
        return contribution_service_pb2.ListContributionVersionsResponse(
            versions=[contribution_wire.version_message(contribution_id, version) for version in versions],
            origins=[contribution_wire.origin_message(origin) for origin in origins],
        )

    async def FindSimilarContributions(
        self, request: contribution_service_pb2.FindSimilarContributionsRequest, context: Context
    ) -> contribution_service_pb2.FindSimilarContributionsResponse:
        found = await self._lists.similar(current_call(), wire.topic_id(request.topic_id), request.text)
        return contribution_service_pb2.FindSimilarContributionsResponse(
            contributions=[contribution_wire.similar_message(similar) for similar in found]
        )

    async def AnswerContribution(
        self, request: contribution_service_pb2.AnswerContributionRequest, context: Context
    ) -> contribution_service_pb2.AnswerContributionResponse:
        contribution_id, state = wire.contribution_id(request.id), contribution_wire.answer_state(request.state)
        found = await self._curation.answer(current_call(), contribution_id, state=state, text=request.text)
        return contribution_service_pb2.AnswerContributionResponse(contribution=contribution_message(found))

    async def MergeContributions(
        self, request: contribution_service_pb2.MergeContributionsRequest, context: Context
    ) -> contribution_service_pb2.MergeContributionsResponse:
        found = await self._curation.merge(
            current_call(), wire.contribution_id(request.id), contribution_wire.source_ids(request.source_ids)
        )
        return contribution_service_pb2.MergeContributionsResponse(contribution=contribution_message(found))

    async def SplitContribution(
        self, request: contribution_service_pb2.SplitContributionRequest, context: Context
    ) -> contribution_service_pb2.SplitContributionResponse:
        found = await self._curation.split(
            current_call(),
            wire.contribution_id(request.id),
            title=request.title,
            text=request.text,
            repeat=repeat_of(request.request_id, request),
        )
        return contribution_service_pb2.SplitContributionResponse(contribution=contribution_message(found))

    async def MoveContribution(
        self, request: contribution_service_pb2.MoveContributionRequest, context: Context
    ) -> contribution_service_pb2.MoveContributionResponse:
        found = await self._curation.move(
            current_call(), wire.contribution_id(request.id), wire.topic_id(request.topic_id)
        )
        return contribution_service_pb2.MoveContributionResponse(contribution=contribution_message(found))


def repeat_of(request_id: str, request: Message) -> Repeat:
    """Under what a repeat of the call is recognised. Raises INVALID_ARGUMENT."""
    return Repeat.parse(request_id, request.SerializeToString(deterministic=True) if request_id else b"")
