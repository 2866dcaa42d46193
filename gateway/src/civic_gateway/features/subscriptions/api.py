"""Subscriptions of the state's list in the JSON API; what a person subscribes to stands among their followings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import resource_answer
from civic_gateway.clients import Asker
from civic_gateway.context import context_of, required_token_of
from civic_gateway.features.catalog.filters import Chosen, named_as_asked
from civic_gateway.features.following.render import RHYTHM_OF, RHYTHMS
from civic_gateway.features.subscriptions.calls import SUBSCRIPTION
from civic_gateway.features.subscriptions.pages import subscribe
from civic_gateway.features.subscriptions.schemas import (
    SubscriptionChange,
    SubscriptionCreate,
    SubscriptionMade,
    SubscriptionState,
)
from civic_gateway.openapi import WRITING, answers, changing, for_everybody

SubscriptionId = Annotated[str, Path(description="Id of the subscription, as in `followings`")]

router = APIRouter(prefix="/api/v1/catalog", tags=["catalog"])
person_router = APIRouter(prefix="/api/v1/me", tags=["me"])


@router.post("/subscriptions", responses=answers(SubscriptionMade, statuses=WRITING), openapi_extra=for_everybody())
async def create_subscription(request: Request, body: SubscriptionCreate) -> Response:
    """Subscribes to a filter; without an account the address is asked by mail first, whether it is known or not."""
    chosen = Chosen(
        q=body.q,
        kind=body.kind or "",
        tenant=body.tenant,
        district=body.district,
        topic=body.topic,
        bbox=body.bbox,
    )
    with named_as_asked():
        made = await subscribe(request, chosen, body.rhythm, address=body.address)
    return resource_answer(request, {"id": made or None, "state": "active" if made else "asked"})


@person_router.put("/subscriptions/{subscription}", **changing(SubscriptionState))
async def change_subscription(request: Request, subscription: SubscriptionId, body: SubscriptionChange) -> Response:
    """Sets how often the person hears of one of their subscriptions."""
    context, asker = context_of(request), Asker(None, required_token_of(request))
    found = await context.subscriptions.mine(asker, subscription)
    rhythm = RHYTHM_OF[body.rhythm]
    await context.following.change(Asker(found.tenant, asker.token), found, rhythm)
    return resource_answer(request, {"rhythm": RHYTHMS[rhythm]})


@person_router.delete("/subscriptions/{subscription}", **changing(SubscriptionState))
async def delete_subscription(request: Request, subscription: SubscriptionId) -> Response:
    """Ends one of the person's subscriptions."""
    context, asker = context_of(request), Asker(None, required_token_of(request))
    found = await context.subscriptions.mine(asker, subscription)
    await context.following.delete(Asker(found.tenant, asker.token), SUBSCRIPTION, subscription)
    return resource_answer(request, {"rhythm": None})
