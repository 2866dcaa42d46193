"""What of a topic everybody may find in the state's list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from civic_participation.domain.offers import (
    SEARCH_TEXT_MAX,
    THEMES_MAX,
    BoundingBox,
    OfferKind,
    OfferPlace,
    OfferTexts,
    PublicOffer,
)
from civic_participation.domain.places import Site

from civic_discussion.domain.settings import Preset
from civic_discussion.domain.topics import Topic

# What Markdown adds to words: marks at both ends of them, addresses of links.
_MARKUP = re.compile(r"\]\([^)]*\)|[*_`#>\[\]|~]+")


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling of an offer: its number, and when the topic was first public."""

    version: int
    publish_time: datetime


def offer_of(topic: Topic, telling: Telling) -> PublicOffer:
    """The public projection of a published topic that everybody finds."""
    return PublicOffer(
        kind=OfferKind.DIALOG,
        id=topic.id,
        version=telling.version,
        revision=topic.row_version,
        texts=OfferTexts(topic.texts.title, topic.texts.teaser),
        translations={
            language: OfferTexts(texts.title, texts.teaser) for language, texts in topic.translations.items()
        },
        search_text=_search_text(topic),
        themes=tuple(category.names["de"] for category in topic.settings.categories[:THEMES_MAX]),
        place=_place(topic.site),
        area=_area(topic.site),
        publish_time=telling.publish_time,
        update_time=topic.update_time,
        start_time=topic.schedule.start_time,
        end_time=topic.schedule.end_time,
        archive_time=topic.schedule.archive_time,
        result_time=topic.outcome.time if topic.outcome is not None else None,
        counts=_counts(topic),
    )


def _counts(topic: Topic) -> Mapping[str, int]:
    counts = topic.counts
    # Support of an initiative is no rating.
    rated = "supports" if topic.settings.preset is Preset.INITIATIVE else "ratings"
    return {"contributions": counts.contributions, "comments": counts.comments, rated: counts.ratings}


def _place(site: Site | None) -> OfferPlace | None:
    if site is None or not (site.point or site.address or site.district):
        return None
    return OfferPlace(
        latitude=site.point.lat if site.point is not None else None,
        longitude=site.point.lon if site.point is not None else None,
        address=site.address,
        district=site.district,
    )


def _area(site: Site | None) -> BoundingBox | None:
    if site is None or site.area is None:
        return None
    area = site.area
    return BoundingBox(area.west, area.south, area.east, area.north)


def _search_text(topic: Topic) -> str:
    texts = [topic.texts.text, *(each.text for each in topic.translations.values())]
    if topic.outcome is not None:
        texts += topic.outcome.texts.values()
    plain = " ".join(_MARKUP.sub(" ", "\n".join(texts)).split())
    return plain[:SEARCH_TEXT_MAX]
