"""Notices as tools stage them."""

from datetime import UTC, datetime, timedelta

import pytest
from civic.notification.v1 import notice_pb2
from civic_participation.api.notices import NOTICE_STREAM, encode_notice
from civic_participation.domain.notices import FollowersOf, Notice, NoticeKind, People, Staff, notice_id

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def notice(audience: FollowersOf | People | Staff, **words: str) -> Notice:
    return Notice(
        id=notice_id("phase.ended", 7),
        kind=NoticeKind.PHASE_ENDED,
        audience=audience,
        path="/lindental/dialoge/7",
        happen_time=AT,
        words=words,
        translations={"en": {"title": "Trees\nand\tshade"}},
        times={"end": AT},
        except_subject="schulze",
        expire_time=AT + timedelta(microseconds=1_000_001),
    )


def sent(value: Notice) -> notice_pb2.Notice:
    return notice_pb2.Notice.FromString(encode_notice(value).payload)


def test_a_notice_says_what_happened_and_who_hears_of_it() -> None:
    event = encode_notice(notice(FollowersOf("discussion.topic", "7"), title="Bäume"))
    assert event.subject("lindental") == "civic.notice.phase.ended.v1.lindental"
    message = notice_pb2.Notice.FromString(event.payload)
    assert message.notice_id == str(event.aggregate_id) == str(notice_id("phase.ended", 7))
    assert (message.followers_of.kind, message.followers_of.id) == ("discussion.topic", "7")
    assert dict(message.words) == {"title": "Bäume"}
    assert message.times["end"].ToDatetime(UTC) == message.happen_time.ToDatetime(UTC) == AT
    assert message.expire_time.ToDatetime(UTC) == AT + timedelta(microseconds=1_000_001)
    assert message.except_subject == "schulze"


def test_the_other_audiences() -> None:
    assert list(sent(notice(People(("anna", "ben")))).subjects.subjects) == ["anna", "ben"]
    assert list(sent(notice(Staff(("moderator",)))).staff.roles) == ["moderator"]
    with pytest.raises(ValueError, match="at most 1000 people"):
        encode_notice(notice(People(("anna",) * 1_001)))


def test_words_are_one_line_and_short() -> None:
    message = sent(notice(Staff(("admin",)), title="x" * 501, item="a\r\nBcc: b"))
    assert dict(message.words) == {"title": "x" * 500, "item": "a Bcc: b"}
    assert dict(message.translations["en"].words) == {"title": "Trees and shade"}


def test_the_id_of_a_happening_is_that_of_its_parts() -> None:
    assert notice_id("a", 1) == notice_id("a", "1") != notice_id("a", 2)


def test_every_kind_is_two_words_of_a_subject() -> None:
    assert [kind for kind in NoticeKind if kind.value.replace(".", "", 1).isalpha() is False] == []
    assert NOTICE_STREAM.work_queue
