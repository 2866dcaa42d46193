"""Rows to domain values and back."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from civic_participation.domain.anchors import anchor_of
from civic_participation.domain.places import place_of, site_of

from civic_discussion.domain.answers import Answer, AnswerState, Outcome
from civic_discussion.domain.comments import Comment
from civic_discussion.domain.content import Content, Words
from civic_discussion.domain.contributions import Contribution, GoalReached, Rating, State, Tally
from civic_discussion.domain.errors import rfc3339
from civic_discussion.domain.phases import Schedule
from civic_discussion.domain.settings import DEFAULT, Choice, ModerationMode, PlaceMode, Preset, Settings
from civic_discussion.domain.topics import Counts, Extension, Frame, Topic, TopicTexts

Row = Mapping[str, Any]
# What `frame_of` needs beside id and title.
FRAME_COLUMNS = ("published", "start_time", "end_time", "archive_time", "names_public", "settings")
# Bounds of what is searched: PostgreSQL holds at most 1 MiB of words per row.
_SEARCHED = 100_000


def topic_of(row: Row) -> Topic:
    return Topic(
        id=row["id"],
        tenant=row["tenant_id"],
        row_version=row["row_version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        texts=TopicTexts(row["title"], row["teaser"], row["text"]),
        translations={
            language: TopicTexts(texts["title"], texts["teaser"], texts.get("text", ""))
            for language, texts in row["translations"].items()
        },
        published=row["published"],
        schedule=schedule_of(row),
        names_public=row["names_public"],
        settings=settings_of(row["settings"]),
        site=site_of(row["site"]) if row["site"] is not None else None,
        outcome=_outcome_of(row["outcome"]) if row["outcome"] is not None else None,
        extensions=tuple(map(_extension_of, row["extensions"])),
        end_reason=row["end_reason"],
        counts=Counts(row["contributions"], row["comments"], row["ratings"]),
    )


def schedule_of(row: Row) -> Schedule:
    return Schedule(row["start_time"], row["end_time"], row["archive_time"])


def frame_of(row: Row) -> Frame:
    return Frame(
        topic_id=row["topic_id"],
        title=row["topic_title"],
        published=row["published"],
        schedule=schedule_of(row),
        names_public=row["names_public"],
        settings=settings_of(row["settings"]),
    )


def settings_of(stored: Mapping[str, Any]) -> Settings:
    """What is not stored has its default."""
    if not stored:
        return DEFAULT
    values: dict[str, Any] = dict(stored)
    for name, read in _SETTINGS.items():
        if name in values:
            values[name] = read(values[name])
    return Settings(**values)


def settings_values(settings: Settings) -> dict[str, Any]:
    """What differs from the defaults."""
    values = {name: getattr(settings, name) for name in _SETTING_NAMES}
    shown = {name: value for name, value in values.items() if value != getattr(DEFAULT, name)}
    for name in _CHOICES:
        if name in shown:
            shown[name] = [{"key": choice.key, "names": dict(choice.names)} for choice in shown[name]]
    return shown


def _choices_of(stored: Any) -> tuple[Choice, ...]:
    return tuple(Choice(entry["key"], entry["names"]) for entry in stored)


_CHOICES = ("categories", "labels")
_SETTING_NAMES = tuple(field.name for field in fields(Settings))
_SETTINGS: Mapping[str, Callable[[Any], Any]] = {
    "preset": Preset,
    "moderation": ModerationMode,
    "place": PlaceMode,
    "categories": _choices_of,
    "labels": _choices_of,
}


def contribution_of(row: Row) -> Contribution:
    my_rating = row["my_rating"]
    return Contribution(
        id=row["id"],
        tenant=row["tenant_id"],
        topic_id=row["topic_id"],
        row_version=row["row_version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        content=Content(
            words=Words(row["title"], row["text"]),
            category=row["category"],
            labels=tuple(row["labels"]),
            place=place_of(row["place"]) if row["place"] is not None else None,
            anchor=anchor_of(row["anchor"]) if row["anchor"] is not None else None,
        ),
        state=State(row["state"]),
        author_name=row["author_name"],
        tally=tally_of(row),
        comment_count=row["comment_count"],
        mine=row["mine"],
        my_rating=Rating(my_rating) if my_rating is not None else None,
        answer=answer_of(row["answer"]) if row["answer"] is not None else None,
        merged_into=row["merged_into"],
        goal_reached=GoalReached(row["goal_size"], row["goal_time"]) if row["goal_time"] is not None else None,
        attachments=tuple(row["attachments"]),
    )


def answer_of(stored: Mapping[str, str]) -> Answer:
    return Answer(AnswerState(stored["state"]), stored["text"], datetime.fromisoformat(stored["time"]))


def answer_values(answer: Answer) -> dict[str, str]:
    """As it is stored, and as the JSON API shows it."""
    return {"state": answer.state.value, "text": answer.text, "time": rfc3339(answer.time)}


def tally_of(row: Row) -> Tally:
    return Tally(row["rated_for"], row["rated_neutral"], row["rated_against"])


def comment_of(row: Row) -> Comment:
    return Comment(
        id=row["id"],
        tenant=row["tenant_id"],
        contribution_id=row["contribution_id"],
        parent_id=row["parent_id"],
        row_version=row["row_version"],
        create_time=row["create_time"],
        text=row["text"],
        author_name=row["author_name"],
        depth=row["depth"],
        state=State(row["state"]),
        mine=row["mine"],
    )


def topic_values(topic: Topic) -> dict[str, Any]:
    """Parameters for writing a topic or its card."""
    return {
        "tenant_id": topic.tenant,
        "id": topic.id,
        "row_version": topic.row_version,
        "create_time": topic.create_time,
        "update_time": topic.update_time,
        "title": topic.texts.title,
        "teaser": topic.texts.teaser,
        "text": topic.texts.text,
        "translations": _translations(topic, with_text=True),
        "card_translations": _translations(topic, with_text=False),
        "published": topic.published,
        "start_time": topic.schedule.start_time,
        "end_time": topic.schedule.end_time,
        "archive_time": topic.schedule.archive_time,
        "names_public": topic.names_public,
        "extensions": [_extension_values(extension) for extension in topic.extensions],
        "end_reason": topic.end_reason,
        "settings": settings_values(topic.settings),
        "site": topic.site.as_json() if topic.site is not None else None,
        "outcome": _outcome_values(topic.outcome) if topic.outcome is not None else None,
        "words": _searched(topic),
    }


def _translations(topic: Topic, *, with_text: bool) -> dict[str, dict[str, str]]:
    return {
        language: {"title": texts.title, "teaser": texts.teaser} | ({"text": texts.text} if with_text else {})
        for language, texts in topic.translations.items()
    }


def _searched(topic: Topic) -> str:
    texts = [topic.texts, *topic.translations.values()]
    parts = [text.title for text in texts] + [text.teaser for text in texts] + [text.text for text in texts]
    return "\n".join(parts)[:_SEARCHED]


def _outcome_of(stored: Mapping[str, Any]) -> Outcome:
    return Outcome(stored["texts"], datetime.fromisoformat(stored["time"]))


def _outcome_values(outcome: Outcome) -> dict[str, Any]:
    return {"texts": dict(outcome.texts), "time": rfc3339(outcome.time)}


def _extension_of(stored: Mapping[str, str]) -> Extension:
    return Extension(
        create_time=datetime.fromisoformat(stored["create_time"]),
        previous_end_time=datetime.fromisoformat(stored["previous_end_time"]),
        end_time=datetime.fromisoformat(stored["end_time"]),
        reason=stored["reason"],
    )


def _extension_values(extension: Extension) -> dict[str, str]:
    return {
        "create_time": rfc3339(extension.create_time),
        "previous_end_time": rfc3339(extension.previous_end_time),
        "end_time": rfc3339(extension.end_time),
        "reason": extension.reason,
    }
