"""DeskService: parse, call one verb, render."""

from typing import Any

from civic.discussion.v1 import desk_service_pb2 as pb
from civic.discussion.v1.desk_service_pb2_grpc import DeskServiceServicer, add_DeskServiceServicer_to_server
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_discussion.api import contribution_wire, wire
from civic_discussion.application.desk import Desk
from civic_discussion.application.paging import Asked
from civic_discussion.domain import searching
from civic_discussion.domain.desk import DeskFilter, Mark, MarkChange, OnDesk

Context = Any


def servicer(desk: Desk) -> Servicer:
    """The servicer with the function that registers it."""
    return add_DeskServiceServicer_to_server, DeskApi(desk)


class DeskApi(DeskServiceServicer):
    """DeskService."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListDeskContributions(
        self, request: pb.ListDeskContributionsRequest, context: Context
    ) -> pb.ListDeskContributionsResponse:
        wanted = DeskFilter(
            topic_id=request.topic_id,
            words=searching.words(request.query),
            state=contribution_wire.state(request.state),
            starred=request.starred,
            label=request.label,
            assignee=request.assignee,
            waiting=request.waiting,
        )
        topic_id = wire.topic_id(request.topic_id) if request.topic_id else None
        page = await self._desk.list(current_call(), wanted, topic_id, Asked(request.page_size, request.page_token))
        return pb.ListDeskContributionsResponse(
            contributions=[_message(each) for each in page.items], next_page_token=page.next_page_token
        )

    async def GetDesk(self, request: pb.GetDeskRequest, context: Context) -> pb.GetDeskResponse:
        found = await self._desk.get(current_call())
        mark = None
        if request.contribution_id:
            mark = await self._desk.mark_of(current_call(), wire.contribution_id(request.contribution_id))
        return pb.GetDeskResponse(
            colleagues=[pb.Colleague(subject=each.subject, name=each.name) for each in found.colleagues],
            labels=found.labels,
            waiting_count=found.waiting,
            mark=_mark(mark) if mark is not None else None,
        )

    async def MarkContribution(
        self, request: pb.MarkContributionRequest, context: Context
    ) -> pb.MarkContributionResponse:
        change = MarkChange(
            starred=request.starred if request.HasField("starred") else None,
            label=request.label if request.HasField("label") else None,
            assignee=request.assignee if request.HasField("assignee") else None,
        )
        mark = await self._desk.mark(current_call(), wire.contribution_id(request.id), change)
        return pb.MarkContributionResponse(mark=_mark(mark))


def _message(found: OnDesk) -> pb.DeskContribution:
    return pb.DeskContribution(
        contribution=contribution_wire.contribution_message(found.contribution),
        topic_title=found.topic_title,
        mark=_mark(found.mark),
    )


def _mark(mark: Mark) -> pb.Mark:
    return pb.Mark(starred=mark.starred, label=mark.label, assignee=mark.assignee, assignee_name=mark.assignee_name)
