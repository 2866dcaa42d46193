"""Bodies that the JSON API takes, and the form of what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from civic_gateway.features.discussion.settings_schema import Anchor, Place, Settings
from civic_gateway.features.files.schemas import Attachment
from civic_gateway.validation import Body, Day, Instant

PhaseName = Literal["announced", "active", "ended", "archived"]
OrderName = Literal["newest", "oldest", "most_supported"]
AnswerName = Literal["in_review", "accepted", "partly_accepted", "rejected"]
StateName = Literal["published", "held", "hidden", "withdrawn", "merged"]
RatingName = Literal["for", "neutral", "against"]

_TOPIC_ID = "01935b5e-7c00-7000-8000-000000000001"
_CONTRIBUTION_ID = "01935b5e-7c00-7000-8000-000000000002"
_COMMENT_ID = "01935b5e-7c00-7000-8000-000000000003"
_TIME = "2026-11-23T04:37:56.123456Z"


def _text(description: str, *, least: int, most: int) -> WithJsonSchema:
    """Limits of a text: documented here, checked by the service, which counts after cleaning the text."""
    return WithJsonSchema({"type": "string", "minLength": least, "maxLength": most, "description": description})


Title = Annotated[str, _text("One line, 3 to 200 characters", least=3, most=200)]
Teaser = Annotated[str, _text("One or two sentences for lists, at most 400 characters", least=0, most=400)]
Markdown = Annotated[str, _text("The full text in Markdown, at most 50,000 characters", least=0, most=50_000)]
ContributionText = Annotated[str, _text("Plain text, 1 to 10,000 characters", least=1, most=10_000)]
CommentText = Annotated[str, _text("Plain text, 1 to 4,000 characters", least=1, most=4_000)]
Reason = Annotated[str, _text("Why, in the office's words, 3 to 500 characters; everybody reads it", least=3, most=500)]
Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Language = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[a-z]{2,3}$"})]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class TopicTextsBody(Body):
    """Texts of a topic in one language."""

    title: Title
    teaser: Teaser = ""
    text: Markdown = ""


class TopicCreate(Body):
    """A new topic, which is a draft. Its texts are the German ones."""

    model_config = _example(
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


class TopicChange(Body):
    """What is to be changed; a field that is absent stays as it is."""

    model_config = _example(teaser="Was soll auf dem Marktplatz anders werden? Schreiben Sie uns.")

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


class TopicExtend(Body):
    """A later end. Give `end_time` or `end_date`."""

    model_config = _example(end_date="2027-01-15", reason="Wegen der Feiertage bleibt mehr Zeit.")

    end_time: Instant | None = Field(None, description="The new end")
    end_date: Day | None = Field(None, description="In place of end_time: the new last day, Europe/Berlin")
    reason: Reason


class TopicEnd(Body):
    """An end now."""

    model_config = _example(reason="Das Vorhaben wurde zurückgezogen.")

    reason: Reason


class ContributionCreate(Body):
    """A new contribution."""

    model_config = _example(title="Mehr Bänke im Schatten", text="Unter den Linden fehlen Sitzplätze.")

    title: Title
    text: ContributionText
    category: str = Field("", description="Key of one of the topic's categories")
    labels: list[str] = Field([], description="Keys of the topic's labels")
    place: Place | None = Field(None, description="Where it is about, within the state")
    anchor: Anchor | None = Field(None, description="What part of the topic's objects it is about")
    hide_name: bool = Field(False, strict=True, description="Keeps the author's name from the public, where allowed")
    attachments: list[Uuid] = Field([], description="Ids of files that the person sent")


class ContributionChange(Body):
    """What is to be changed; a field that is absent stays as it is."""

    model_config = _example(text="Unter den Linden fehlen Sitzplätze mit Lehne.")

    title: Title | None = None
    text: ContributionText | None = None
    category: str | None = Field(None, description="Empty takes it away")
    place: Place | None = Field(None, description="An empty one takes it away")
    attachments: list[Uuid] | None = Field(None, description="All files after the change; absent leaves them")


class AnswerPost(Body):
    """The official answer; it replaces an earlier one."""

    model_config = _example(state="accepted", text="Die Bänke stehen ab Mai.")

    state: AnswerName
    text: Annotated[str, _text("Why, in plain text, 3 to 5,000 characters", least=3, most=5_000)]


class Merge(Body):
    """Contributions that go into another one of the same topic."""

    model_config = _example(sources=[_CONTRIBUTION_ID])

    sources: list[Uuid] = Field(description="1 to 20 ids")


class Split(Body):
    """A part of a contribution that becomes one of its own."""

    model_config = _example(title="Bänke am Bach", text="Auch am Bach fehlen Sitzplätze.")

    title: Title
    text: ContributionText


class Move(Body):
    """Where a contribution is to stand."""

    model_config = _example(topic_id=_TOPIC_ID)

    topic_id: Uuid


class OutcomePut(Body):
    """What became of a topic."""

    model_config = _example(texts={"de": "Der Rat hat beschlossen, den Marktplatz umzubauen."})

    texts: dict[Language, str] = Field(description="Markdown by language, 10 to 50,000 characters; German is required")


class CommentCreate(Body):
    """A new comment, or a reply to one."""

    model_config = _example(text="Das wünsche ich mir auch.", parent_id=None)

    text: CommentText
    parent_id: Uuid | None = Field(None, description="Comment that this one replies to")


class RatingPut(Body):
    """A rating."""

    model_config = _example(value="for")

    value: RatingName


class Shown(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid")


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

    id: Uuid = Field(examples=[_TOPIC_ID])
    tenant: str = Field(examples=["lindental"])
    etag: str = Field(examples=["3"], description="Version; counts do not change it")
    create_time: Instant = Field(examples=[_TIME])
    update_time: Instant = Field(examples=[_TIME])
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
    outcome: Outcome | None = Field(examples=[None], description="What became of it")
    extensions: list[Extension] = Field(examples=[[]], description="Oldest first")


class Ratings(Shown):
    """How many persons rated which way."""

    for_: int = Field(alias="for", examples=[12])
    neutral: int = Field(examples=[3])
    against: int = Field(examples=[1])


class Answer(Shown):
    """The official answer."""

    text: str = Field(examples=["Die Bänke stehen ab Mai."])
    time: Instant = Field(examples=[_TIME])
    state: AnswerName = Field(examples=["accepted"])


class Outcome(Shown):
    """What became of a topic."""

    texts: dict[str, str] = Field(examples=[{"de": "Der Rat hat beschlossen, …"}], description="Markdown by language")
    time: Instant = Field(examples=[_TIME])


class Contribution(Shown):
    """A contribution."""

    id: Uuid = Field(examples=[_CONTRIBUTION_ID])
    topic_id: Uuid = Field(examples=[_TOPIC_ID])
    etag: str = Field(examples=["1"], description="Version; ratings and comments do not change it")
    create_time: Instant = Field(examples=[_TIME])
    update_time: Instant = Field(examples=[_TIME])
    title: str = Field(examples=["Mehr Bänke im Schatten"])
    text: str = Field(examples=["Unter den Linden fehlen Sitzplätze."])
    author_name: str | None = Field(examples=["anna"], description="Null where the topic hides names")
    ratings: Ratings
    comment_count: int = Field(examples=[2])
    mine: bool = Field(examples=[False])
    my_rating: RatingName | None = Field(examples=[None])
    state: StateName = Field(examples=["published"], description="Others than published are for author and staff")
    category: str | None = Field(examples=["verkehr"])
    labels: list[str] = Field(examples=[[]])
    place: dict[str, Any] | None = Field(examples=[{"lat": 50.1109, "lon": 8.6821}])
    anchor: dict[str, Any] | None = Field(examples=[None])
    answer: Answer | None = Field(examples=[None], description="The official answer")
    merged_into: Uuid | None = Field(examples=[None], description="Contribution that it went into")
    attachments: list[Attachment] = Field(examples=[[]])


class Version(Shown):
    """Words as their author sent them at one time."""

    version: int = Field(examples=[1])
    create_time: Instant = Field(examples=[_TIME])
    title: str = Field(examples=["Mehr Bänke im Schatten"])
    text: str = Field(examples=["Unter den Linden fehlen Sitzplätze."])
    fingerprint: str = Field(examples=["0" * 64], description="SHA-256 over words and time")


class Origin(Shown):
    """Where a contribution comes from."""

    kind: Literal["merged", "split", "moved"]
    id: Uuid = Field(examples=[_CONTRIBUTION_ID], description="The other contribution; for moved, the topic before")
    title: str | None = Field(examples=["Bänke"], description="Null where it is not public")
    create_time: Instant = Field(examples=[_TIME])


class Versions(Shown):
    """All versions, oldest first."""

    items: list[Version]
    origins: list[Origin] = Field(examples=[[]])


class Similar(Shown):
    """A contribution that says something similar."""

    id: Uuid = Field(examples=[_CONTRIBUTION_ID])
    title: str = Field(examples=["Bänke unter den Linden"])
    rated_for: int = Field(examples=[12])
    comment_count: int = Field(examples=[3])


class SimilarPage(Shown):
    """At most five, the most similar first."""

    items: list[Similar]


class Comment(Shown):
    """A comment."""

    id: Uuid = Field(examples=[_COMMENT_ID])
    contribution_id: Uuid = Field(examples=[_CONTRIBUTION_ID])
    parent_id: Uuid | None = Field(examples=[None])
    etag: str = Field(examples=["1"])
    create_time: Instant = Field(examples=[_TIME])
    text: str = Field(examples=["Das wünsche ich mir auch."])
    author_name: str | None = Field(examples=["bora"], description="Null where the topic hides names")
    depth: int = Field(examples=[0], description="0 for a comment on the contribution, at most 4")
    mine: bool = Field(examples=[False])
    state: StateName = Field(examples=["published"], description="A hidden one keeps its place, without its text")


class RatingState(Shown):
    """The tally after the change."""

    ratings: Ratings
    my_rating: RatingName | None = Field(examples=["for"])


class Participation(Shown):
    """One thing that the signed-in person did."""

    id: Uuid = Field(examples=[_COMMENT_ID])
    kind: Literal["contribution", "comment", "rating"]
    tenant: str = Field(examples=["lindental"])
    topic_id: Uuid = Field(examples=[_TOPIC_ID])
    topic_title: str = Field(examples=["Neugestaltung des Marktplatzes"])
    contribution_id: Uuid = Field(examples=[_CONTRIBUTION_ID])
    contribution_title: str = Field(examples=["Mehr Bänke im Schatten"])
    create_time: Instant = Field(examples=[_TIME])
    state: StateName = Field(examples=["published"], description="Whether everybody sees what was written")


class _Page(Shown):
    next_page_token: str | None = Field(examples=[None], description="Token of the next page; null on the last one")


class TopicPage(_Page):
    """A page of topics."""

    items: list[TopicCard]


class ContributionPage(_Page):
    """A page of contributions."""

    items: list[Contribution]


class CommentPage(_Page):
    """A page of comments in reading order."""

    items: list[Comment]


class ParticipationPage(_Page):
    """A page of what the person did, newest first."""

    items: list[Participation]
