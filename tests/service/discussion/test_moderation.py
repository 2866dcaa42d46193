"""What moderation does to Dialoge: what is held or hidden is gone from every list and number, and its author knows."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import pytest
from civic.common.v1 import moderation_pb2
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
from civic.common.v1.page_pb2 import REPRESENTATION_JSON
from civic.discussion.v1 import contribution_pb2, topic_pb2
from civic.discussion.v1.comment_service_pb2 import ListCommentsRequest
from civic.discussion.v1.contribution_service_pb2 import (
    ListContributionsRequest,
    ListMyParticipationRequest,
    UpdateContributionRequest,
)
from civic.discussion.v1.export_service_pb2 import ListExportCommentsRequest, ListExportContributionsRequest
from civic.discussion.v1.statistics_service_pb2 import GetTopicStatisticsRequest
from civic.discussion.v1.topic_service_pb2 import ListStateTopicsRequest
from civic.notification.v1.notice_pb2 import Notice
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError
from civic_chassis.testing.issuer import subject_of
from civic_chassis.testing.service import Person
from civic_discussion.domain.contributions import State
from civic_discussion.store import moderated
from civic_participation.domain.codes import code_of
from civic_participation.domain.moderation_settings import Rule

from tests.service.discussion.conftest import ANNA, BORA, CLARA, Portal

LINKS = "https://a.example https://b.example https://c.example"
HELD = contribution_pb2.CONTRIBUTION_STATE_HELD
HIDDEN = contribution_pb2.CONTRIBUTION_STATE_HIDDEN
PUBLISHED = contribution_pb2.CONTRIBUTION_STATE_PUBLISHED
HIDE = moderation_pb2.MODERATION_DECISION_HIDE
KEEP = moderation_pb2.MODERATION_DECISION_KEEP


async def open_cases(portal: Portal, **wanted: Any) -> Sequence[moderation_pb2.Case]:
    answer = await portal.moderation(portal.moderator).ListCases(ListCasesRequest(**wanted))
    assert answer.open_count >= len(answer.cases) or wanted.get("state")
    cases: Sequence[moderation_pb2.Case] = answer.cases
    return cases


async def report(portal: Portal, kind: str, text_id: str, caller: Person | None = CLARA) -> bool:
    request = ReportTextRequest(kind=kind, id=text_id, reason="insult", text="Beleidigend.")
    answer = await portal.moderation(caller).ReportText(request)
    repeated: bool = answer.repeated
    return repeated


async def decide(portal: Portal, case: moderation_pb2.Case, decision: Any = HIDE) -> moderation_pb2.Case:
    request = DecideCasesRequest(ids=[case.id], decision=decision, reason="insult", text="Bitte sachlich.")
    answer = await portal.moderation(portal.moderator).DecideCases(request)
    decided: moderation_pb2.Case = answer.cases[0]
    return decided


async def hide(portal: Portal, kind: str, text_id: str) -> moderation_pb2.Case:
    await report(portal, kind, text_id)
    (case,) = [each for each in await open_cases(portal) if each.text_id == text_id]
    return await decide(portal, case)


async def test_what_its_author_withdraws_in_that_moment_stays_gone(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    await report(portal, "contribution", made.id)
    (case,) = await open_cases(portal)
    call = Call(ANONYMOUS, portal.tenant, portal.clock.now(), "test", None)
    async with portal.database.unit_of_work(call) as work:
        await moderated.move_contribution(work, UUID(made.id), State.WITHDRAWN)
        deciding = asyncio.create_task(decide(portal, case, HIDE))
        await portal.wait_for_locks(1)
    await deciding
    await decide(portal, case, KEEP)
    assert [row["state"] for row in await portal.rows("SELECT state FROM contribution")] == ["withdrawn"]


async def seen(portal: Portal, topic_id: str, caller: Person | None = None) -> list[str]:
    """Ids of the contributions in both forms of the list."""
    stub = portal.contributions(caller)
    listed = await stub.ListContributions(ListContributionsRequest(topic_id=topic_id))
    asked = ListContributionsRequest(topic_id=topic_id, representation=REPRESENTATION_JSON)
    as_json = orjson.loads((await stub.ListContributions(asked)).items_json)
    ids = [each.id for each in listed.contributions]
    assert [each["id"] for each in as_json] == ids
    return ids


async def tree(portal: Portal, contribution_id: str, caller: Person | None = None) -> list[tuple[str, str, str]]:
    """Text, author and state of the comments in both forms of the list."""
    stub = portal.comments(caller)
    listed = await stub.ListComments(ListCommentsRequest(contribution_id=contribution_id))
    asked = ListCommentsRequest(contribution_id=contribution_id, representation=REPRESENTATION_JSON)
    as_json = orjson.loads((await stub.ListComments(asked)).items_json)
    names = {PUBLISHED: "published", HELD: "held", HIDDEN: "hidden"}
    shown = [(each.text, each.author_name, names[each.state]) for each in listed.comments]
    assert [(each["text"], each["author_name"] or "", each["state"]) for each in as_json] == shown
    return shown


async def counts(portal: Portal, topic_id: str) -> tuple[int, int, int]:
    """Of the topic, as its page and the state's list tell."""
    topic = await portal.get_topic(topic_id)
    request = ListStateTopicsRequest(tenant=portal.tenant)
    (listed,) = (await portal.topics(tenant=None).ListStateTopics(request)).topics
    told = (topic.contribution_count, topic.comment_count, topic.rating_count)
    assert (listed.contribution_count, listed.comment_count, listed.rating_count) == told
    return told


