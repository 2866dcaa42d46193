"""Contributions and comments in the JSON API: bodies that it takes, and the form of what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from civic_gateway.features.discussion.schema_parts import (
    COMMENT_ID,
    CONTRIBUTION_ID,
    TIME,
    TOPIC_ID,
    Shown,
    ShownPage,
    Uuid,
    example,
    text_of,
)
from civic_gateway.features.discussion.settings_schema import Anchor, Place
from civic_gateway.features.discussion.topic_schema import Title
from civic_gateway.features.files.schemas import Attachment
from civic_gateway.validation import Body, Instant

OrderName = Literal["newest", "oldest", "most_supported"]
AnswerName = Literal["in_review", "accepted", "partly_accepted", "rejected"]
StateName = Literal["published", "held", "hidden", "withdrawn", "merged"]
RatingName = Literal["for", "neutral", "against"]


ContributionText = Annotated[str, text_of("Plain text, 1 to 10,000 characters", least=1, most=10_000)]
CommentText = Annotated[str, text_of("Plain text, 1 to 4,000 characters", least=1, most=4_000)]


class ContributionCreate(Body):
    """A new contribution."""

    model_config = example(title="Mehr Bänke im Schatten", text="Unter den Linden fehlen Sitzplätze.")

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

    model_config = example(text="Unter den Linden fehlen Sitzplätze mit Lehne.")

    title: Title | None = None
    text: ContributionText | None = None
    category: str | None = Field(None, description="Empty takes it away")
    place: Place | None = Field(None, description="An empty one takes it away")
    attachments: list[Uuid] | None = Field(None, description="All files after the change; absent leaves them")


class AnswerPost(Body):
    """The official answer; it replaces an earlier one."""

    model_config = example(state="accepted", text="Die Bänke stehen ab Mai.")

    state: AnswerName
    text: Annotated[str, text_of("Why, in plain text, 3 to 5,000 characters", least=3, most=5_000)]


class Merge(Body):
    """Contributions that go into another one of the same topic."""

    model_config = example(sources=[CONTRIBUTION_ID])

    sources: list[Uuid] = Field(description="1 to 20 ids")


class Split(Body):
    """A part of a contribution that becomes one of its own."""

    model_config = example(title="Bänke am Bach", text="Auch am Bach fehlen Sitzplätze.")

    title: Title
    text: ContributionText


class Move(Body):
    """Where a contribution is to stand."""

    model_config = example(topic_id=TOPIC_ID)

    topic_id: Uuid


class CommentCreate(Body):
    """A new comment, or a reply to one."""

    model_config = example(text="Das wünsche ich mir auch.", parent_id=None)

    text: CommentText
    parent_id: Uuid | None = Field(None, description="Comment that this one replies to")


class RatingPut(Body):
    """A rating."""

    model_config = example(value="for")

    value: RatingName


class Ratings(Shown):
    """How many persons rated which way."""

    for_: int = Field(alias="for", examples=[12])
    neutral: int = Field(examples=[3])
    against: int = Field(examples=[1])


class Answer(Shown):
    """The official answer."""

    text: str = Field(examples=["Die Bänke stehen ab Mai."])
    time: Instant = Field(examples=[TIME])
    state: AnswerName = Field(examples=["accepted"])


class GoalReached(Shown):
    """An initiative has as many supporters as it wanted."""

    goal: int = Field(examples=[500], description="Persons")
    time: Instant = Field(examples=[TIME])


class Contribution(Shown):
    """A contribution."""

    id: Uuid = Field(examples=[CONTRIBUTION_ID])
    topic_id: Uuid = Field(examples=[TOPIC_ID])
    etag: str = Field(examples=["1"], description="Version; ratings and comments do not change it")
    create_time: Instant = Field(examples=[TIME])
    update_time: Instant = Field(examples=[TIME])
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
    goal_reached: GoalReached | None = Field(examples=[None], description="For an initiative that reached its goal")
    attachments: list[Attachment] = Field(examples=[[]])


class Version(Shown):
    """Words as their author sent them at one time."""

    version: int = Field(examples=[1])
    create_time: Instant = Field(examples=[TIME])
    title: str = Field(examples=["Mehr Bänke im Schatten"])
    text: str = Field(examples=["Unter den Linden fehlen Sitzplätze."])
    fingerprint: str = Field(examples=["0" * 64], description="SHA-256 over words and time")


class Origin(Shown):
    """Where a contribution comes from."""

    kind: Literal["merged", "split", "moved"]
    id: Uuid = Field(examples=[CONTRIBUTION_ID], description="The other contribution; for moved, the topic before")
    title: str | None = Field(examples=["Bänke"], description="Null where it is not public")
    create_time: Instant = Field(examples=[TIME])


class Versions(Shown):
    """All versions, oldest first."""

    items: list[Version]
    origins: list[Origin] = Field(examples=[[]])


class Similar(Shown):
    """A contribution that says something similar."""

    id: Uuid = Field(examples=[CONTRIBUTION_ID])
    title: str = Field(examples=["Bänke unter den Linden"])
    rated_for: int = Field(examples=[12])
    comment_count: int = Field(examples=[3])


class SimilarPage(Shown):
    """At most five, the most similar first."""

    items: list[Similar]


class Comment(Shown):
    """A comment."""

    id: Uuid = Field(examples=[COMMENT_ID])
    contribution_id: Uuid = Field(examples=[CONTRIBUTION_ID])
    parent_id: Uuid | None = Field(examples=[None])
    etag: str = Field(examples=["1"])
    create_time: Instant = Field(examples=[TIME])
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

    id: Uuid = Field(examples=[COMMENT_ID])
    kind: Literal["contribution", "comment", "rating"]
    tenant: str = Field(examples=["lindental"])
    topic_id: Uuid = Field(examples=[TOPIC_ID])
    topic_title: str = Field(examples=["Neugestaltung des Marktplatzes"])
    contribution_id: Uuid = Field(examples=[CONTRIBUTION_ID])
    contribution_title: str = Field(examples=["Mehr Bänke im Schatten"])
    create_time: Instant = Field(examples=[TIME])
    state: StateName = Field(examples=["published"], description="Whether everybody sees what was written")


class PlacedContribution(Shown):
    """A contribution on the map."""

    id: Uuid = Field(examples=[CONTRIBUTION_ID])
    title: str = Field(examples=["Mehr Bänke im Schatten"])
    path: str = Field(examples=["/lindental/dialoge/03hafzzssmkqcx4xsl6bmu63g"], description="Address of its page")
    area: dict[str, Any] | None = Field(examples=[None], description="GeoJSON of the line or area that it is about")


class ContributionPoint(Shown):
    """One point of the map."""

    lat: float = Field(examples=[50.1])
    lon: float = Field(examples=[8.7])
    count: int = Field(examples=[1], description="How many contributions lie here")
    contribution: PlacedContribution | None = Field(description="The contribution where it is one alone")


class ContributionMap(Shown):
    """Contributions with a pin."""

    points: list[ContributionPoint]
    placed_count: int = Field(examples=[1])
    more: bool = Field(examples=[False], description="Whether there are more than these, which are the newest")
    bbox: list[float] | None = Field(examples=[[8.7, 50.1, 8.7, 50.1]], description="Around all points")


class ContributionPage(ShownPage):
    """A page of contributions."""

    items: list[Contribution]


class CommentPage(ShownPage):
    """A page of comments in reading order."""

    items: list[Comment]


class ParticipationPage(ShownPage):
    """A page of what the person did, newest first."""

    items: list[Participation]
