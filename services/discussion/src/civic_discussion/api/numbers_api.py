"""The servicers of exports and statistics: parse, call one verb, render."""

from collections.abc import Sequence
from typing import Any

from civic.discussion.v1 import (
    export_service_pb2,
    export_service_pb2_grpc,
    statistics_service_pb2,
    statistics_service_pb2_grpc,
)
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_discussion.api import contribution_wire, wire
from civic_discussion.application.exports import ExportQuery, Exports
from civic_discussion.application.paging import Asked
from civic_discussion.application.statistics import Numbers
from civic_discussion.domain.statistics import Statistics, Totals

Context = Any


def servicers(exports: Exports, numbers: Numbers) -> Sequence[Servicer]:
    """Each servicer with the function that registers it."""
    return (
        (export_service_pb2_grpc.add_ExportServiceServicer_to_server, ExportApi(exports)),
        (statistics_service_pb2_grpc.add_StatisticsServiceServicer_to_server, StatisticsApi(numbers)),
    )


class ExportApi(export_service_pb2_grpc.ExportServiceServicer):
    """ExportService."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports

    async def ListExportContributions(
        self, request: export_service_pb2.ListExportContributionsRequest, context: Context
    ) -> export_service_pb2.ListExportContributionsResponse:
        page = await self._exports.contributions(current_call(), _query(request))
        return export_service_pb2.ListExportContributionsResponse(
            items_json=page.items_json,
            next_page_token=page.next_page_token,
            as_of=wire.timestamp(page.as_of),
            full=page.full,
        )

    async def ListExportComments(
        self, request: export_service_pb2.ListExportCommentsRequest, context: Context
    ) -> export_service_pb2.ListExportCommentsResponse:
        page = await self._exports.comments(current_call(), _query(request))
        return export_service_pb2.ListExportCommentsResponse(
            items_json=page.items_json, next_page_token=page.next_page_token
        )


class StatisticsApi(statistics_service_pb2_grpc.StatisticsServiceServicer):
    """StatisticsService."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    async def GetTopicStatistics(
        self, request: statistics_service_pb2.GetTopicStatisticsRequest, context: Context
    ) -> statistics_service_pb2.GetTopicStatisticsResponse:
        found = await self._numbers.of_topic(
            current_call(), wire.topic_id(request.topic_id), public_only=request.public_only
        )
        categories = [
            statistics_service_pb2.CategoryStatistics(category=each.key, totals=_totals(each.totals))
            for each in found.categories
        ]
        return statistics_service_pb2.GetTopicStatisticsResponse(statistics=_statistics(found), categories=categories)

    async def GetTenantStatistics(
        self, request: statistics_service_pb2.GetTenantStatisticsRequest, context: Context
    ) -> statistics_service_pb2.GetTenantStatisticsResponse:
        found = await self._numbers.of_tenant(current_call(), public_only=request.public_only)
        return statistics_service_pb2.GetTenantStatisticsResponse(
            statistics=_statistics(found), topic_count=found.topics
        )


def _query(
    request: export_service_pb2.ListExportContributionsRequest | export_service_pb2.ListExportCommentsRequest,
) -> ExportQuery:
    return ExportQuery(
        topic_id=wire.topic_id(request.topic_id),
        page=Asked(request.page_size, request.page_token),
        public_only=request.public_only,
        as_of=wire.moment(request.as_of, "as_of") if request.HasField("as_of") else None,
    )


def _statistics(found: Statistics) -> statistics_service_pb2.Statistics:
    return statistics_service_pb2.Statistics(
        totals=_totals(found.totals),
        participants=_figure(found.participants),
        ratings=contribution_wire.tally_message(found.tally),
        days=[
            statistics_service_pb2.DayStatistics(
                day=each.day,
                contributions=each.contributions,
                comments=each.comments,
                ratings=_figure(each.ratings),
            )
            for each in found.days
        ],
        states=[
            statistics_service_pb2.StateStatistics(
                state=contribution_wire.STATE_NUMBERS[each.state], contributions=_figure(each.contributions)
            )
            for each in found.states
        ],
        read_time=wire.timestamp(found.read_time),
        suppressed=found.suppressed,
        goals_reached=found.goals_reached,
    )


def _totals(totals: Totals) -> statistics_service_pb2.Totals:
    return statistics_service_pb2.Totals(
        contributions=totals.contributions, comments=totals.comments, ratings=totals.ratings
    )


def _figure(number: int | None) -> statistics_service_pb2.Figure:
    return statistics_service_pb2.Figure(value=number)