async def refusal(call: Any) -> str:
    with pytest.raises(DomainError) as error:
        await call
    return error.value.reason


async def test_a_held_contribution_is_for_its_author_and_staff_until_it_is_released(portal: Portal) -> None:
    await portal.hold(Rule.LINKS)
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA, text=LINKS, key="k")
    assert made.state == HELD
    assert (await portal.contribute(topic.id, ANNA, text=LINKS, key="k")).id == made.id
    assert await seen(portal, topic.id) == await seen(portal, topic.id, ANNA) == []
    assert await counts(portal, topic.id) == (0, 0, 0)
    assert await refusal(portal.get_contribution(made.id)) == "CONTRIBUTION_NOT_FOUND"
    assert await refusal(portal.get_contribution(made.id, BORA)) == "CONTRIBUTION_NOT_FOUND"
    assert await refusal(portal.comment(made.id, ANNA)) == "CONTRIBUTION_NOT_FOUND"
    assert (await portal.get_contribution(made.id, ANNA)).state == HELD
    (case,) = await open_cases(portal)
    assert (case.kind, case.text_id, case.title, case.text, case.author_name) == (
        "contribution", made.id, "Mehr Bänke", LINKS, "anna",
    )  # fmt: skip
    assert [hold.rule for hold in case.holds] == [moderation_pb2.HOLD_RULE_LINKS]
    await decide(portal, case, KEEP)
    assert await seen(portal, topic.id) == [made.id]
    assert await counts(portal, topic.id) == (1, 0, 0)
    assert await open_cases(portal) == []


async def test_a_hidden_contribution_takes_everything_below_it_out_of_every_number(portal: Portal) -> None:
    topic = await portal.add_topic()
    made, other = await portal.contribute(topic.id, ANNA), await portal.contribute(topic.id, BORA, title="Brunnen")
    await portal.comment(made.id)
    await portal.rate(made.id, BORA, contribution_pb2.RATING_VALUE_FOR)
    assert await counts(portal, topic.id) == (2, 1, 1)
    case = await hide(portal, "contribution", made.id)
    assert case.text_state == moderation_pb2.TEXT_STATE_HIDDEN
    assert await seen(portal, topic.id) == [other.id]
    assert await counts(portal, topic.id) == (1, 0, 0)
    comments = portal.comments().ListComments(ListCommentsRequest(contribution_id=made.id))
    assert await refusal(comments) == "CONTRIBUTION_NOT_FOUND"
    assert await refusal(portal.rate(made.id, BORA, contribution_pb2.RATING_VALUE_FOR)) == "CONTRIBUTION_NOT_FOUND"
    assert (await portal.get_contribution(made.id, ANNA)).state == HIDDEN
    assert (await portal.get_contribution(made.id, portal.moderator)).state == HIDDEN
    await portal.moderation(portal.moderator).UndoDecisions(UndoDecisionsRequest(ids=[case.id]))
    assert await counts(portal, topic.id) == (2, 1, 1)
    assert sorted(await seen(portal, topic.id)) == sorted([made.id, other.id])


