"""Subscriptions: a filter that is kept, and what whoever follows it is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from civic_chassis.kernel import text
from civic_participation.domain.codes import code_of
from civic_participation.domain.notices import FollowersOf, Notice, NoticeKind, notice_id
from civic_participation.domain.offers import OfferKind

from civic_catalog.domain import filters
from civic_catalog.domain.filters import Filter, FilterInput
from civic_catalog.domain.offers import KeptOffer
from civic_catalog.domain.phases import NEVER

# What a subscription is called among the objects that can be followed.
FOLLOWED = "catalog.subscription"
TITLE_MAX = 300
# Longer than a question whether to follow can be answered.
UNFOLLOWED_FOR = timedelta(days=8)
_SUBSCRIBER = re.compile(r"[A-Za-z0-9_-]{16,100}")
# Below the tenant: the word of the address for each tool.
_SECTIONS: Mapping[OfferKind, str] = {
    OfferKind.DIALOG: "dialoge",
    OfferKind.PROCEDURE: "verfahren",
    OfferKind.LAND_USE: "verfahren",
    OfferKind.REGIONAL_PLAN: "verfahren",
    OfferKind.SURVEY: "umfragen",
    OfferKind.EVENT: "veranstaltungen",
    OfferKind.APPOINTMENT: "termine",
    OfferKind.APPLICATION: "antraege",
    OfferKind.REPORT: "meldungen",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is subscribed to, checked. `subscriber` and `fingerprint` together name it."""

    tenant: str
    title: str
    query: str
    filter: Filter
    subscriber: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is subscribed to, as its reader sees it."""

    title: str
    filter: FilterInput


@dataclass(frozen=True, slots=True)
class Match:
    """A subscription that finds an offer; mails about it come in the name of `tenant`."""

    id: UUID
    tenant: str
    title: str


def checked(tenant: str, given: FilterInput, title: str, *, subject: str | None, subscriber: str) -> Wanted:
    """Raises INVALID_ARGUMENT naming every field that is wrong."""
    found = text.Violations()
    title = found.line(title, "title", min=1, max=TITLE_MAX)
    if given.phase is not None:
        found.add("phase", "UNKNOWN_FIELD", "cannot be subscribed to")
    for name in ("from_time", "until_time"):
        if getattr(given, name) is not None:
            found.add(name, "UNKNOWN_FIELD", "cannot be subscribed to")
    if subject is None and not _SUBSCRIBER.fullmatch(subscriber):
        found.add("subscriber", "MALFORMED", "must be 16 to 100 letters, digits, hyphens and underscores")
    found.check()
    wanted = filters.checked(given)
    # A person's subject and a word that somebody gives are never the same.
    who = f"account:{subject}" if subject is not None else f"given:{subscriber}"
    # The same filter in another order of words, or in the name of another tenant, is another subscription.
    return Wanted(
        tenant=tenant,
        title=title,
        query=" ".join(wanted.words),
        filter=wanted,
        subscriber=sha256(who.encode()).hexdigest(),
        fingerprint=sha256(f"{tenant} {wanted}".encode()).hexdigest(),
    )


def matched(match: Match, kept: KeptOffer) -> Notice:
    """What followers of the subscription are told of an offer; nobody needs it any more when the offer is over."""
    ends = kept.schedule.end_time
    return Notice(
        id=notice_id("offer", match.id, kept.id),
        kind=NoticeKind.OFFER_MATCHED,
        audience=FollowersOf(FOLLOWED, str(match.id)),
        path=f"/{kept.tenant}/{_SECTIONS[kept.kind]}/{code_of(kept.id)}",
        happen_time=kept.publish_time,
        words={"title": kept.title, "search": match.title},
        translations={language: {"title": title} for language, title in kept.titles.items()},
        expire_time=ends if ends < NEVER else None,
    )
