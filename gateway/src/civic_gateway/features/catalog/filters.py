"""What an address says about which offers are meant; the same names in pages, feeds and JSON API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from civic_chassis.kernel.errors import DomainError, Violation, invalid
from starlette.requests import Request

from civic_gateway.features.catalog.calls import OfferKind, OfferPhase, Wanted
from civic_gateway.validation import end_of, start_of
from civic_gateway.web.queries import box_of, choice, words_in

KINDS: Final = {
    name.removeprefix("OFFER_KIND_").lower(): OfferKind.ValueType(number)
    for name, number in OfferKind.items()
    if number
}
KIND_NAMES: Final = {number: name for name, number in KINDS.items()}
PHASES: Final = {
    "active": OfferPhase.OFFER_PHASE_ACTIVE,
    "announced": OfferPhase.OFFER_PHASE_ANNOUNCED,
    "ended": OfferPhase.OFFER_PHASE_ENDED,
    "archived": OfferPhase.OFFER_PHASE_ARCHIVED,
}
PHASE_NAMES: Final = {number: name for name, number in PHASES.items()}
# The service's words for what stands in an address under another name.
_NAMES: Final = {"bounding_box": "bbox", "theme": "topic", "from_time": "from", "until_time": "to", "query": "q"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filter as it stands in an address; every value is a text, empty where it narrows nothing."""

    q: str = ""
    kind: str = ""
    tenant: str = ""
    phase: str = ""
    district: str = ""
    topic: str = ""
    from_: str = ""
    to: str = ""
    bbox: str = ""

    @property
    def query(self) -> dict[str, str]:
        """For `with_query`."""
        names = ("q", "kind", "tenant", "phase", "district", "topic", "to", "bbox")
        return {name: getattr(self, name) for name in names} | {"from": self.from_}

    @property
    def narrows(self) -> bool:
        """Whether anything is set."""
        return self != Chosen()

    def wanted(self) -> Wanted:
        """Raises INVALID_ARGUMENT naming what cannot be read."""
        start, end = _day(self.from_, "from"), _day(self.to, "to")
        return Wanted(
            query=self.q,
            kind=KINDS[self.kind] if self.kind else OfferKind.OFFER_KIND_UNSPECIFIED,
            tenant=self.tenant,
            phase=PHASES[self.phase] if self.phase else OfferPhase.OFFER_PHASE_UNSPECIFIED,
            district=self.district,
            theme=self.topic,
            from_time=start_of(start, "from") if start else None,
            until_time=end_of(end, "to") if end else None,
            box=box_of(self.bbox) if self.bbox else None,
        )


def chosen_in(request: Request) -> Chosen:
    """Raises INVALID_ARGUMENT for a kind or phase that does not exist."""
    given = request.query_params
    return Chosen(
        q=words_in(request),
        kind=choice(request, "kind", tuple(KINDS)),
        tenant=given.get("tenant", "").strip(),
        phase=choice(request, "phase", tuple(PHASES)),
        district=given.get("district", "").strip(),
        topic=given.get("topic", "").strip(),
        from_=given.get("from", "").strip(),
        to=given.get("to", "").strip(),
        bbox=given.get("bbox", "").strip(),
    )


@contextmanager
def named_as_asked() -> Iterator[None]:
    """What the service refuses is named as it stands in the address."""
    try:
        yield
    except DomainError as error:
        if not any(violation.field in _NAMES for violation in error.violations):
            raise
        violations = [replace(each, field=_NAMES.get(each.field, each.field)) for each in error.violations]
        raise DomainError(
            error.kind, error.reason, error.message, metadata=error.metadata, violations=violations
        ) from error


def _day(text: str, field: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise invalid(Violation(field, "NOT_A_DAY", "not a day")) from None
