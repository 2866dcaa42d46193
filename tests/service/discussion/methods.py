"""Every method of the service as data: who may call it, and a request about one tenant's things."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from civic.common.v1 import moderation_pb2
from civic.common.v1.moderation_pb2 import ModerationSettings
from civic.common.v1.moderation_service_pb2 import (
    DecideCasesRequest,
    GetCaseRequest,
    GetModerationPolicyRequest,
    GetModerationSettingsRequest,
    GetOwnCaseRequest,
    ListCasesRequest,
    ListModerationLogRequest,
    ObjectToDecisionRequest,
    ReportTextRequest,
    UndoDecisionsRequest,
    UpdateModerationSettingsRequest,
)
from civic.discussion.v1 import contribution_pb2
from civic.discussion.v1.attachment_service_pb2 import (
    DescribeAttachmentRequest,
    GetAttachmentRequest,
    ListAttachmentGapsRequest,
)
from civic.discussion.v1.comment_service_pb2 import CreateCommentRequest, ListCommentsRequest
from civic.discussion.v1.contribution_service_pb2 import (
    AnswerContributionRequest,
    CreateContributionRequest,
    DeleteRatingRequest,
    FindSimilarContributionsRequest,
    GetContributionRequest,
    ListContributionsRequest,
    ListContributionVersionsRequest,
    MapContributionsRequest,
    MergeContributionsRequest,
    MoveContributionRequest,
    SetRatingRequest,
    SplitContributionRequest,
    UpdateContributionRequest,
    WithdrawContributionRequest,
)
from civic.discussion.v1.desk_service_pb2 import GetDeskRequest, ListDeskContributionsRequest, MarkContributionRequest
from civic.discussion.v1.export_service_pb2 import ListExportCommentsRequest, ListExportContributionsRequest
from civic.discussion.v1.invitation_service_pb2 import (
    AcceptInvitationRequest,
    GetInvitationRequest,
    ListInvitationsRequest,
    PutInvitationsRequest,
    RevokeInvitationRequest,
)
from civic.discussion.v1.object_pb2 import OBJECT_KIND_TEXT, Object, TextContent
from civic.discussion.v1.object_service_pb2 import (
    CompareObjectRequest,
    DeleteObjectRequest,
    GetObjectRequest,
    ListObjectsRequest,
    PutObjectRequest,
    ReorderObjectsRequest,
)
from civic.discussion.v1.statistics_service_pb2 import GetTenantStatisticsRequest, GetTopicStatisticsRequest
from civic.discussion.v1.topic_service_pb2 import (
    CreateTopicRequest,
    EndTopicRequest,
    ExtendTopicRequest,
    GetTopicRequest,
    ListTopicsRequest,
    PublishOutcomeRequest,
    PublishTopicRequest,
    UpdateTopicRequest,
)
from civic_chassis.db.tenancy import Tenancy, tenancy_of
from civic_chassis.kernel.errors import DomainError
from civic_chassis.testing.service import Person
from civic_discussion.domain.policy import STAFF_ROLES
from civic_discussion.main import SCHEMA
from civic_discussion.store.tables import metadata

from tests import specimens
from tests.service.discussion.conftest import ANNA, CLARA, Portal, timestamp
from tests.service.discussion.test_files import upload


@dataclass(frozen=True, slots=True)
class Method:
    """A call on the things of one tenant; `level` is who may make it."""

    name: str
    stub: str
    level: str
    request: Callable[[Portal, "Things"], Any]
    roles: tuple[str, ...] = ("admin", "editor")


@dataclass(frozen=True, slots=True)
class Things:
    """Ids of what there is in the tenant."""

    topic: str
    draft: str
    contribution: str
    comment: str
    case: str
    file: str


def later(portal: Portal) -> Any:
    return timestamp(portal.clock.now().replace(year=2030))


OTHER_TEXT = Object(kind=OBJECT_KIND_TEXT, title="Satzung", text=TextContent(markdown="Anders."))
METHODS = [
    Method("GetTopic", "topics", "public", lambda p, t: GetTopicRequest(id=t.topic)),
    Method("ListTopics", "topics", "public", lambda p, t: ListTopicsRequest()),
    Method("CreateTopic", "topics", "staff", lambda p, t: CreateTopicRequest(topic=p.draft())),
    Method("UpdateTopic", "topics", "staff", lambda p, t: UpdateTopicRequest(id=t.draft, etag="*", topic=p.draft())),
    Method("PublishTopic", "topics", "staff", lambda p, t: PublishTopicRequest(id=t.draft)),
    Method(
        "ExtendTopic",
        "topics",
        "staff",
        lambda p, t: ExtendTopicRequest(id=t.topic, end_time=later(p), reason="Wegen der Ferien."),
    ),
    Method("EndTopic", "topics", "staff", lambda p, t: EndTopicRequest(id=t.topic, reason="Fertig.")),
    Method("GetContribution", "contributions", "public", lambda p, t: GetContributionRequest(id=t.contribution)),
    Method("ListContributions", "contributions", "public", lambda p, t: ListContributionsRequest(topic_id=t.topic)),
    Method("MapContributions", "contributions", "public", lambda p, t: MapContributionsRequest(topic_id=t.topic)),
    Method(
        "CreateContribution",
        "contributions",
        "participant",
        lambda p, t: CreateContributionRequest(topic_id=t.topic, title="Mehr Bänke", text="Im Schatten."),
    ),
    Method(
        "UpdateContribution",
        "contributions",
        "author",
        lambda p, t: UpdateContributionRequest(id=t.contribution, etag="*", title="Anders"),
    ),
    Method(
        "WithdrawContribution", "contributions", "author", lambda p, t: WithdrawContributionRequest(id=t.contribution)
    ),
    Method(
        "ListContributionVersions",
        "contributions",
        "public",
        lambda p, t: ListContributionVersionsRequest(id=t.contribution),
    ),
    Method(
        "FindSimilarContributions",
        "contributions",
        "public",
        lambda p, t: FindSimilarContributionsRequest(topic_id=t.topic, text="Bänke"),
    ),
    Method(
        "AnswerContribution",
        "contributions",
        "staff",
        lambda p, t: AnswerContributionRequest(
            id=t.contribution, state=contribution_pb2.ANSWER_STATE_ACCEPTED, text="Das kommt."
        ),
    ),
    Method(
        "MergeContributions",
        "contributions",
        "staff",
        lambda p, t: MergeContributionsRequest(id=t.contribution, source_ids=[t.topic]),
        roles=("admin", "moderator"),
    ),
    Method(
        "SplitContribution",
        "contributions",
        "staff",
        lambda p, t: SplitContributionRequest(id=t.contribution, title="Ein Teil", text="Nur das."),
        roles=("admin", "moderator"),
    ),
    Method(
        "MoveContribution",
        "contributions",
        "staff",
        lambda p, t: MoveContributionRequest(id=t.contribution, topic_id=t.topic),
        roles=("admin", "moderator"),
    ),
    Method(
        "PublishOutcome",
        "topics",
        "staff",
        lambda p, t: PublishOutcomeRequest(id=t.topic, texts={"de": "Der Rat hat beschlossen."}),
    ),
    Method(
        "SetRating",
        "contributions",
        "participant",
        lambda p, t: SetRatingRequest(contribution_id=t.contribution, value=contribution_pb2.RATING_VALUE_FOR),
    ),
    Method(
        "DeleteRating", "contributions", "participant", lambda p, t: DeleteRatingRequest(contribution_id=t.contribution)
    ),
    Method("ListComments", "comments", "public", lambda p, t: ListCommentsRequest(contribution_id=t.contribution)),
    Method(
        "CreateComment",
        "comments",
        "participant",
        lambda p, t: CreateCommentRequest(contribution_id=t.contribution, text="Gute Idee."),
    ),
    Method(
        "ListExportContributions",
        "exports",
        "public",
        lambda p, t: ListExportContributionsRequest(topic_id=t.topic),
    ),
    Method("ListExportComments", "exports", "public", lambda p, t: ListExportCommentsRequest(topic_id=t.topic)),
    Method("GetTopicStatistics", "statistics", "public", lambda p, t: GetTopicStatisticsRequest(topic_id=t.topic)),
    Method("GetTenantStatistics", "statistics", "public", lambda p, t: GetTenantStatisticsRequest()),
    Method("ListCases", "moderation", "moderator", lambda p, t: ListCasesRequest()),
    Method("GetCase", "moderation", "moderator", lambda p, t: GetCaseRequest(id=t.case)),
    Method(
        "DecideCases",
        "moderation",
        "moderator",
        lambda p, t: DecideCasesRequest(ids=[t.case], decision=moderation_pb2.MODERATION_DECISION_KEEP),
    ),
    Method("UndoDecisions", "moderation", "moderator", lambda p, t: UndoDecisionsRequest(ids=[t.case])),
    Method(
        "ReportText",
        "moderation",
        "reader",
        lambda p, t: ReportTextRequest(kind="comment", id=t.comment, reason="insult"),
    ),
    Method("GetOwnCase", "moderation", "author", lambda p, t: GetOwnCaseRequest(kind="comment", id=t.comment)),
    Method(
        "ObjectToDecision",
        "moderation",
        "author",
        lambda p, t: ObjectToDecisionRequest(kind="comment", id=t.comment, text="Das war ein Zitat."),
    ),
    Method("GetModerationSettings", "moderation", "moderator", lambda p, t: GetModerationSettingsRequest()),
    Method(
        "UpdateModerationSettings",
        "moderation",
        "staff",
        lambda p, t: UpdateModerationSettingsRequest(settings=ModerationSettings(etag="*")),
    ),
    Method("ListModerationLog", "moderation", "moderator", lambda p, t: ListModerationLogRequest()),
    Method("GetModerationPolicy", "moderation", "public", lambda p, t: GetModerationPolicyRequest()),
    Method("GetAttachment", "attachments", "public", lambda p, t: GetAttachmentRequest(id=t.file)),
    Method(
        "DescribeAttachment",
        "attachments",
        "author",
        lambda p, t: DescribeAttachmentRequest(id=t.file, alt_text="Der Marktplatz"),
    ),
    Method("ListAttachmentGaps", "attachments", "staff", lambda p, t: ListAttachmentGapsRequest()),
    Method("ListDeskContributions", "desk", "staff", lambda p, t: ListDeskContributionsRequest(), STAFF_ROLES),
    Method("GetDesk", "desk", "staff", lambda p, t: GetDeskRequest(), STAFF_ROLES),
    Method("MarkContribution", "desk", "staff", lambda p, t: MarkContributionRequest(id=t.contribution), STAFF_ROLES),
    Method("ListObjects", "objects", "public", lambda p, t: ListObjectsRequest(topic_id=t.topic)),
    Method("GetObject", "objects", "public", lambda p, t: GetObjectRequest(topic_id=t.topic, id="satzung")),
    Method("CompareObject", "objects", "public", lambda p, t: CompareObjectRequest(topic_id=t.topic, id="satzung")),
    Method(
        "PutObject",
        "objects",
        "staff",
        lambda p, t: PutObjectRequest(topic_id=t.topic, id="satzung", etag="*", object=OTHER_TEXT),
    ),
    Method("DeleteObject", "objects", "staff", lambda p, t: DeleteObjectRequest(topic_id=t.topic, id="satzung")),
    Method("ReorderObjects", "objects", "staff", lambda p, t: ReorderObjectsRequest(topic_id=t.topic, ids=["satzung"])),
    Method("ListInvitations", "invitations", "staff", lambda p, t: ListInvitationsRequest(topic_id=t.topic)),
    Method(
        "PutInvitations",
        "invitations",
        "staff",
        lambda p, t: PutInvitationsRequest(topic_id=t.topic, invitee_ids=[t.comment]),
    ),
    Method("RevokeInvitation", "invitations", "staff", lambda p, t: RevokeInvitationRequest(id=t.comment)),
    Method("GetInvitation", "invitations", "reader", lambda p, t: GetInvitationRequest(token="x")),
    Method("AcceptInvitation", "invitations", "participant", lambda p, t: AcceptInvitationRequest(token="x")),
]


async def things_of(portal: Portal) -> Things:
    topic, draft = await portal.add_topic(), await portal.add_draft()
    await portal.put_object(topic.id, "satzung")
    file = str((await upload(portal, specimens.pdf())).id)
    contribution = await portal.contribute(topic.id, ANNA, attachments=[file])
    comment = await portal.comment(contribution.id, ANNA)
    reported = ReportTextRequest(kind="contribution", id=contribution.id, reason="insult")
    await portal.moderation(CLARA).ReportText(reported)
    (case,) = (await portal.moderation(portal.moderator).ListCases(ListCasesRequest())).cases
    return Things(topic.id, draft.id, contribution.id, comment.id, case.id, file)


async def snapshot(portal: Portal) -> list[Any]:
    """All rows of the tenant, and what is state-wide of it."""
    found = []
    for table in sorted(SCHEMA.metadata.tables):
        if tenancy_of(metadata.tables[table]) is Tenancy.TENANT:
            found.append((table, [dict(row) for row in await portal.rows(f'SELECT * FROM "{table}" ORDER BY 1, 2')]))
    for table in ("topic_card", "topic_counter"):
        rows = await portal.rows(f'SELECT * FROM "{table}" WHERE tenant_id = $1 ORDER BY 1, 2, 3', portal.tenant)
        found.append((table, [dict(row) for row in rows]))
    return found


async def ask(portal: Portal, method: Method, things: Things, caller: Person | None, tenant: str | None = "") -> Any:
    stub = getattr(portal, method.stub)(caller, tenant=tenant)
    return await getattr(stub, method.name)(method.request(portal, things))


async def refusal(call: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value
