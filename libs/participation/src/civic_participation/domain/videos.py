"""Addresses of videos that are elsewhere: https alone, on hosts that the state allows."""

import re
from typing import Final
from urllib.parse import urlsplit

from civic_chassis.kernel.text import Violations

URL_MAX: Final = 500
DEFAULT_HOSTS: Final = frozenset({"www.youtube.com", "youtu.be", "vimeo.com", "media.ccc.de"})


def hosts_of(text: str) -> frozenset[str]:
    """The hosts that a setting names, separated by commas. Raises ValueError for what is no host."""
    hosts = frozenset(filter(None, text.split(",")))
    if any(not re.fullmatch(r"[a-z0-9.-]+", host) for host in hosts):
        raise ValueError("must be names of hosts in small letters, separated by commas")
    return hosts


def checked_video_url(given: str, hosts: frozenset[str], found: Violations, field: str) -> str:
    """The address without spaces around it; one that is not allowed is added to `found` with the hosts that are."""
    url = found.line(given, field, min=1, max=URL_MAX)
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.username is None and parts.port in (None, 443)
        host = (parts.hostname or "").lower()
    except ValueError:
        plain, host = False, ""
    if url and not (plain and host in hosts and not any(map(str.isspace, url)) and "\\" not in url):
        allowed = ", ".join(sorted(hosts)) or "–"
        found.add(field, "NOT_ALLOWED", "is no https address on an allowed host", allowed=allowed)
    return url
