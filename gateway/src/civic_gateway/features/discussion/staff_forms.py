"""Between the staff's form and a Dialog: days in Europe/Berlin, texts in two languages, what is still missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from civic_chassis.kernel.errors import Violation, invalid

from civic_gateway.features.discussion import settings_forms, site_schema
from civic_gateway.features.discussion.topic_calls import Draft, Texts, Topic
from civic_gateway.features.discussion.views import moment
from civic_gateway.validation import end_of, start_of
from civic_gateway.web.i18n import BERLIN

FIELDS: Final = (
    *("title", "teaser", "text", "title_en", "teaser_en", "text_en"),
    *("start_date", "end_date", "names_public"),
    *settings_forms.FIELDS,
    *site_schema.FIELDS,
)
# How the service calls fields that stand in the form under another name.
NAMES: Final = {
    "start_time": "start_date",
    "end_time": "end_date",
    "translations.en.title": "title_en",
    "translations.en.teaser": "teaser_en",
    "translations.en.text": "text_en",
    "translations.title": "title_en",
    "settings.categories.key": "categories",
    "settings.categories.names": "categories",
    "settings.labels.key": "labels",
    "settings.labels.names": "labels",
    **{f"settings.{name}": name for name in settings_forms.FIELDS},
    **site_schema.NAMES,
}
# Under which words they stand there.
LABELS: Final = {
    "start_time": "errors.field.start_date",
    "end_time": "errors.field.end_date",
    "translations.en.title": "pages.staff.title_en",
    "translations.en.teaser": "pages.staff.teaser_en",
    "translations.en.text": "pages.staff.text_en",
    "translations.title": "pages.staff.title_en",
    **site_schema.LABELS,
}
STEP_NAMES: Final = NAMES | {"texts.de": "outcome_de", "texts.en": "outcome_en", "texts": "outcome_de"}
STEP_LABELS: Final = {
    "end_time": "pages.staff.new_end",
    "end_date": "pages.staff.new_end",
    "texts.de": "dialog.outcome.de",
    "texts.en": "dialog.outcome.en",
}
_YES: Final = "yes"


def values_of(topic: Topic) -> dict[str, str]:
    """The Dialog as the form shows it."""
    # Asking a protobuf map for a missing key would add it.
    english = topic.translations.get("en")
    last = moment(topic.end_time) - dt.timedelta(microseconds=1)
    return {
        "title": topic.texts.title,
        "teaser": topic.texts.teaser,
        "text": topic.texts.text,
        "title_en": english.title if english else "",
        "teaser_en": english.teaser if english else "",
        "text_en": english.text if english else "",
        "start_date": moment(topic.start_time).astimezone(BERLIN).date().isoformat(),
        "end_date": last.astimezone(BERLIN).date().isoformat(),
        "names_public": _YES if topic.names_public else "no",
        "etag": topic.etag,
        **settings_forms.values_of(topic.settings),
        **site_schema.values_of(topic.site if topic.HasField("site") else None),
    }


def draft_of(values: Mapping[str, str], present: Topic | None) -> Draft:
    """What the form says, for the service to check; raises INVALID for a day that is none.

    A day that was not touched keeps its exact instant, as an office may have set a time of the day elsewhere.
    """
    before = values_of(present) if present is not None else {}
    start = end = archive = None
    if present is not None:
        start, end, archive = moment(present.start_time), moment(present.end_time), moment(present.archive_time)
    if values.get("start_date", "") != before.get("start_date"):
        first = _day(values, "start_date")
        start = start_of(first, "start_date") if first is not None else None
    if values.get("end_date", "") != before.get("end_date"):
        # The archive follows an end that moves, at the distance that it has.
        distance = archive - end if archive is not None and end is not None else None
        end = new_end(values)
        archive = end + distance if end is not None and distance is not None else None
    english = Texts(values.get("title_en", ""), values.get("teaser_en", ""), values.get("text_en", ""))
    translations = {"en": english} if any((english.title, english.teaser, english.text)) else {}
    if present is not None:
        others = {code: texts for code, texts in present.translations.items() if code != "en"}
        translations |= {code: Texts(texts.title, texts.teaser, texts.text) for code, texts in others.items()}
    return Draft(
        texts=Texts(values.get("title", ""), values.get("teaser", ""), values.get("text", "")),
        translations=translations,
        start_time=start,
        end_time=end,
        archive_time=archive,
        names_public=values.get("names_public") == _YES,
        settings=settings_forms.settings_of(values, present.settings if present is not None else None),
        site=site_schema.site_of(values, present),
    )


def outcome_values(topic: Topic) -> dict[str, str]:
    """What became of the Dialog, as the form shows it."""
    texts = dict(topic.outcome.texts)
    return {"outcome_de": texts.get("de", ""), "outcome_en": texts.get("en", "")}


def outcome_texts(values: Mapping[str, str]) -> dict[str, str]:
    """What the form says became of the Dialog; an empty English text is none."""
    texts = {"de": values.get("outcome_de", "")}
    if values.get("outcome_en", "").strip():
        texts["en"] = values["outcome_en"]
    return texts


def new_end(values: Mapping[str, str]) -> dt.datetime | None:
    """24:00 of the last day; None where the form names none, which the service refuses."""
    last = _day(values, "end_date")
    return end_of(last, "end_date") if last is not None else None


def missing(values: Mapping[str, str]) -> list[str]:
    """What the check list names: fields without content, and a translation that is not there."""
    wanted = ("title", "teaser", "text", "start_date", "end_date")
    found = [name for name in wanted if not values.get(name, "").strip()]
    if not (values.get("title_en", "").strip() and values.get("text_en", "").strip()):
        found.append("translation")
    return found


def preview_of(values: Mapping[str, str]) -> dict[str, str]:
    """The German texts as they stand in the form."""
    return {name: values.get(name, "") for name in ("title", "teaser", "text")}


def _day(values: Mapping[str, str], name: str) -> dt.date | None:
    value = values.get(name, "").strip()
    if not value:
        return None
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(value, pattern).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise invalid(Violation(name, "NOT_A_DAY", "not a day"))
