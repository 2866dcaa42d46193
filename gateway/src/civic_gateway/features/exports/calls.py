"""Calls for exports and statistics that pages and JSON API share; each raises DomainError."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from civic.discussion.v1 import (
    export_service_pb2,
    export_service_pb2_grpc,
    statistics_service_pb2,
    statistics_service_pb2_grpc,
)

from civic_gateway.clients import Asker, Service

Statistics = statistics_service_pb2.Statistics
Totals = statistics_service_pb2.Totals
Figure = statistics_service_pb2.Figure
ContributionPage = export_service_pb2.ListExportContributionsResponse
TopicStatistics = statistics_service_pb2.GetTopicStatisticsResponse
TenantStatistics = statistics_service_pb2.GetTenantStatisticsResponse

# From so much on an answer is kept for its time, whatever is added meanwhile: counting costs a second.
_MUCH = 10_000

# One item of an export, with the fields of docs/exports.md.
Row = dict[str, Any]


class NumbersCalls:
    """What the discussion service counts and hands out as a whole."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._exports = export_service_pb2_grpc.ExportServiceStub(service.channel)
        self._statistics = statistics_service_pb2_grpc.StatisticsServiceStub(service.channel)

    async def first_page(self, asker: Asker, topic_id: str, *, public_only: bool) -> ContributionPage:
        """The page that fixes the instant of an export, and who it is for."""
        request = export_service_pb2.ListExportContributionsRequest(topic_id=topic_id, public_only=public_only)
        answer: ContributionPage = await self._service.call(self._exports.ListExportContributions, request, asker)
        return answer

    async def contributions(self, asker: Asker, topic_id: str, first: ContributionPage) -> AsyncIterator[list[Row]]:
        """Page by page, from the first one on."""
        page = first
        while True:
            yield orjson.loads(page.items_json)
            if not page.next_page_token:
                return
            request = export_service_pb2.ListExportContributionsRequest(
                topic_id=topic_id, page_token=page.next_page_token, public_only=not first.full
            )
            page = await self._service.call(self._exports.ListExportContributions, request, asker)

    async def comments(self, asker: Asker, topic_id: str, first: ContributionPage) -> AsyncIterator[list[Row]]:
        """Page by page, for the instant and the reader of the first page of contributions."""
        request = export_service_pb2.ListExportCommentsRequest(
            topic_id=topic_id, public_only=not first.full, as_of=first.as_of
        )
        while True:
            page: export_service_pb2.ListExportCommentsResponse = await self._service.call(
                self._exports.ListExportComments, request, asker
            )
            yield orjson.loads(page.items_json)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def topic_statistics(self, asker: Asker, topic_id: str, *, public_only: bool = False) -> TopicStatistics:
        """`.statistics` and `.categories` of a topic."""
        request = statistics_service_pb2.GetTopicStatisticsRequest(topic_id=topic_id, public_only=public_only)
        answer: TopicStatistics = await self._service.call(self._statistics.GetTopicStatistics, request, asker)
        return answer

    async def tenant_statistics(self, asker: Asker, *, public_only: bool = False) -> TenantStatistics:
        """`.statistics` and `.topic_count` of a tenant."""
        request = statistics_service_pb2.GetTenantStatisticsRequest(public_only=public_only)
        answer: TenantStatistics = await self._service.call(self._statistics.GetTenantStatistics, request, asker)
        return answer


def is_much(totals: Totals) -> bool:
    """Whether counting again at each change would cost too much."""
    return totals.contributions + totals.comments + totals.ratings > _MUCH
