"""What handlers of pages and API reach: the calls, the tenants, the words; and for whom they call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from civic_chassis.files import Files
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request

from civic_gateway.bearer import TOKEN
from civic_gateway.clients import Asker
from civic_gateway.features.catalog.calls import CatalogCalls
from civic_gateway.features.discussion.contribution_calls import ContributionCalls
from civic_gateway.features.discussion.curation_calls import CurationCalls
from civic_gateway.features.discussion.desk_calls import DeskCalls
from civic_gateway.features.discussion.files import DiscussionFiles
from civic_gateway.features.discussion.object_calls import ObjectCalls
from civic_gateway.features.discussion.topic_calls import TopicCalls
from civic_gateway.features.exports.sending import ExportDesk
from civic_gateway.features.files.desk import UploadDesk
from civic_gateway.features.files.holders import Holders
from civic_gateway.features.following.calls import FollowingCalls
from civic_gateway.features.invitations.calls import InvitationCalls
from civic_gateway.features.moderation.calls import ModerationCalls
from civic_gateway.features.subscriptions.calls import SubscriptionCalls
from civic_gateway.features.tenants.directory import TenantDirectory
from civic_gateway.problems import Problems
from civic_gateway.settings import Settings
from civic_gateway.web.i18n import Catalogue
from civic_gateway.web.rendering import Renderer

CONTEXT: Final = "civic.context"
_AWAY = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one gateway, as `request.scope[CONTEXT]`."""

    settings: Settings
    catalogue: Catalogue
    problems: Problems
    files: Files
    desk: UploadDesk
    holders: Holders
    tenants: TenantDirectory
    topics: TopicCalls
    contributions: ContributionCalls
    following: FollowingCalls
    moderation: ModerationCalls
    exports: ExportDesk
    curation: CurationCalls
    staff_desk: DeskCalls
    objects: ObjectCalls
    catalog: CatalogCalls
    invitations: InvitationCalls
    subscriptions: SubscriptionCalls
    discussion_files: DiscussionFiles
    renderer: Renderer


def context_of(request: Request) -> Context:
    """The parts of the gateway that serves the request."""
    context: Context = request.scope[CONTEXT]
    return context


async def asker_of(request: Request, tenant: str) -> Asker:
    """For whom the request calls in a tenant that exists; raises TENANT_NOT_FOUND, TENANT_CLOSED.

    While the tenant service is away, the service that is called knows the tenant itself.
    """
    try:
        await context_of(request).tenants.get(tenant)
    except DomainError as error:
        if error.kind not in _AWAY:
            raise
    return Asker(tenant, token_of(request))


def token_of(request: Request) -> str | None:
    """The access token that the request brings, of the session or as bearer; None for nobody."""
    token: str | None = request.scope.get(TOKEN)
    return token


def required_token_of(request: Request) -> str:
    """As `token_of`; raises SIGN_IN_REQUIRED for nobody."""
    token = token_of(request)
    if token is None:
        raise DomainError(Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED", "nobody is signed in")
    return token