async def test_a_hidden_comment_keeps_its_place_above_its_replies(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    first = await portal.comment(made.id, BORA, text="Unsinn.")
    reply = await portal.comment(made.id, ANNA, text="Bitte sachlich.", parent=first.id)
    await portal.comment(made.id, CLARA, text="Gern.")
    await hide(portal, "comment", first.id)
    assert await tree(portal, made.id) == [
        ("", "", "hidden"),
        ("Bitte sachlich.", "anna", "published"),
        ("Gern.", "clara", "published"),
    ]
    assert (await tree(portal, made.id, BORA))[0] == ("Unsinn.", "bora", "hidden")
    assert (await tree(portal, made.id, portal.moderator))[0] == ("Unsinn.", "bora", "hidden")
    assert await counts(portal, topic.id) == (1, 2, 0)
    assert (await portal.get_contribution(made.id)).comment_count == 2
    assert await refusal(portal.comment(made.id, ANNA, parent=first.id)) == "COMMENT_NOT_FOUND"
    # Without a reply that everybody sees nothing is left of it.
    await hide(portal, "comment", reply.id)
    assert await tree(portal, made.id) == [("Gern.", "clara", "published")]


async def test_a_held_comment_counts_nowhere_until_it_is_released(portal: Portal) -> None:
    await portal.hold(Rule.WORDS, words=("unsinn",))
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    comment = await portal.comment(made.id, BORA, text="So ein Unsinn.")
    assert comment.state == HELD
    assert await tree(portal, made.id) == []
    assert await tree(portal, made.id, BORA) == [("So ein Unsinn.", "bora", "held")]
    assert await counts(portal, topic.id) == (1, 0, 0)
    (case,) = await open_cases(portal, kind="comment")
    assert (case.parent_id, case.title, case.holds[0].detail) == (made.id, "Mehr Bänke", "unsinn")
    await decide(portal, case, KEEP)
    assert await tree(portal, made.id) == [("So ein Unsinn.", "bora", "published")]
    assert (await portal.get_contribution(made.id)).comment_count == 1


async def test_a_topic_that_is_moderated_first_shows_what_was_read(portal: Portal) -> None:
    settings = topic_pb2.TopicSettings(moderation=topic_pb2.MODERATION_MODE_BEFORE)
    topic = await portal.add_topic(settings=settings)
    made = await portal.contribute(topic.id, ANNA)
    by_staff = await portal.contribute(topic.id, portal.editor, title="Hinweis")
    assert (made.state, by_staff.state) == (HELD, PUBLISHED)
    (case,) = await open_cases(portal)
    assert [hold.rule for hold in case.holds] == [moderation_pb2.HOLD_RULE_OFFER]
    await decide(portal, case, KEEP)
    # Nobody slips in later what would have waited.
    request = UpdateContributionRequest(id=made.id, etag="*", text="Ganz anders.")
    changed = (await portal.contributions(ANNA).UpdateContribution(request)).contribution
    assert changed.state == HELD
    assert await seen(portal, topic.id) == [by_staff.id]
    assert await counts(portal, topic.id) == (1, 0, 0)
    (case,) = await open_cases(portal)
    assert case.text == "Ganz anders."


async def test_the_authors_own_list_says_how_it_stands(portal: Portal) -> None:
    person = Person(name=f"anna-{portal.tenant}")
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, person)
    await hide(portal, "contribution", made.id)
    answer = await portal.contributions(person, tenant=None).ListMyParticipation(ListMyParticipationRequest())
    assert [(entry.contribution_id, entry.state) for entry in answer.participation] == [(made.id, HIDDEN)]


