"""One offer in the frame that all tools share: what it is, until when, whose, and what may be done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.web.phases import Period, Step


@dataclass(frozen=True, slots=True)
class Change:
    """What the office changed on the way, and why in its own words."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What `offer.html` shows. `text` is Markdown in `language`; `address` is the full one, for sharing."""

    tool: str
    tenant: Tenant
    title: str
    teaser: str
    text: str
    language: str
    path: str
    address: str
    list_path: str
    period: Period
    sentence: str
    steps: tuple[Step, ...]
    changes: tuple[Change, ...] = ()


def calendar(offer: Offer, *, day: dt.date, identifier: str, summary: str, description: str) -> bytes:
    """A day of the offer as an iCalendar entry (RFC 5545) that reminds a day before."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Beteiligungsportal//DE",
        "BEGIN:VEVENT",
        f"UID:{identifier}",
        f"DTSTAMP:{offer.period.now:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + dt.timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(description)}",
        f"URL:{offer.address}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(summary)}",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) + "\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    # 75 octets a line at most, and no character cut in two.
    parts, width = [], 0
    for character in line:
        size = len(character.encode())
        if width + size > 73:
            parts.append("\r\n ")
            width = 1
        parts.append(character)
        width += size
    return "".join(parts)
