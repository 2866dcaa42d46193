"""Instants as a mail says them, in Europe/Berlin."""

from datetime import datetime, timedelta

from civic_notification.domain.digests import LOCAL

_MONTHS = {
    "de": (
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


def spoken(instant: datetime, language: str) -> str:
    """23. November 2026, 14:05 Uhr; midnight is 24 Uhr of the day before."""
    local = instant.astimezone(LOCAL)
    clock = f"{local:%H:%M}"
    if clock == "00:00":
        local, clock = local - timedelta(days=1), "24:00"
    month = _MONTHS[language][local.month - 1]
    if language == "de":
        return f"{local.day}. {month} {local.year}, {'24' if clock == '24:00' else clock} Uhr"
    return f"{local.day} {month} {local.year}, {clock}"
