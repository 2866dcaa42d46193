"""Calls of the staff's desk: contributions of all topics, and what staff notes; each raises DomainError."""

from __future__ import annotations

from dataclasses import dataclass

from civic.discussion.v1 import contribution_pb2, desk_service_pb2, desk_service_pb2_grpc

from civic_gateway.clients import Asker, Page, Service

Mark = desk_service_pb2.Mark
State = contribution_pb2.ContributionState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFilter:
    """Which contributions are asked for; what is empty leaves nothing out."""

    topic_id: str = ""
    query: str = ""
    state: State.ValueType = State.CONTRIBUTION_STATE_UNSPECIFIED
    starred: bool = False
    label: str = ""
    assignee: str = ""
    waiting: bool = False


class DeskCalls:
    """The discussion service, for its staff."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stub = desk_service_pb2_grpc.DeskServiceStub(service.channel)

    async def list(
        self, asker: Asker, wanted: DeskFilter, *, page: Page
    ) -> desk_service_pb2.ListDeskContributionsResponse:
        """`.contributions` and `.next_page_token`."""
        request = desk_service_pb2.ListDeskContributionsRequest(
            page_size=page.size,
            page_token=page.token,
            topic_id=wanted.topic_id,
            query=wanted.query,
            state=wanted.state,
            starred=wanted.starred,
            label=wanted.label,
            assignee=wanted.assignee,
            waiting=wanted.waiting,
        )
        answer: desk_service_pb2.ListDeskContributionsResponse = await self._service.call(
            self._stub.ListDeskContributions, request, asker
        )
        return answer

    async def get(self, asker: Asker, *, contribution_id: str = "") -> desk_service_pb2.GetDeskResponse:
        """`.colleagues`, `.labels`, `.waiting_count`; with a contribution also its `.mark`."""
        answer: desk_service_pb2.GetDeskResponse = await self._service.call(
            self._stub.GetDesk, desk_service_pb2.GetDeskRequest(contribution_id=contribution_id), asker
        )
        return answer

    async def mark(
        self,
        asker: Asker,
        contribution_id: str,
        *,
        starred: bool | None = None,
        label: str | None = None,
        assignee: str | None = None,
    ) -> Mark:
        """The mark after the change; None leaves a value."""
        request = desk_service_pb2.MarkContributionRequest(
            id=contribution_id, starred=starred, label=label, assignee=assignee
        )
        answer: desk_service_pb2.MarkContributionResponse = await self._service.call(
            self._stub.MarkContribution, request, asker
        )
        return answer.mark
