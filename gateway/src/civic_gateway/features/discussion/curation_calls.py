"""Calls about what becomes of contributions: versions, answers, merging, splitting, moving; each raises DomainError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from civic.discussion.v1 import (
    contribution_pb2,
    contribution_service_pb2,
    contribution_service_pb2_grpc,
    topic_pb2,
    topic_service_pb2,
    topic_service_pb2_grpc,
)

from civic_gateway.clients import Asker, Service

Contribution = contribution_pb2.Contribution
AnswerState = contribution_pb2.AnswerState


class CurationCalls:
    """The discussion service, for versions and for what staff does with contributions."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._contributions = contribution_service_pb2_grpc.ContributionServiceStub(service.channel)
        self._topics = topic_service_pb2_grpc.TopicServiceStub(service.channel)

    async def withdraw(self, asker: Asker, contribution_id: str) -> Contribution:
        """Takes an own contribution back."""
        request = contribution_service_pb2.WithdrawContributionRequest(id=contribution_id)
        answer: contribution_service_pb2.WithdrawContributionResponse = await self._service.call(
            self._contributions.WithdrawContribution, request, asker
        )
        return answer.contribution

    async def versions(
        self, asker: Asker, contribution_id: str
    ) -> contribution_service_pb2.ListContributionVersionsResponse:
        """`.versions` and `.origins`, oldest first."""
        request = contribution_service_pb2.ListContributionVersionsRequest(id=contribution_id)
        answer: contribution_service_pb2.ListContributionVersionsResponse = await self._service.call(
            self._contributions.ListContributionVersions, request, asker
        )
        return answer

    async def similar(
        self, asker: Asker, topic_id: str, text: str
    ) -> Sequence[contribution_service_pb2.SimilarContribution]:
        """At most five, the most similar first."""
        request = contribution_service_pb2.FindSimilarContributionsRequest(topic_id=topic_id, text=text)
        answer: contribution_service_pb2.FindSimilarContributionsResponse = await self._service.call(
            self._contributions.FindSimilarContributions, request, asker
        )
        return answer.contributions

    async def answer(
        self, asker: Asker, contribution_id: str, *, state: AnswerState.ValueType, text: str
    ) -> Contribution:
        """Gives the official answer, or replaces it."""
        request = contribution_service_pb2.AnswerContributionRequest(id=contribution_id, state=state, text=text)
        answer: contribution_service_pb2.AnswerContributionResponse = await self._service.call(
            self._contributions.AnswerContribution, request, asker
        )
        return answer.contribution

    async def merge(self, asker: Asker, contribution_id: str, sources: Sequence[str]) -> Contribution:
        """Lets the sources go into the contribution."""
        request = contribution_service_pb2.MergeContributionsRequest(id=contribution_id, source_ids=sources)
        answer: contribution_service_pb2.MergeContributionsResponse = await self._service.call(
            self._contributions.MergeContributions, request, asker
        )
        return answer.contribution

    async def split(
        self, asker: Asker, contribution_id: str, *, title: str, text: str, request_id: str = ""
    ) -> Contribution:
        """The part; a repeat with the same `request_id` answers the same one."""
        request = contribution_service_pb2.SplitContributionRequest(
            id=contribution_id, title=title, text=text, request_id=request_id
        )
        answer: contribution_service_pb2.SplitContributionResponse = await self._service.call(
            self._contributions.SplitContribution, request, asker
        )
        return answer.contribution

    async def move(self, asker: Asker, contribution_id: str, topic_id: str) -> Contribution:
        """Puts the contribution under another topic of the tenant."""
        request = contribution_service_pb2.MoveContributionRequest(id=contribution_id, topic_id=topic_id)
        answer: contribution_service_pb2.MoveContributionResponse = await self._service.call(
            self._contributions.MoveContribution, request, asker
        )
        return answer.contribution

    async def publish_outcome(
        self, asker: Asker, topic_id: str, texts: Mapping[str, str], *, etag: str = ""
    ) -> topic_pb2.Topic:
        """Publishes what became of an ended topic, or replaces it."""
        request = topic_service_pb2.PublishOutcomeRequest(id=topic_id, etag=etag, texts=texts)
        answer: topic_service_pb2.PublishOutcomeResponse = await self._service.call(
            self._topics.PublishOutcome, request, asker
        )
        return answer.topic
