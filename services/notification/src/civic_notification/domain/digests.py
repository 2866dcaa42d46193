"""When digests are sent: in the morning of Europe/Berlin, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from civic_notification.domain.followings import Rhythm

LOCAL = ZoneInfo("Europe/Berlin")
# Clocks change at 2 or 3 in the night, so seven o'clock exists once on every day.
HOUR = time(7, 0)
_MONDAY = 0


def next_digest(rhythm: Rhythm, at: datetime) -> datetime:
    """The instant of the next digest after `at`: 07:00 of the next day, or of the next Monday."""
    day = at.astimezone(LOCAL).date()
    while True:
        if (rhythm is not Rhythm.WEEKLY or day.weekday() == _MONDAY) and (found := _instant(day)) > at:
            return found
        day += timedelta(days=1)


def digest_key(rhythm: Rhythm, send_at: datetime) -> str:
    """What names a person's digest: daily:2026-11-24."""
    return f"{rhythm}:{send_at.astimezone(LOCAL).date().isoformat()}"


def _instant(day: date) -> datetime:
    return datetime.combine(day, HOUR, LOCAL).astimezone(UTC)
