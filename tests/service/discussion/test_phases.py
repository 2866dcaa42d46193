"""Phases by the clock: boundaries to the microsecond, in Europe/Berlin, across both changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from civic_discussion.domain.phases import Phase, Schedule, default_archive_time, due_times, in_range
from hypothesis import given
from hypothesis import strategies as st

BERLIN = ZoneInfo("Europe/Berlin")
TICK = timedelta(microseconds=1)


def berlin(day: str, clock: str = "00:00:00") -> datetime:
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), BERLIN).astimezone(UTC)


def schedule(first_day: str, day_after_last: str) -> Schedule:
    """As a page makes it of a first and a last day."""
    end_time = berlin(day_after_last)
    return Schedule(berlin(first_day), end_time, default_archive_time(end_time))


@pytest.mark.parametrize(
    ("last_day", "next_day", "utc_of_end"),
    [
        ("2026-07-31", "2026-08-01", "2026-07-31T22:00:00"),  # summer time
        ("2026-12-12", "2026-12-13", "2026-12-12T23:00:00"),  # winter time
        ("2026-03-28", "2026-03-29", "2026-03-28T23:00:00"),  # the night in which clocks go forward
        ("2026-03-29", "2026-03-30", "2026-03-29T22:00:00"),  # the day of 23 hours
        ("2026-10-24", "2026-10-25", "2026-10-24T22:00:00"),  # the night in which clocks go back
        ("2026-10-25", "2026-10-26", "2026-10-25T23:00:00"),  # the day of 25 hours
    ],
)
def test_the_last_day_ends_at_midnight_in_berlin(last_day: str, next_day: str, utc_of_end: str) -> None:
    running = schedule("2026-01-01", next_day)
    assert running.end_time == datetime.fromisoformat(utc_of_end).replace(tzinfo=UTC)
    assert running.phase_at(berlin(last_day, "23:59:59")) is Phase.ACTIVE
    assert running.phase_at(berlin(last_day, "23:59:59.999999")) is Phase.ACTIVE
    assert running.phase_at(berlin(next_day, "00:00:00")) is Phase.ENDED


@pytest.mark.parametrize("first_day", ["2026-07-01", "2026-12-01", "2026-03-29", "2026-10-25"])
def test_the_first_day_begins_at_midnight_in_berlin(first_day: str) -> None:
    running = schedule(first_day, "2027-01-01")
    assert running.phase_at(berlin(first_day) - timedelta(seconds=1)) is Phase.ANNOUNCED
    assert running.phase_at(berlin(first_day) - TICK) is Phase.ANNOUNCED
    assert running.phase_at(berlin(first_day)) is Phase.ACTIVE


@pytest.mark.parametrize(
    ("end", "archive"),
    [
        ("2026-09-01", "2026-11-30"),  # from summer into winter time
        ("2027-01-01", "2027-04-01"),  # from winter into summer time
        ("2026-12-01", "2027-03-01"),
    ],
)
def test_the_archive_begins_90_days_later_at_the_same_time_of_day(end: str, archive: str) -> None:
    assert default_archive_time(berlin(end)) == berlin(archive)
    running = schedule("2026-01-01", end)
    assert running.phase_at(berlin(archive) - TICK) is Phase.ENDED
    assert running.phase_at(berlin(archive)) is Phase.ARCHIVED


def test_an_archive_time_that_was_computed_may_be_named() -> None:
    end = datetime(2199, 12, 31, 23, 59, tzinfo=UTC)
    latest = datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert default_archive_time(end) == latest
    assert Schedule(end - timedelta(days=9), end - timedelta(days=8), end).with_end(end).archive_time == latest
    assert in_range(latest)


def test_another_end_takes_the_archive_along() -> None:
    by_default = schedule("2026-01-01", "2026-09-01").with_end(berlin("2026-12-01"))
    assert by_default.archive_time == berlin("2027-03-01")
    chosen = Schedule(berlin("2026-01-01"), berlin("2026-07-01"), berlin("2026-07-08"))
    assert chosen.with_end(berlin("2026-08-01")).archive_time == berlin("2026-08-08")


def test_a_topic_that_ended_before_its_start_never_was_active() -> None:
    ended = schedule("2026-06-01", "2026-07-01").with_end(berlin("2026-05-01"))
    assert ended.phase_at(berlin("2026-04-30")) is Phase.ANNOUNCED
    assert ended.phase_at(berlin("2026-05-01")) is Phase.ENDED
    assert ended.phase_at(berlin("2026-06-15")) is Phase.ENDED
    assert ended.begin_of(Phase.ACTIVE) is None


BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
instants = st.integers(0, 20 * 366 * 86_400_000_000).map(lambda micros: BEGIN + timedelta(microseconds=micros))


@given(st.lists(instants, min_size=3, max_size=3).map(sorted), instants)
def test_a_phase_begins_exactly_when_it_says(times: list[datetime], at: datetime) -> None:
    running = Schedule(*times)
    order = [Phase.ANNOUNCED, Phase.ACTIVE, Phase.ENDED, Phase.ARCHIVED]
    phase = running.phase_at(at)
    begin = running.begin_of(phase)
    assert begin is None or begin <= at
    for later in order[order.index(phase) + 1 :]:
        awaited = running.begin_of(later)
        assert awaited is None or awaited > at


NOW = berlin("2026-06-15", "12:00:00")


def test_publishing_awaits_what_lies_ahead() -> None:
    running = schedule("2026-06-01", "2026-07-01")
    assert due_times(None, running, NOW) == {
        Phase.ACTIVE: None,
        Phase.ENDED: berlin("2026-07-01"),
        Phase.ARCHIVED: berlin("2026-09-29"),
    }
    coming = schedule("2026-06-16", "2026-07-01")
    assert due_times(None, coming, NOW)[Phase.ACTIVE] == berlin("2026-06-16")


def test_ending_now_lets_the_phase_begin_now() -> None:
    running = schedule("2026-06-01", "2026-07-01")
    assert due_times(running, running.with_end(NOW), NOW) == {
        Phase.ACTIVE: None,
        Phase.ENDED: NOW,
        Phase.ARCHIVED: default_archive_time(NOW),
    }


def test_ending_before_the_start_forgets_the_start() -> None:
    coming = schedule("2026-06-20", "2026-07-01")
    assert due_times(coming, coming.with_end(NOW), NOW)[Phase.ACTIVE] is None


def test_extending_what_had_ended_awaits_the_end_once_more() -> None:
    over = schedule("2026-05-01", "2026-06-01")
    longer = over.with_end(berlin("2026-07-01"))
    assert due_times(over, longer, NOW) == {
        Phase.ACTIVE: None,
        Phase.ENDED: berlin("2026-07-01"),
        Phase.ARCHIVED: berlin("2026-09-29"),
    }


def test_an_archive_time_moved_into_the_past_begins_at_once() -> None:
    over = schedule("2026-05-01", "2026-06-01")
    earlier = Schedule(over.start_time, over.end_time, over.end_time)
    assert due_times(over, earlier, NOW) == {Phase.ACTIVE: None, Phase.ENDED: None, Phase.ARCHIVED: over.end_time}
    assert due_times(earlier, earlier, NOW)[Phase.ARCHIVED] is None
