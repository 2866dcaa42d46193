"""Topics in the JSON API: bodies that it takes, and the form of what it answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from civic_gateway.features.discussion.schema_parts import (
    TIME,
    TOPIC_ID,
    Language,
    Reason,
    Shown,
    ShownPage,
    Uuid,
    example,
    text_of,
)
from civic_gateway.features.discussion.settings_schema import Settings
from civic_gateway.features.discussion.site_schema import Site
from civic_gateway.validation import Body, Day, Instant

PhaseName = Literal["announced", "active", "ended", "archived"]
Title = Annotated[str, text_of("One line, 3 to 200 characters", least=3, most=200)]
Teaser = Annotated[str, text_of("One or two sentences for lists, at most 400 characters", least=0, most=400)]
Markdown = Annotated[str, text_of("The full text in Markdown, at most 50,000 characters", least=0, most=50_000)]


class TopicTextsBody(Body):
    """Texts of a topic in one language."""

    title: Title
    teaser: Teaser = ""
    text: Markdown = ""


class TopicCreate(Body):
    """A new topic, which is a draft. Its texts are the German ones."""

    model_config = example(
        title="Neugestaltung des Marktplatzes",
        teaser="Was soll auf dem Marktplatz anders werden?",
        text="Der Marktplatz wird **2027** umgebaut.",
        translations={"en": {"title": "Redesign of the market square"}},
        start_date="2026-12-01",
        end_date="2026-12-31",
    )

    title: Title
    teaser: Teaser = ""
    text: Markdown = ""
    translations: dict[Language, TopicTextsBody] = Field({}, description="Texts in further languages by code")
    start_time: Instant | None = Field(None, description="First instant at which contributions are taken")
    start_date: Day | None = Field(None, description="In place of start_time: the first day, Europe/Berlin")
    end_time: Instant | None = Field(None, description="First instant at which nothing is taken any more")
    end_date: Day | None = Field(None, description="In place of end_time: the last day, which counts completely")
    archive_time: Instant | None = Field(None, description="When it moves to the archive; 90 days after the end")
    names_public: bool = Field(True, strict=True, description="Whether the public sees who wrote")
    settings: Settings = Field(default_factory=Settings, description="How it takes part")
    site: Site | None = Field(None, description="Where it is; null where it concerns the whole tenant")


class TopicChange(Body):
    """What is to be changed; a field that is absent stays as it is."""

    model_config = example(teaser="Was soll auf dem Marktplatz anders werden? Schreiben Sie uns.")

    title: Title | None = None
    teaser: Teaser | None = None
    text: Markdown | None = None
    translations: dict[Language, TopicTextsBody | None] | None = Field(
        None, description="Languages given are replaced, null takes a language away, absent ones stay"
    )
    start_time: Instant | None = None
    start_date: Day | None = None
    end_time: Instant | None = None
    end_date: Day | None = None
    archive_time: Instant | None = None
    names_public: bool | None = Field(None, strict=True)
    settings: Settings | None = Field(None, description="Replaces all settings")
    site: Site | None = Field(None, description="Replaces the site; an empty one takes it away")


class TopicExtend(Body):
    """A later end. Give `end_time` or `end_date`."""

    model_config = example(end_date="2027-01-15", reason="Wegen der Feiertage bleibt mehr Zeit.")

    end_time: Instant | None = Field(None, description="The new end")
    end_date: Day | None = Field(None, description="In place of end_time: the new last day, Europe/Berlin")
    reason: Reason


class TopicEnd(Body):
    """An end now."""

    model_config = example(reason="Das Vorhaben wurde zurückgezogen.")

    reason: Reason


class OutcomePut(Body):
    """What became of a topic."""

    model_config = example(texts={"de": "Der Rat hat beschlossen, den Marktplatz umzubauen."})

    texts: dict[Language, str] = Field(description="Markdown by language, 10 to 50,000 characters; German is required")


class TopicTexts(Shown):
    """Texts of a topic in one language; `text` is left out in lists."""

    title: str
    teaser: str
    text: str = ""


class Extension(Shown):
    """One extension."""

    create_time: Instant
    previous_end_time: Instant
    end_time: Instant
    reason: str


class TopicCard(Shown):
    """A topic in a list."""

    id: Uuid = Field(examples=[TOPIC_ID])
    tenant: str = Field(examples=["lindental"])
    etag: str = Field(examples=["3"], description="Version; counts do not change it")
    create_time: Instant = Field(examples=[TIME])
    update_time: Instant = Field(examples=[TIME])
    language: str = Field(examples=["de"], description="Language of title, teaser and text")
    title: str = Field(examples=["Neugestaltung des Marktplatzes"])
    teaser: str = Field(examples=["Was soll auf dem Marktplatz anders werden?"])
    translations: dict[str, TopicTexts] = Field(examples=[{}], description="Texts in languages other than German")
    published: bool = Field(examples=[True])
    phase: PhaseName
    start_time: Instant = Field(examples=["2026-11-30T23:00:00.000000Z"])
    end_time: Instant = Field(examples=["2026-12-31T23:00:00.000000Z"])
    archive_time: Instant = Field(examples=["2027-03-31T22:00:00.000000Z"])
    names_public: bool = Field(examples=[True])
    contribution_count: int = Field(examples=[12])
    comment_count: int = Field(examples=[31])
    rating_count: int = Field(examples=[107])
    end_reason: str = Field(examples=[""], description="Why staff ended it early; empty where the end simply came")


class Topic(TopicCard):
    """A topic with its full text."""

    text: str = Field(examples=["Der Marktplatz wird **2027** umgebaut."], description="Markdown")
    settings: Settings
    site: Site | None = Field(description="Where it is; null where it concerns the whole tenant")
    outcome: Outcome | None = Field(examples=[None], description="What became of it")
    extensions: list[Extension] = Field(examples=[[]], description="Oldest first")


class Outcome(Shown):
    """What became of a topic."""

    texts: dict[str, str] = Field(examples=[{"de": "Der Rat hat beschlossen, …"}], description="Markdown by language")
    time: Instant = Field(examples=[TIME])


class TopicPage(ShownPage):
    """A page of topics."""

    items: list[TopicCard]