async def test_the_author_learns_why_and_objects_once(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    await hide(portal, "contribution", made.id)
    asked = GetOwnCaseRequest(kind="contribution", id=made.id)
    own = await portal.moderation(ANNA).GetOwnCase(asked)
    assert (own.state, own.reason, own.reason_names["de"], own.text, own.may_object) == (
        moderation_pb2.TEXT_STATE_HIDDEN, "insult", "Beleidigung oder Herabwürdigung", "Bitte sachlich.", True,
    )  # fmt: skip
    assert await refusal(portal.moderation(BORA).GetOwnCase(asked)) == "CASE_NOT_FOUND"
    objection = ObjectToDecisionRequest(kind="contribution", id=made.id, text="Das war ein Zitat.")
    await portal.moderation(ANNA).ObjectToDecision(objection)
    assert await refusal(portal.moderation(ANNA).ObjectToDecision(objection)) == "OBJECTION_MADE"
    (case,) = await open_cases(portal)
    assert (case.objection, case.text_state) == ("Das war ein Zitat.", moderation_pb2.TEXT_STATE_HIDDEN)
    answer = await portal.moderation(portal.moderator).GetCase(GetCaseRequest(id=case.id))
    assert [(each.reason, each.text, each.signed_in) for each in answer.case.reports] == [
        ("insult", "Beleidigend.", True)
    ]


async def test_a_report_needs_no_account_and_one_person_counts_once(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    comment = await portal.comment(made.id)
    assert await report(portal, "contribution", made.id, None) is False
    assert [await report(portal, "comment", comment.id) for _ in range(1_000)] == [False] + [True] * 999
    cases = await open_cases(portal, reported=True)
    assert [(case.kind, case.report_count) for case in cases] == [("contribution", 1), ("comment", 1)]
    for kind, text_id in (("comment", made.id), ("contribution", comment.id), ("topic", topic.id), ("", made.id)):
        assert await refusal(report(portal, kind, text_id)) == "CASE_NOT_FOUND"


async def test_settings_policy_and_log_of_a_tenant(portal: Portal, neighbour: Portal) -> None:
    stub = portal.moderation(portal.admin)
    answer = await stub.GetModerationSettings(GetModerationSettingsRequest())
    settings = answer.settings
    settings.policy["de"] = "Wir lesen **alles**."
    settings.words.append("und")
    update = stub.UpdateModerationSettings(UpdateModerationSettingsRequest(settings=settings))
    with pytest.raises(DomainError) as error:
        await update
    assert [(each.field, each.reason) for each in error.value.violations] == [("words", "MATCHES_EVERYTHING")]
    settings.words[:] = ["unsinn"]
    changed = await stub.UpdateModerationSettings(UpdateModerationSettingsRequest(settings=settings))
    assert (list(changed.settings.words), changed.settings.etag) == (["unsinn"], "2")
    topic = await portal.add_topic()
    await hide(portal, "contribution", (await portal.contribute(topic.id, ANNA)).id)
    policy = (await portal.moderation().GetModerationPolicy(GetModerationPolicyRequest())).policy
    assert policy.policy["de"] == "Wir lesen **alles**."
    assert [(each.key, each.count) for each in policy.hidden] == [("insult", 1)]
    assert [(each.key, each.count) for each in policy.reported] == [("insult", 1)]
    log = (await stub.ListModerationLog(ListModerationLogRequest())).entries
    assert [(entry.action, entry.actor, entry.staff_subject, entry.reason, entry.note) for entry in log] == [
        ("settings", "staff", subject_of("meyer"), "", ""),
        ("report", "reader", "", "insult", ""),
        ("hide", "staff", subject_of("okafor"), "insult", "Bitte sachlich."),
    ]
    other = await neighbour.moderation(neighbour.admin).ListModerationLog(ListModerationLogRequest())
    assert list(other.entries) == []


async def test_what_staff_decided_is_in_the_audit_trail(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA)
    await hide(portal, "contribution", made.id)
    rows = await portal.rows("SELECT action, resource_id, subject FROM audit WHERE action LIKE 'moderation%'")
    assert [tuple(row) for row in rows] == [("moderation.hide", made.id, subject_of("okafor"))]


async def test_events_tell_of_a_text_once_it_can_be_read(portal: Portal) -> None:
    await portal.hold(Rule.LINKS)
    topic = await portal.add_topic()

    async def subjects() -> list[str]:
        rows = await portal.rows(
            "SELECT subject FROM outbox WHERE subject LIKE '%contribution%' AND subject LIKE '%' || $1 ORDER BY id",
            portal.tenant,
        )
        return [row["subject"].split(".")[3] for row in rows]

    await portal.contribute(topic.id, ANNA, text=LINKS)
    assert await subjects() == []
    (case,) = await open_cases(portal)
    await decide(portal, case, KEEP)
    assert await subjects() == ["moderated", "created"]
    await decide(portal, case, HIDE)
    assert await subjects() == ["moderated", "created", "moderated"]


async def test_authors_and_moderators_are_told(portal: Portal) -> None:
    await portal.hold(Rule.LINKS)
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, ANNA, text=LINKS)
    (case,) = await open_cases(portal)
    await decide(portal, case, HIDE)
    objection = ObjectToDecisionRequest(kind="contribution", id=made.id, text="Das war ein Zitat.")
    await portal.moderation(ANNA).ObjectToDecision(objection)
    await decide(portal, case, KEEP)
    sql = "SELECT payload FROM outbox WHERE subject LIKE 'civic.notice.%.' || $1 ORDER BY id"
    told = [Notice.FromString(row["payload"]) for row in await portal.rows(sql, portal.tenant)]
    assert [(each.kind, list(each.subjects.subjects) or list(each.staff.roles)) for each in told] == [
        ("text.held", [subject_of("anna")]),
        ("text.decided", [subject_of("anna")]),
        ("case.objected", ["admin", "moderator"]),
        ("text.shown", [subject_of("anna")]),
    ]
    assert dict(told[1].words) == {
        "title": topic.texts.title,
        "item": "Mehr Bänke",
        "decision": "Er wird nicht gezeigt.",
        "reason": "Beleidigung oder Herabwürdigung",
        "explanation": "Bitte sachlich.",
    }
    assert told[1].translations["en"].words["reason"] == "Insult or disparagement"
    assert dict(told[3].words) == {"title": topic.texts.title, "item": "Mehr Bänke", "explanation": "Bitte sachlich."}
    assert told[3].path == f"/{portal.tenant}/dialoge/{code_of(UUID(topic.id))}/beitraege/{code_of(UUID(made.id))}"
    assert len({each.notice_id for each in told}) == 4


async def test_exports_and_statistics_leave_out_what_is_hidden(portal: Portal) -> None:
    topic = await portal.add_topic()
    made, other = await portal.contribute(topic.id, ANNA), await portal.contribute(topic.id, BORA, title="Brunnen")
    comment = await portal.comment(made.id)
    await portal.comment(made.id, CLARA, text="Gern.")
    await hide(portal, "comment", comment.id)
    await hide(portal, "contribution", other.id)
    stub = portal.exports()
    written = (await stub.ListExportContributions(ListExportContributionsRequest(topic_id=topic.id))).items_json
    said = (await stub.ListExportComments(ListExportCommentsRequest(topic_id=topic.id))).items_json
    assert [each["id"] for each in orjson.loads(written)] == [made.id]
    assert [each["text"] for each in orjson.loads(said)] == ["Gern."]
    numbers = await portal.statistics().GetTopicStatistics(GetTopicStatisticsRequest(topic_id=topic.id))
    totals = numbers.statistics.totals
    assert (totals.contributions, totals.comments, totals.ratings) == await counts(portal, topic.id) == (1, 1, 0)
