"""The state's list in the JSON API."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import keep, list_answer, resource_answer
from civic_gateway.context import context_of
from civic_gateway.features.catalog import render
from civic_gateway.features.catalog.events import OFFERS, next_change
from civic_gateway.features.catalog.filters import Chosen, named_as_asked
from civic_gateway.features.catalog.schemas import KindName, MapView, OfferPage, PhaseName
from civic_gateway.openapi import reading
from civic_gateway.problems import language_of
from civic_gateway.validation import DEFAULT_PAGE_SIZE, Day, PageSize, PageToken

Words = Annotated[
    str,
    Query(
        description="Words, each a beginning, in title, teaser, text, theme or place; typing errors are forgiven",
        json_schema_extra={"maxLength": 200},
    ),
]
Kind = Annotated[KindName | None, Query(description="Only this tool")]
Phase = Annotated[PhaseName | None, Query(description="Only this phase; without it archived ones need `q`")]
Tenant = Annotated[str, Query(description="Only this tenant", json_schema_extra={"maxLength": 40})]
District = Annotated[str, Query(description="Only this part of a town", json_schema_extra={"maxLength": 100})]
Topic = Annotated[str, Query(description="Only this theme", json_schema_extra={"maxLength": 100})]
From = Annotated[Day | None, Query(alias="from", description="Only what still runs, or comes, on this day or later")]
To = Annotated[Day | None, Query(description="Only what begins on this day or earlier")]
Box = Annotated[str, Query(description="Only what lies in this rectangle: west,south,east,north in degrees")]
Count = Annotated[bool, Query(description="Whether hits are counted")]

router = APIRouter(prefix="/api/v1/catalog")


@router.get("/offers", tags=["catalog"], **reading(OfferPage))
async def list_offers(
    request: Request,
    q: Words = "",
    kind: Kind = None,
    tenant: Tenant = "",
    phase: Phase = None,
    district: District = "",
    topic: Topic = "",
    from_: From = None,
    to: To = None,
    bbox: Box = "",
    count: Count = False,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    page_token: PageToken = "",
) -> Response:
    """Offers of all tools and tenants: active ones first (soonest end first), then announced, ended, archived."""
    chosen = _chosen(q, kind, tenant, phase, district, topic, from_, to, bbox)
    with named_as_asked():
        answer = await context_of(request).catalog.list_offers(
            chosen.wanted(), size=page_size, token=page_token, count=count
        )
    keep(request, OFFERS, until=next_change(answer.offers))
    language = language_of(request)
    items = orjson.dumps([render.offer(listed, language) for listed in answer.offers])
    more: dict[str, object] = {}
    if count:
        more = {"hit_count": answer.hit_count, "more_hits": answer.more_hits}
    if answer.corrected_query:
        more["corrected_query"] = answer.corrected_query
    return list_answer(request, items, answer.next_page_token, more=more)


@router.get("/map", tags=["catalog"], **reading(MapView))
async def get_map(
    request: Request,
    q: Words = "",
    kind: Kind = None,
    tenant: Tenant = "",
    phase: Phase = None,
    district: District = "",
    topic: Topic = "",
    from_: From = None,
    to: To = None,
    bbox: Box = "",
) -> Response:
    """Offers with a place as points, clusters where many lie close together. The same as the list finds."""
    chosen = _chosen(q, kind, tenant, phase, district, topic, from_, to, bbox)
    with named_as_asked():
        view = await context_of(request).catalog.get_map(chosen.wanted())
    keep(request, OFFERS, until=next_change(point.offer for point in view.points if point.HasField("offer")))
    return resource_answer(request, render.map_view(view, language_of(request)))


def _chosen(
    q: str,
    kind: str | None,
    tenant: str,
    phase: str | None,
    district: str,
    topic: str,
    from_: Day | None,
    to: Day | None,
    bbox: str,
) -> Chosen:
    return Chosen(
        q=q,
        kind=kind or "",
        tenant=tenant,
        phase=phase or "",
        district=district,
        topic=topic,
        from_=from_.isoformat() if from_ else "",
        to=to.isoformat() if to else "",
        bbox=bbox,
    )
