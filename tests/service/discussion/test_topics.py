"""What staff does with topics, and what everybody sees of it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from civic.discussion.v1 import topic_pb2
from civic.discussion.v1.topic_service_pb2 import (
    CreateTopicRequest,
    EndTopicRequest,
    ExtendTopicRequest,
    GetTopicRequest,
    PublishTopicRequest,
    UpdateTopicRequest,
)
from civic_chassis.kernel.errors import DomainError, Kind
from civic_participation.tenants import TenantState

from tests.service.discussion.conftest import ANNA, NOWHERE, Portal, timestamp

DAY = timedelta(days=1)
DEFAULT_SETTINGS = topic_pb2.TopicSettings(
    preset=topic_pb2.TOPIC_PRESET_IDEAS,
    moderation=topic_pb2.MODERATION_MODE_AFTER,
    place=topic_pb2.PLACE_MODE_OPTIONAL,
    max_attachments=5,
    max_text=10_000,
    max_comment=4_000,
)


def instant(message: Any) -> datetime:
    found: datetime = message.ToDatetime()
    return found


async def refusal(call: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value


class TestCreateTopic:
    async def test_makes_a_draft_that_staff_alone_sees(self, portal: Portal) -> None:
        draft = portal.draft(translations={"en": topic_pb2.TopicTexts(title="Market square", teaser="T", text="x")})
        made = (await portal.topics(portal.editor).CreateTopic(CreateTopicRequest(topic=draft))).topic
        assert made == topic_pb2.Topic(
            name=f"tenants/{portal.tenant}/topics/{made.id}",
            id=made.id,
            tenant=portal.tenant,
            etag="1",
            create_time=timestamp(portal.clock.now()),
            update_time=timestamp(portal.clock.now()),
            texts=draft.texts,
            translations=draft.translations,
            published=False,
            phase=topic_pb2.PHASE_ACTIVE,
            start_time=draft.start_time,
            end_time=draft.end_time,
            archive_time=timestamp(portal.clock.now() + 100 * DAY),
            names_public=True,
            settings=DEFAULT_SETTINGS,
            read_time=timestamp(portal.clock.now()),
        )
        for caller in (portal.admin, portal.editor, portal.moderator):
            assert await portal.get_topic(made.id, caller) == made
        for stranger in (None, ANNA):
            error = await refusal(portal.get_topic(made.id, stranger))
            assert (error.kind, error.reason) == (Kind.NOT_FOUND, "TOPIC_NOT_FOUND")

    async def test_the_same_key_makes_one_topic(self, portal: Portal) -> None:
        request = CreateTopicRequest(topic=portal.draft(), request_id="key")
        answers = [await portal.topics(portal.admin).CreateTopic(request) for _ in range(3)]
        assert len({answer.topic.id for answer in answers}) == 1
        assert len(await portal.rows("SELECT id FROM topic")) == 1
        other = CreateTopicRequest(topic=portal.draft(), request_id="key")
        error = await refusal(portal.topics(portal.admin).CreateTopic(other))
        assert (error.kind, error.reason) == (Kind.CONFLICT, "REQUEST_ID_REUSED")

    async def test_is_audited(self, portal: Portal) -> None:
        made = await portal.add_draft()
        rows = await portal.rows("SELECT action, resource, resource_id FROM audit")
        assert [tuple(row) for row in rows] == [("topic.create", "topic", made.id)]

    async def test_a_repeat_answers_the_topic_as_it_now_is(self, portal: Portal) -> None:
        request = CreateTopicRequest(topic=portal.draft(), request_id="key")
        made = (await portal.topics(portal.admin).CreateTopic(request)).topic
        await portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=made.id))
        again = (await portal.topics(portal.admin).CreateTopic(request)).topic
        assert (again.id, again.etag, again.published) == (made.id, "2", True)


class TestPublishTopic:
    async def test_everybody_sees_it_then(self, portal: Portal) -> None:
        made = await portal.add_topic()
        assert (made.published, made.etag) == (True, "2")
        assert await portal.get_topic(made.id) == made

    async def test_twice_changes_nothing(self, portal: Portal) -> None:
        made = await portal.add_topic()
        again = await portal.topics(portal.editor).PublishTopic(PublishTopicRequest(id=made.id))
        assert again.topic == made
        assert [row["action"] for row in await portal.rows("SELECT action FROM audit ORDER BY id")] == [
            "topic.create",
            "topic.publish",
        ]

    async def test_takes_an_etag(self, portal: Portal) -> None:
        made = await portal.add_draft()
        error = await refusal(portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=made.id, etag="7")))
        assert (error.kind, error.reason, error.metadata) == (Kind.VERSION, "ETAG_MISMATCH", {"etag": "1"})
        await portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=made.id, etag='"1.abc"'))
        assert (await portal.get_topic(made.id)).published

    async def test_refuses_a_draft_that_is_over(self, portal: Portal) -> None:
        made = await portal.add_draft()
        portal.clock.advance(10 * DAY)
        error = await refusal(portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=made.id)))
        assert (error.kind, error.reason) == (Kind.PRECONDITION, "TOPIC_ENDED")
        assert error.metadata == {"end_time": "2026-12-03T08:00:00.000000Z"}


class TestUpdateTopic:
    async def test_changes_everything_of_a_draft(self, portal: Portal) -> None:
        made = await portal.add_draft()
        portal.clock.advance(timedelta(minutes=1))
        now = portal.clock.now()
        draft = portal.draft(
            texts=topic_pb2.TopicTexts(title="Anders", teaser="", text=""),
            start_time=timestamp(now + DAY),
            end_time=timestamp(now + 2 * DAY),
            archive_time=timestamp(now + 3 * DAY),
            names_public=False,
        )
        request = UpdateTopicRequest(id=made.id, etag="1", topic=draft)
        changed = (await portal.topics(portal.editor).UpdateTopic(request)).topic
        assert (changed.etag, changed.texts, changed.names_public) == ("2", draft.texts, False)
        assert (changed.start_time, changed.end_time, changed.archive_time) == (
            draft.start_time,
            draft.end_time,
            draft.archive_time,
        )
        assert (changed.create_time, changed.update_time) == (made.create_time, timestamp(now))
        assert changed.phase == topic_pb2.PHASE_ANNOUNCED
        assert await portal.get_topic(made.id, portal.admin) == changed

    async def test_needs_an_etag(self, portal: Portal) -> None:
        made = await portal.add_draft()
        error = await refusal(
            portal.topics(portal.admin).UpdateTopic(UpdateTopicRequest(id=made.id, topic=portal.draft()))
        )
        assert (error.kind, error.reason) == (Kind.VERSION, "ETAG_REQUIRED")

    async def test_of_two_edits_at_once_one_wins(self, portal: Portal) -> None:
        made = await portal.add_draft()
        stub = portal.topics(portal.admin)
        edits = [stub.UpdateTopic(UpdateTopicRequest(id=made.id, etag="1", topic=portal.draft())) for _ in range(8)]
        done = await asyncio.gather(*edits, return_exceptions=True)
        errors = [answer for answer in done if isinstance(answer, DomainError)]
        assert [(error.reason, error.metadata) for error in errors] == [("ETAG_MISMATCH", {"etag": "2"})] * 7
        assert (await portal.get_topic(made.id, portal.admin)).etag == "2"

    async def test_a_star_takes_whatever_is_there(self, portal: Portal) -> None:
        made = await portal.add_draft()
        request = UpdateTopicRequest(id=made.id, etag="*", topic=portal.draft())
        assert (await portal.topics(portal.admin).UpdateTopic(request)).topic.etag == "2"

    async def test_the_same_values_change_nothing(self, portal: Portal) -> None:
        draft = portal.draft()
        made = (await portal.topics(portal.admin).CreateTopic(CreateTopicRequest(topic=draft))).topic
        request = UpdateTopicRequest(id=made.id, etag="1", topic=draft)
        assert (await portal.topics(portal.admin).UpdateTopic(request)).topic == made

    @pytest.mark.parametrize("field", ["start_time", "end_time"])
    async def test_dates_of_a_published_topic_stay(self, portal: Portal, field: str) -> None:
        draft = portal.draft()
        made = (await portal.topics(portal.admin).CreateTopic(CreateTopicRequest(topic=draft))).topic
        await portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=made.id))
        getattr(draft, field).seconds += 1
        request = UpdateTopicRequest(id=made.id, etag="2", topic=draft)
        error = await refusal(portal.topics(portal.admin).UpdateTopic(request))
        assert (error.kind, error.reason) == (Kind.PRECONDITION, "TOPIC_DATES_FIXED")

    async def test_texts_and_archive_time_of_a_published_topic_may_change(self, portal: Portal) -> None:
        draft = portal.draft()
        made = (await portal.topics(portal.admin).CreateTopic(CreateTopicRequest(topic=draft))).topic
        await portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=made.id))
        draft.texts.title = "Neuer Titel"
        draft.archive_time.CopyFrom(draft.end_time)
        request = UpdateTopicRequest(id=made.id, etag="2", topic=draft)
        changed = (await portal.topics(portal.admin).UpdateTopic(request)).topic
        assert (changed.texts.title, changed.archive_time) == ("Neuer Titel", draft.end_time)


class TestExtendTopic:
    async def test_moves_the_end_and_says_why(self, portal: Portal) -> None:
        made = await portal.add_topic()
        end = portal.clock.now() + 20 * DAY
        request = ExtendTopicRequest(id=made.id, end_time=timestamp(end), reason="Wegen der Ferien.")
        longer = (await portal.topics(portal.editor).ExtendTopic(request)).topic
        assert longer.end_time == timestamp(end)
        assert longer.archive_time == timestamp(end + 90 * DAY)
        assert list(longer.extensions) == [
            topic_pb2.Extension(
                create_time=timestamp(portal.clock.now()),
                previous_end_time=made.end_time,
                end_time=timestamp(end),
                reason="Wegen der Ferien.",
            )
        ]
        assert await portal.get_topic(made.id) == longer
        details = await portal.rows("SELECT details FROM audit WHERE action = 'topic.extend'")
        assert [row["details"]["reason"] for row in details] == ["Wegen der Ferien."]

    async def test_an_ended_topic_runs_again(self, portal: Portal) -> None:
        made = await portal.add_topic()
        ended = await portal.topics(portal.admin).EndTopic(EndTopicRequest(id=made.id, reason="Irrtum."))
        assert ended.topic.end_reason == "Irrtum."
        end = timestamp(portal.clock.now() + DAY)
        request = ExtendTopicRequest(id=made.id, end_time=end, reason="War ein Irrtum.")
        again = (await portal.topics(portal.admin).ExtendTopic(request)).topic
        assert (again.phase, again.end_reason) == (topic_pb2.PHASE_ACTIVE, "")
        assert (await portal.contribute(made.id)).topic_id == made.id

    @pytest.mark.parametrize(
        ("days", "reason", "expected"),
        [
            (10, "Wegen der Ferien.", [("end_time", "NOT_AFTER", {"after": "2026-12-03T08:00:00.000000Z"})]),
            (-1, "Wegen der Ferien.", [("end_time", "NOT_AFTER", {"after": "2026-12-03T08:00:00.000000Z"})]),
            (80_000, "Wegen der Ferien.", [("end_time", "YEAR_OUT_OF_RANGE", {"min": "2000", "max": "2199"})]),
            (20, "", [("reason", "EMPTY", {"min": "3"})]),
            (20, "ja", [("reason", "TOO_SHORT", {"min": "3", "actual": "2"})]),
            (20, "x" * 501, [("reason", "TOO_LONG", {"max": "500", "actual": "501"})]),
            (None, " ", [("reason", "EMPTY", {"min": "3"}), ("end_time", "REQUIRED", {})]),
        ],
    )
    async def test_refuses(self, portal: Portal, days: int | None, reason: str, expected: list[Any]) -> None:
        made = await portal.add_topic()
        end = timestamp(portal.clock.now() + days * DAY) if days is not None else None
        request = ExtendTopicRequest(id=made.id, end_time=end, reason=reason)
        error = await refusal(portal.topics(portal.admin).ExtendTopic(request))
        assert error.kind is Kind.INVALID
        assert [(found.field, found.reason, found.metadata) for found in error.violations] == expected

    async def test_a_topic_that_is_over_needs_an_end_in_the_future(self, portal: Portal) -> None:
        made = await portal.add_topic()
        portal.clock.advance(30 * DAY)
        request = ExtendTopicRequest(id=made.id, end_time=timestamp(portal.clock.now()), reason="Zu spät.")
        error = await refusal(portal.topics(portal.admin).ExtendTopic(request))
        assert [(found.reason, found.metadata) for found in error.violations] == [
            ("NOT_AFTER", {"after": "2026-12-23T08:00:00.000000Z"})
        ]

    async def test_a_draft_is_edited_instead(self, portal: Portal) -> None:
        made = await portal.add_draft()
        request = ExtendTopicRequest(id=made.id, end_time=timestamp(portal.clock.now() + 20 * DAY), reason="Länger.")
        assert (await refusal(portal.topics(portal.admin).ExtendTopic(request))).reason == "TOPIC_NOT_PUBLISHED"

    async def test_several_extensions_stand_in_their_order(self, portal: Portal) -> None:
        made = await portal.add_topic()
        for days in (20, 30, 40):
            end = timestamp(portal.clock.now() + days * DAY)
            request = ExtendTopicRequest(id=made.id, end_time=end, reason=f"Um {days} Tage.")
            await portal.topics(portal.admin).ExtendTopic(request)
        reasons = [extension.reason for extension in (await portal.get_topic(made.id)).extensions]
        assert reasons == ["Um 20 Tage.", "Um 30 Tage.", "Um 40 Tage."]


class TestEndTopic:
    async def test_ends_now_and_says_why(self, portal: Portal) -> None:
        made = await portal.add_topic()
        request = EndTopicRequest(id=made.id, etag="2", reason="Der Beschluss ist gefallen.")
        ended = (await portal.topics(portal.admin).EndTopic(request)).topic
        assert ended.end_time == timestamp(portal.clock.now())
        assert (ended.phase, ended.end_reason) == (topic_pb2.PHASE_ENDED, "Der Beschluss ist gefallen.")
        assert ended.archive_time == timestamp(portal.clock.now() + 90 * DAY)

    async def test_ends_what_was_only_announced(self, portal: Portal) -> None:
        now = portal.clock.now()
        made = await portal.add_topic(start_time=timestamp(now + DAY), end_time=timestamp(now + 2 * DAY))
        request = EndTopicRequest(id=made.id, reason="Abgesagt.")
        ended = (await portal.topics(portal.admin).EndTopic(request)).topic
        assert (ended.phase, ended.start_time) == (topic_pb2.PHASE_ENDED, made.start_time)
        portal.clock.advance(timedelta(hours=30))
        assert (await portal.get_topic(made.id)).phase == topic_pb2.PHASE_ENDED

    async def test_twice_says_since_when(self, portal: Portal) -> None:
        made = await portal.add_topic()
        request = EndTopicRequest(id=made.id, reason="Fertig.")
        await portal.topics(portal.admin).EndTopic(request)
        portal.clock.advance(timedelta(seconds=1))
        error = await refusal(portal.topics(portal.admin).EndTopic(request))
        assert (error.reason, error.metadata) == ("TOPIC_ENDED", {"end_time": "2026-11-23T08:00:00.000000Z"})

    async def test_a_draft_is_no_running_topic(self, portal: Portal) -> None:
        made = await portal.add_draft()
        error = await refusal(portal.topics(portal.admin).EndTopic(EndTopicRequest(id=made.id, reason="Fertig.")))
        assert error.reason == "TOPIC_NOT_PUBLISHED"


class TestGetTopic:
    @pytest.mark.parametrize("topic_id", ["", "x", "a" * 100_000, "\x00", NOWHERE, "{" + NOWHERE + "}"])
    async def test_finds_nothing_under_a_made_up_id(self, portal: Portal, topic_id: str) -> None:
        error = await refusal(portal.topics().GetTopic(GetTopicRequest(id=topic_id)))
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "TOPIC_NOT_FOUND")

    async def test_phases_follow_the_clock_of_the_call(self, portal: Portal) -> None:
        made = await portal.add_topic(start_time=timestamp(portal.clock.now() + DAY))
        seen = []
        for moment in (made.start_time, made.end_time, made.archive_time):
            for offset in (-1, 0):
                portal.clock.move_to(
                    moment.ToDatetime(tzinfo=portal.clock.now().tzinfo) + timedelta(microseconds=offset)
                )
                found = await portal.get_topic(made.id)
                assert instant(found.read_time) == portal.clock.now().replace(tzinfo=None)
                seen.append(topic_pb2.Phase.Name(found.phase).removeprefix("PHASE_").lower())
        assert seen == ["announced", "active", "active", "ended", "ended", "archived"]


async def test_a_suspended_tenant_reads_and_does_not_write(portal: Portal) -> None:
    made = await portal.add_topic()
    await portal.know(TenantState.SUSPENDED, version=2)
    assert await portal.get_topic(made.id) == made
    stub = portal.topics(portal.admin)
    end = timestamp(portal.clock.now() + 20 * DAY)
    for call in (
        stub.CreateTopic(CreateTopicRequest(topic=portal.draft())),
        stub.UpdateTopic(UpdateTopicRequest(id=made.id, etag="*", topic=portal.draft())),
        stub.PublishTopic(PublishTopicRequest(id=made.id)),
        stub.ExtendTopic(ExtendTopicRequest(id=made.id, end_time=end, reason="Länger.")),
        stub.EndTopic(EndTopicRequest(id=made.id, reason="Fertig.")),
    ):
        error = await refusal(call)
        assert (error.kind, error.reason) == (Kind.PRECONDITION, "TENANT_SUSPENDED")
