"""When moderators are told of cases that wait."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NOTICE_MINUTES = 5
MORNING_HOUR = 8
_BERLIN = ZoneInfo("Europe/Berlin")


def next_notice(at: datetime) -> datetime:
    """When moderators are told of new cases: soon, and of several at once."""
    return at.replace(second=0, microsecond=0) + timedelta(minutes=NOTICE_MINUTES - at.minute % NOTICE_MINUTES)


def next_morning(at: datetime) -> datetime:
    """The next eight o'clock in Germany, when moderators are reminded of what waits too long."""
    local = at.astimezone(_BERLIN)
    morning = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    if morning <= local:
        # Days are added on the calendar: the hour stays the same when clocks change.
        morning = morning + timedelta(days=1)
    return morning.astimezone(UTC)
