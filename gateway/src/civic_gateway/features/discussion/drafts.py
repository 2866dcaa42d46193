"""What staff says about a topic: from JSON bodies to complete drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind
from google.protobuf.timestamp_pb2 import Timestamp

from civic_gateway.clients import Asker
from civic_gateway.features.discussion.settings_schema import settings_message
from civic_gateway.features.discussion.site_schema import site_message
from civic_gateway.features.discussion.topic_calls import Draft, Site, Texts, Topic, TopicCalls
from civic_gateway.features.discussion.topic_schema import TopicChange, TopicCreate, TopicExtend, TopicTextsBody
from civic_gateway.validation import end_of, one_of, start_of

_ATTEMPTS: Final = 3
_START: Final = ("start_time", "start_date")
_END: Final = ("end_time", "end_date")

_Times = TopicCreate | TopicChange


@contextmanager
def named_as_sent(body: _Times | TopicExtend) -> Iterator[None]:
    """The service speaks of times; whoever sent a day reads about the day."""
    try:
        yield
    except DomainError as error:
        days = {time: day for time, day in (_START, _END) if getattr(body, day, None) is not None}
        if not any(_last(violation.field) in days for violation in error.violations):
            raise
        violations = [
            replace(violation, field=days.get(_last(violation.field), violation.field))
            for violation in error.violations
        ]
        raise DomainError(
            error.kind,
            error.reason,
            error.message,
            domain=error.domain,
            metadata=error.metadata,
            violations=violations,
        ) from error


def draft_of(body: TopicCreate) -> Draft:
    """A new draft."""
    return Draft(
        texts=Texts(body.title, body.teaser, body.text),
        translations={language: _texts(texts) for language, texts in body.translations.items()},
        start_time=_start(body),
        end_time=_end(body),
        archive_time=body.archive_time,
        names_public=body.names_public,
        settings=settings_message(body.settings),
        site=site_message(body.site),
    )


def new_end(body: TopicExtend) -> dt.datetime | None:
    """The end that an extension asks for; None where it names none."""
    return one_of(body.end_time, body.end_date, names=_END, to_instant=end_of)


async def update(topics: TopicCalls, asker: Asker, topic_id: str, body: TopicChange, *, etag: str) -> Topic:
    """Changes what the body gives and leaves the rest.

    The service takes complete drafts. With `*` the rest is that of the version just read, so whoever else is faster
    in between wins nothing and loses nothing: the topic is read again.
    """
    attempts = _ATTEMPTS if etag.strip() == "*" else 1
    while True:
        attempts -= 1
        present = await topics.get_topic(asker, topic_id)
        version = present.etag if etag.strip() == "*" else etag
        try:
            with named_as_sent(body):
                return await topics.update_topic(asker, topic_id, merged(present, body), etag=version)
        except DomainError as error:
            if error.kind is not Kind.VERSION or not attempts:
                raise


def merged(present: Topic, body: TopicChange) -> Draft:
    """The present topic with the changes."""
    translations = {
        language: Texts(texts.title, texts.teaser, texts.text) for language, texts in present.translations.items()
    }
    for language, texts in (body.translations or {}).items():
        if texts is None:
            translations.pop(language, None)
        else:
            translations[language] = _texts(texts)
    end = _end(body) or _moment(present.end_time)
    return Draft(
        texts=Texts(
            _given(body.title, present.texts.title),
            _given(body.teaser, present.texts.teaser),
            _given(body.text, present.texts.text),
        ),
        translations=translations,
        start_time=_start(body) or _moment(present.start_time),
        end_time=end,
        archive_time=body.archive_time or _archive(present, end),
        names_public=present.names_public if body.names_public is None else body.names_public,
        settings=present.settings if body.settings is None else settings_message(body.settings),
        site=_site(present) if body.site is None else site_message(body.site),
    )


def _site(present: Topic) -> Site | None:
    return present.site if present.HasField("site") else None


def _last(field: str) -> str:
    return field.rpartition(".")[2]


def _start(body: _Times) -> dt.datetime | None:
    return one_of(body.start_time, body.start_date, names=_START, to_instant=start_of)


def _end(body: _Times) -> dt.datetime | None:
    return one_of(body.end_time, body.end_date, names=_END, to_instant=end_of)


def _archive(present: Topic, end: dt.datetime) -> dt.datetime:
    # The archive follows an end that moves, at the distance that it has.
    return end + (_moment(present.archive_time) - _moment(present.end_time))


def _given(value: str | None, present: str) -> str:
    return present if value is None else value


def _texts(body: TopicTextsBody) -> Texts:
    return Texts(body.title, body.teaser, body.text)


def _moment(timestamp: Timestamp) -> dt.datetime:
    return timestamp.ToDatetime(dt.UTC)
