"""Topics, contributions and comments as pages show them: chosen language, words for times, addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from civic.discussion.v1 import topic_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from civic_gateway.features.discussion.contribution_calls import Comment, Contribution
from civic_gateway.features.discussion.render import ANSWERS, PHASES, RATINGS, STATES
from civic_gateway.features.discussion.topic_calls import Topic, TopicPreset
from civic_gateway.features.files.views import FileView, file_view
from civic_gateway.features.tenants.directory import Tenant
from civic_gateway.web import phases
from civic_gateway.web.addresses import address_of, code_of
from civic_gateway.web.i18n import Words
from civic_gateway.web.offers import Change, Offer

_EXCERPT: Final = 280


@dataclass(frozen=True, slots=True)
class TopicCard:
    """A topic in a list."""

    title: str
    teaser: str
    language: str
    path: str
    phase: str
    sentence: str
    tenant: str
    tenant_name: str
    contributions: int
    comments: int
    ratings: int
    # Whether ratings are support of initiatives.
    support: bool


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The official answer."""

    state: str
    text: str
    when: str


@dataclass(frozen=True, slots=True)
class ContributionView:
    """A contribution in a list or on its own page."""

    code: str
    path: str
    title: str
    text: str
    excerpt: str
    author: str
    when: str
    changed: str
    ratings: tuple[tuple[str, int], ...]
    my_rating: str
    comments: int
    mine: bool
    etag: str
    state: str
    category: str
    place: str
    answer: AnswerView | None
    merged_into: str
    files: tuple[FileView, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment in the tree."""

    code: str
    text: str
    author: str
    when: str
    depth: int
    mine: bool
    is_reply: bool
    state: str


def moment(timestamp: Timestamp) -> dt.datetime:
    """The instant, aware."""
    return timestamp.ToDatetime(dt.UTC)


def topic_path(topic: Topic) -> str:
    """The address of the Dialog's page; the German title stands in it in every language."""
    return f"/{topic.tenant}/dialoge/{address_of(topic.texts.title, topic.id)}"


def staff_path(topic: Topic) -> str:
    """The address of the Dialog in the staff area."""
    return f"/{topic.tenant}/verwaltung/dialoge/{address_of(topic.texts.title, topic.id)}"


def contribution_path(topic: str, contribution: Contribution) -> str:
    """The address of a contribution below the address of its topic."""
    return f"{topic}/beitraege/{address_of(contribution.title, contribution.id)}"


def period_of(topic: Topic) -> phases.Period:
    """When the topic takes contributions, as the service saw it at the moment of the call."""
    now = moment(topic.read_time) if topic.HasField("read_time") else dt.datetime.now(dt.UTC)
    return phases.Period(
        phase=PHASES[topic.phase],
        start=moment(topic.start_time),
        end=moment(topic.end_time),
        archive=moment(topic.archive_time),
        now=now,
    )


def texts_of(topic: Topic, language: str) -> tuple[topic_pb2.TopicTexts, str]:
    """The texts in the language, or in German where there are none; and the language they are in."""
    if language in topic.translations:
        return topic.translations[language], language
    return topic.texts, "de"


def topic_card(words: Words, topic: Topic, tenant_name: str) -> TopicCard:
    """A topic for a list."""
    texts, language = texts_of(topic, words.language)
    period = period_of(topic)
    return TopicCard(
        title=texts.title,
        teaser=texts.teaser,
        language=language,
        path=topic_path(topic),
        phase=period.phase,
        sentence=phases.sentence(words, period),
        tenant=topic.tenant,
        tenant_name=tenant_name,
        contributions=topic.contribution_count,
        comments=topic.comment_count,
        ratings=topic.rating_count,
        support=topic.settings.preset == TopicPreset.TOPIC_PRESET_INITIATIVE,
    )


def offer_of(words: Words, topic: Topic, tenant: Tenant, public_url: str) -> Offer:
    """The topic in the frame of all tools."""
    texts, language = texts_of(topic, words.language)
    period = period_of(topic)
    path = topic_path(topic)
    return Offer(
        tool="dialog",
        tenant=tenant,
        title=texts.title,
        teaser=texts.teaser,
        text=texts.text,
        language=language,
        path=path,
        address=public_url.rstrip("/") + path,
        list_path=f"/{topic.tenant}/dialoge",
        period=period,
        sentence=phases.sentence(words, period),
        steps=phases.line(words, period),
        changes=_changes(words, topic),
    )


def contribution_view(
    words: Words, contribution: Contribution, topic: str, categories: Mapping[str, str] | None = None
) -> ContributionView:
    """A contribution below the topic at the path `topic`; `categories` are their names by key."""
    changed = ""
    if moment(contribution.update_time) > moment(contribution.create_time):
        changed = words.instant(moment(contribution.update_time))
    tally = contribution.ratings
    return ContributionView(
        code=code_of(contribution.id),
        path=contribution_path(topic, contribution),
        title=contribution.title,
        text=contribution.text,
        excerpt=_excerpt(contribution.text),
        author=contribution.author_name,
        when=words.instant(moment(contribution.create_time)),
        changed=changed,
        ratings=(("for", getattr(tally, "for")), ("neutral", tally.neutral), ("against", tally.against)),
        my_rating=RATINGS.get(contribution.my_rating, ""),
        comments=contribution.comment_count,
        mine=contribution.mine,
        etag=contribution.etag,
        state=STATES.get(contribution.state, "published"),
        category=(categories or {}).get(contribution.category, ""),
        place=_place(words, contribution),
        answer=_answer(words, contribution),
        merged_into=code_of(contribution.merged_into) if contribution.merged_into else "",
        files=tuple(file_view(words, each) for each in contribution.attachments),
    )


def comment_views(words: Words, comments: Sequence[Comment]) -> list[CommentView]:
    """Comments in reading order."""
    return [
        CommentView(
            code=code_of(comment.id),
            text=comment.text,
            author=comment.author_name,
            when=words.instant(moment(comment.create_time)),
            depth=comment.depth,
            mine=comment.mine,
            is_reply=bool(comment.parent_id),
            state=STATES.get(comment.state, "published"),
        )
        for comment in comments
    ]


def choices_of(choices: Iterable[topic_pb2.Choice], language: str) -> dict[str, str]:
    """Names by key, in the language or in German."""
    return {choice.key: choice.names.get(language) or choice.names.get("de") or choice.key for choice in choices}


def _place(words: Words, contribution: Contribution) -> str:
    """Where it is about: the address, or the pin in degrees."""
    place = contribution.place
    if not contribution.HasField("place"):
        return ""
    if not place.HasField("point"):
        return place.address
    degrees = words.text("dialog.place.degrees", lat=f"{place.point.lat:.5f}", lon=f"{place.point.lon:.5f}")
    if not place.area_geojson:
        return place.address or degrees
    kind = "line" if orjson.loads(place.area_geojson)["type"] == "LineString" else "polygon"
    return words.text(f"areas.shown.{kind}", where=place.address or degrees)


def _answer(words: Words, contribution: Contribution) -> AnswerView | None:
    if not contribution.HasField("answer"):
        return None
    answer = contribution.answer
    return AnswerView(ANSWERS[answer.state], answer.text, words.instant(moment(answer.answer_time)))


def _changes(words: Words, topic: Topic) -> tuple[Change, ...]:
    changes = [
        Change(
            words.text(
                "pages.offer.extended",
                day=words.day(moment(extension.create_time)),
                previous=moment(extension.previous_end_time),
                end=moment(extension.end_time),
            ),
            extension.reason,
        )
        for extension in topic.extensions
    ]
    if topic.end_reason:
        changes.append(Change(words.text("pages.offer.ended_early", end=moment(topic.end_time)), topic.end_reason))
    return tuple(changes)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= _EXCERPT:
        return line
    return (line[: _EXCERPT + 1].rpartition(" ")[0] or line[:_EXCERPT]) + " …"
