"""Closed topics: invitations, members, and that for everybody else nothing of them is there."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from civic.common.v1 import moderation_service_pb2
from civic.discussion.v1 import (
    contribution_pb2,
    contribution_service_pb2,
    invitation_service_pb2,
    statistics_service_pb2,
    topic_pb2,
    topic_service_pb2,
)
from civic.notification.v1 import notice_pb2
from civic_chassis.db.timers import Timer
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.issuer import subject_of
from civic_chassis.testing.service import Person
from civic_discussion.api.gated import NAMED, UNNAMED
from civic_discussion.application.telling import Telling
from civic_discussion.application.topics import PHASE_TIMER
from civic_discussion.domain.phases import Phase
from civic_discussion.main import timers
from civic_participation.api.notices import encode_notice

from tests import specimens
from tests.service.discussion.conftest import ANNA, BORA, CLARA, Portal
from tests.service.discussion.methods import METHODS, Method, Things, ask, refusal, snapshot
from tests.service.discussion.test_files import upload

CLOSED = topic_pb2.TopicSettings(closed=True)
STRANGER = Person(name="fremd")
OPEN_TO_OTHERS = [each for each in METHODS if each.level not in ("staff", "moderator") and each.name in NAMED]


async def closed_things(portal: Portal) -> Things:
    """What members wrote in a closed topic."""
    topic = await portal.add_topic(settings=CLOSED)
    await portal.join(topic.id, ANNA, CLARA)
    await portal.put_object(topic.id, "satzung")
    file = str((await upload(portal, specimens.pdf())).id)
    contribution = await portal.contribute(topic.id, ANNA, attachments=[file])
    comment = await portal.comment(contribution.id, ANNA)
    return Things(topic.id, topic.id, contribution.id, comment.id, "", file)


async def said(portal: Portal, method: Method, things: Things, caller: Person | None) -> Any:
    """The answer, or what is said instead of one."""
    try:
        return await ask(portal, method, things, caller)
    except DomainError as error:
        return error.kind, error.reason, error.message, dict(error.metadata), list(error.violations)


def test_every_method_that_is_not_for_staff_is_behind_the_gate() -> None:
    others = {each.name for each in METHODS if each.level not in ("staff", "moderator")}
    assert others | {"ListStateTopics", "ListMyParticipation"} == NAMED.keys() | UNNAMED


async def test_for_a_stranger_nothing_is_there(portal: Portal, neighbour: Portal) -> None:
    things = await closed_things(portal)
    nothing = Things(*(str(uuid4()) for _ in range(6)))
    before = await snapshot(portal)
    for method in OPEN_TO_OTHERS:
        for stranger in (STRANGER, neighbour.admin, Person(name="land", realm_roles=("state-admin",)), None):
            heard = await said(portal, method, things, stranger)
            assert (method.name, heard) == (method.name, await said(portal, method, nothing, stranger))
        assert await snapshot(portal) == before, method.name


async def test_members_and_staff_read_it(portal: Portal) -> None:
    things = await closed_things(portal)
    for method in OPEN_TO_OTHERS:
        if method.level == "public":
            for reader in (ANNA, CLARA, portal.admin, portal.moderator):
                await ask(portal, method, things, reader)


async def test_members_take_part(portal: Portal) -> None:
    things = await closed_things(portal)
    await portal.rate(things.contribution, CLARA, contribution_pb2.RATING_VALUE_FOR)
    await portal.comment(things.contribution, CLARA)
    report = moderation_service_pb2.ReportTextRequest(kind="comment", id=things.comment, reason="insult")
    await portal.moderation(CLARA).ReportText(report)
    assert (await portal.get_topic(things.topic, CLARA)).comment_count == 2


async def test_lists_hold_it_for_members_and_staff_alone(portal: Portal) -> None:
    things = await closed_things(portal)
    other = await portal.add_topic()

    async def listed(caller: Person | None) -> set[str]:
        return {
            each.id for each in (await portal.topics(caller).ListTopics(topic_service_pb2.ListTopicsRequest())).topics
        }

    assert await listed(None) == await listed(STRANGER) == {other.id}
    assert await listed(ANNA) == await listed(portal.moderator) == {other.id, things.topic}
    state = topic_service_pb2.ListStateTopicsRequest(tenant=portal.tenant)
    for caller in (ANNA, portal.admin, None):
        found = (await portal.topics(caller, tenant=None).ListStateTopics(state)).topics
        assert [each.id for each in found] == [other.id]
    numbers = await portal.statistics().GetTenantStatistics(statistics_service_pb2.GetTenantStatisticsRequest())
    assert (numbers.topic_count, numbers.statistics.totals.contributions) == (1, 0)


async def test_the_world_is_told_nothing(portal: Portal) -> None:
    """No offer, no word in an event, no notice to followers, no file that may be kept by everybody."""
    things = await closed_things(portal)
    file = await ask(portal, next(each for each in METHODS if each.name == "GetAttachment"), things, ANNA)
    assert file.public is False
    rows = await portal.database.pool.fetch(
        "SELECT subject, payload FROM outbox WHERE subject LIKE $1", f"%{portal.tenant}"
    )
    title = (await portal.get_topic(things.topic, ANNA)).texts.title.encode()
    assert [row["subject"] for row in rows if title in row["payload"]] == []
    assert [row["subject"] for row in rows if row["subject"].startswith("civic.offer.")] == []


async def test_of_a_contribution_members_who_follow_are_told(portal: Portal) -> None:
    topic = await portal.add_topic(settings=CLOSED)
    await portal.join(topic.id, ANNA, CLARA)
    contribution = await portal.contribute(topic.id, ANNA)
    call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "event", None)
    async with portal.database.unit_of_work(call) as work:
        await Telling(encode_notice).contribution_created(work, UUID(contribution.id), subject_of("anna"))
    sql = "SELECT payload FROM outbox WHERE subject = $1"
    [row] = await portal.database.pool.fetch(sql, f"civic.notice.contribution.created.v1.{portal.tenant}")
    told = notice_pb2.Notice.FromString(row["payload"])
    assert sorted(told.subjects.subjects) == sorted([subject_of("anna"), subject_of("clara")])
    assert (told.subjects.following.id, told.subjects.followers_only) == (topic.id, True)
    assert told.except_subject == subject_of("anna")


async def test_members_are_told_of_its_stages_and_followers_of_nothing(portal: Portal) -> None:
    topic = await portal.add_topic(settings=CLOSED)
    await portal.join(topic.id, ANNA, CLARA)
    portal.clock.advance(timedelta(days=10))
    call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "timer", None)
    due = await portal.rows(
        "SELECT due_at FROM timer WHERE kind = $1 AND key = $2", PHASE_TIMER, f"{topic.id}/{Phase.ENDED}"
    )
    timer = Timer(portal.tenant, PHASE_TIMER, f"{topic.id}/{Phase.ENDED}", due[0]["due_at"], {})
    async with portal.database.unit_of_work(call) as work:
        await timers(portal.database)[PHASE_TIMER](work, timer)
    sql = "SELECT payload FROM outbox WHERE subject = $1"
    [row] = await portal.database.pool.fetch(sql, f"civic.notice.phase.ended.v1.{portal.tenant}")
    told = notice_pb2.Notice.FromString(row["payload"])
    assert told.WhichOneof("audience") == "subjects"
    assert sorted(told.subjects.subjects) == sorted([subject_of("anna"), subject_of("clara")])


async def test_an_invitation_is_for_one_person(portal: Portal) -> None:
    topic = await portal.add_topic(settings=CLOSED)
    invitee = str(uuid4())
    [token] = await portal.invite(topic.id, invitee)
    get = invitation_service_pb2.GetInvitationRequest(token=token)
    accept = invitation_service_pb2.AcceptInvitationRequest(token=token)
    seen = await portal.invitations().GetInvitation(get)
    assert (seen.topic_id, seen.topic_title, seen.joined) == (topic.id, topic.texts.title, False)
    for _ in range(2):
        assert (await portal.invitations(ANNA).AcceptInvitation(accept)).topic_id == topic.id
    assert (await portal.invitations(ANNA).GetInvitation(get)).joined
    for caller, call in ((BORA, accept), (BORA, get), (None, get)):
        stub = portal.invitations(caller)
        error = await refusal(stub.AcceptInvitation(call) if call is accept else stub.GetInvitation(call))
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "INVITATION_NOT_FOUND")
    assert (await refusal(portal.get_topic(topic.id, BORA))).reason == "TOPIC_NOT_FOUND"
    # Who has joined is not asked again.
    assert await portal.invite(topic.id, invitee) == []
    rows = await portal.rows("SELECT token_hash, member FROM invitation")
    assert [(len(row["token_hash"]), row["member"]) for row in rows] == [(32, subject_of("anna"))]
    assert [token in str(dict(row)) for row in rows] == [False]


async def test_a_revoked_member_is_a_stranger_until_invited_again(portal: Portal) -> None:
    things = await closed_things(portal)
    listed = invitation_service_pb2.ListInvitationsRequest(topic_id=things.topic)
    first = (await portal.invitations(portal.editor).ListInvitations(listed)).invitations[0]
    assert first.state == invitation_service_pb2.INVITATION_STATE_JOINED
    revoke = invitation_service_pb2.RevokeInvitationRequest(id=first.id)
    for _ in range(2):
        answer = await portal.invitations(portal.admin).RevokeInvitation(revoke)
        assert answer.invitation.state == invitation_service_pb2.INVITATION_STATE_REVOKED
    assert (await refusal(portal.get_contribution(things.contribution, ANNA))).reason == "CONTRIBUTION_NOT_FOUND"
    assert (await portal.get_contribution(things.contribution, CLARA)).id == things.contribution
    [token] = await portal.invite(things.topic, first.invitee_id)
    await portal.invitations(ANNA).AcceptInvitation(invitation_service_pb2.AcceptInvitationRequest(token=token))
    assert (await portal.get_contribution(things.contribution, ANNA)).mine


async def test_a_renewed_invitation_has_one_token(portal: Portal) -> None:
    topic = await portal.add_topic(settings=CLOSED)
    invitee = str(uuid4())
    [old] = await portal.invite(topic.id, invitee)
    [new] = await portal.invite(topic.id, invitee, invitee)
    assert old != new
    stub = portal.invitations(ANNA)
    error = await refusal(stub.AcceptInvitation(invitation_service_pb2.AcceptInvitationRequest(token=old)))
    assert error.reason == "INVITATION_NOT_FOUND"
    await stub.AcceptInvitation(invitation_service_pb2.AcceptInvitationRequest(token=new))


async def test_who_may_be_invited_where(portal: Portal) -> None:
    open_topic, draft = await portal.add_topic(), await portal.add_draft(settings=CLOSED)
    closed = await portal.add_topic(settings=CLOSED)
    for topic, invitees, reason in (
        (open_topic.id, [str(uuid4())], "TOPIC_NOT_CLOSED"),
        (draft.id, [str(uuid4())], "TOPIC_NOT_PUBLISHED"),
        (str(uuid4()), [str(uuid4())], "TOPIC_NOT_FOUND"),
        (closed.id, [], "INVALID_ARGUMENT"),
        (closed.id, [str(uuid4()) for _ in range(101)], "INVALID_ARGUMENT"),
        (closed.id, ["anna@hessen.example"], "INVALID_ARGUMENT"),
    ):
        assert (await refusal(portal.invite(topic, *invitees))).reason == reason
    many = [UUID(int=number) for number in range(1_000)]
    for start in range(0, 1_000, 100):
        await portal.invite(closed.id, *(str(each) for each in many[start : start + 100]))
    error = await refusal(portal.invite(closed.id, str(uuid4())))
    assert (error.reason, dict(error.metadata)) == ("INVITATION_LIMIT_REACHED", {"max": "1000"})


async def test_what_is_published_stays_closed_and_nothing_moves_across(portal: Portal) -> None:
    things = await closed_things(portal)
    other = await portal.add_topic()
    draft = portal.draft(settings=CLOSED)
    draft.settings.closed = False
    current = await portal.get_topic(things.topic, ANNA)
    draft.start_time.CopyFrom(current.start_time)
    draft.end_time.CopyFrom(current.end_time)
    update = topic_service_pb2.UpdateTopicRequest(id=things.topic, etag="*", topic=draft)
    assert (await refusal(portal.topics(portal.admin).UpdateTopic(update))).reason == "TOPIC_CLOSED_FIXED"
    written = await portal.contribute(other.id, BORA)
    for contribution, target in ((things.contribution, other.id), (written.id, things.topic)):
        move = contribution_service_pb2.MoveContributionRequest(id=contribution, topic_id=target)
        error = await refusal(portal.contributions(portal.admin).MoveContribution(move))
        assert (error.kind, error.reason) == (Kind.PRECONDITION, "TOPIC_CLOSED_DIFFERS")


async def test_taking_part_without_an_account_is_still_refused(portal: Portal) -> None:
    draft = portal.draft(settings=topic_pb2.TopicSettings(closed=True, without_account=True))
    error = await refusal(portal.topics(portal.admin).CreateTopic(topic_service_pb2.CreateTopicRequest(topic=draft)))
    assert [(each.field, each.reason) for each in error.violations] == [
        ("topic.settings.without_account", "NOT_OFFERED")
    ]
