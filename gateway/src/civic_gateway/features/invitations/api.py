"""Invitations to closed Dialoge in the JSON API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import resource_answer, rfc3339
from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.discussion.api import TopicId
from civic_gateway.features.invitations.calls import STATES, Invited
from civic_gateway.features.invitations.schemas import (
    InvitationList,
    InvitationOpened,
    InvitationRevoked,
    InvitationsCreate,
    InvitationsSent,
)
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.openapi import READING, answers, changing, for_everybody, signed_in

InvitationId = Annotated[str, Path(description="Id of the invitation")]
InvitationToken = Annotated[str, Path(description="What the link of the mail ends with")]

router = APIRouter(prefix="/api/v1/{tenant}/discussion", tags=["discussion"])


@router.get(
    "/topics/{topic:id}/invitations",
    responses=answers(InvitationList, statuses=READING),
    openapi_extra=signed_in(),
)
async def list_invitations(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """Who is invited to a closed topic, and who has joined; for editors."""
    required_token_of(request)
    found = await context_of(request).invitations.list(await asker_of(request, tenant), topic)
    return resource_answer(request, {"items": [_entry(each) for each in found]})


@router.post("/topics/{topic:id}/invitations", **changing(InvitationsSent))
async def create_invitations(request: Request, tenant: TenantSlug, topic: TopicId, body: InvitationsCreate) -> Response:
    """Invites addresses to a closed topic by mail; for editors."""
    required_token_of(request)
    context, asker = context_of(request), await asker_of(request, tenant)
    found = await context.topics.get_topic(asker, topic)
    count = await context.invitations.invite(asker, found.id, found.texts.title, body.addresses)
    return resource_answer(request, {"count": count})


@router.post("/invitations/{invitation:id}:revoke", **changing(InvitationRevoked))
async def revoke_invitation(request: Request, tenant: TenantSlug, invitation: InvitationId) -> Response:
    """Ends an invitation and the membership that came of it; for editors."""
    required_token_of(request)
    found = await context_of(request).invitations.revoke(await asker_of(request, tenant), invitation)
    return resource_answer(request, {"id": found.id, "state": STATES[found.state]})


@router.get(
    "/invitations/{token:id}", responses=answers(InvitationOpened, statuses=READING), openapi_extra=for_everybody()
)
async def get_invitation(request: Request, tenant: TenantSlug, token: InvitationToken) -> Response:
    """What the link of a mail opens."""
    found = await context_of(request).invitations.get(await asker_of(request, tenant), token)
    return resource_answer(request, {"topic_id": found.topic_id, "title": found.topic_title, "joined": found.joined})


@router.post("/invitations/{token:id}:accept", **changing(InvitationOpened))
async def accept_invitation(request: Request, tenant: TenantSlug, token: InvitationToken) -> Response:
    """Makes the person a member of the closed topic."""
    required_token_of(request)
    done = await context_of(request).invitations.accept(await asker_of(request, tenant), token)
    return resource_answer(request, {"topic_id": done.topic_id, "title": done.topic_title, "joined": True})


def _entry(each: Invited) -> dict[str, object]:
    found = each.invitation
    return {
        "id": found.id,
        "address": each.address,
        "unreachable": each.unreachable,
        "state": STATES[found.state],
        "invite_time": rfc3339(found.invite_time),
        "join_time": rfc3339(found.join_time) if found.HasField("join_time") else None,
    }
