"""How a topic takes part, and where a contribution is about: bodies and answers of the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import orjson
from civic.common.v1 import place_pb2
from civic.discussion.v1 import topic_pb2
from civic_chassis.kernel.errors import Violation, invalid
from pydantic import Field, WithJsonSchema

from civic_gateway.validation import Body

PRESETS: Final[Mapping[int, str]] = {
    topic_pb2.TOPIC_PRESET_IDEAS: "ideas",
    topic_pb2.TOPIC_PRESET_TEXT: "text",
    topic_pb2.TOPIC_PRESET_RANKING: "ranking",
    topic_pb2.TOPIC_PRESET_INITIATIVE: "initiative",
}
MODERATION: Final[Mapping[int, str]] = {
    topic_pb2.MODERATION_MODE_AFTER: "after",
    topic_pb2.MODERATION_MODE_BEFORE: "before",
}
PLACES: Final[Mapping[int, str]] = {
    topic_pb2.PLACE_MODE_OPTIONAL: "optional",
    topic_pb2.PLACE_MODE_REQUIRED: "required",
    topic_pb2.PLACE_MODE_NONE: "none",
}
_NUMBERS: Final[Mapping[str, Mapping[str, int]]] = {
    "preset": {name: number for number, name in PRESETS.items()},
    "moderation": {name: number for number, name in MODERATION.items()},
    "place": {name: number for number, name in PLACES.items()},
}
_PLAIN: Final = (
    *("category_required", "max_attachments", "max_contributions", "max_text", "max_comment", "edit_minutes"),
    *("without_account", "without_public_name", "without_office_name", "closed", "support_goal"),
)
_CHOICES: Final = ("categories", "labels")

Flag = Annotated[bool, Field(strict=True)]


Whole = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]


def _limits(description: str, *, least: int, most: int) -> WithJsonSchema:
    # The service checks them, so that the error is the same wherever it was typed.
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": most, "description": description})


MaxAttachments = Annotated[Whole, _limits("Files per contribution", least=0, most=5)]
MaxContributions = Annotated[Whole, _limits("Contributions per person; 0 for no limit", least=0, most=1_000)]
MaxText = Annotated[Whole, _limits("Characters of a contribution", least=1, most=10_000)]
MaxComment = Annotated[Whole, _limits("Characters of a comment", least=1, most=4_000)]
EditMinutes = Annotated[Whole, _limits("Minutes for changes; 0: until the first comment", least=0, most=10_080)]
SupportGoal = Annotated[Whole, _limits("Supporters that an initiative wants; 0 for no goal", least=0, most=1_000_000)]
PageNumber = Annotated[Whole, _limits("Page of a document, from 1; 0 for none", least=0, most=10_000)]
Second = Annotated[Whole, _limits("Moment of a video", least=0, most=86_400)]


class Choice(Body):
    """A category or label."""

    key: str = Field(description="1 to 40 of a-z, 0-9 and inner hyphens")
    names: dict[str, str] = Field(description="What people read, by language; German is required")


class Settings(Body):
    """How a topic takes part; what is absent has its default."""

    preset: Literal["ideas", "text", "ranking", "initiative"] = "ideas"
    categories: list[Choice] = Field(default=[], description="A contribution has at most one of them")
    category_required: Flag = False
    labels: list[Choice] = Field(default=[], description="A contribution has any number of them")
    moderation: Literal["after", "before"] = Field(default="after", description="When texts become public")
    place: Literal["optional", "required", "none"] = Field(
        default="optional", description="Whether contributions name a place"
    )
    max_attachments: MaxAttachments = 5
    max_contributions: MaxContributions = 0
    max_text: MaxText = 10_000
    max_comment: MaxComment = 4_000
    edit_minutes: EditMinutes = 0
    without_account: Flag = Field(default=False, description="People without an account may take part")
    without_public_name: Flag = Field(default=False, description="Authors may keep their name from the public")
    without_office_name: Flag = Field(default=False, description="Staff does not see who wrote either")
    closed: Flag = Field(default=False, description="Only invited people find it")
    support_goal: SupportGoal = 0


class Place(Body):
    """A pin (`lat` and `lon`, WGS 84), a line or area, an address."""

    lat: float | None = Field(None, strict=True, examples=[50.1109])
    lon: float | None = Field(None, strict=True, examples=[8.6821])
    address: str = Field("", description="At most 200 characters")
    area: dict[str, Any] | None = Field(
        None,
        description="GeoJSON: a LineString of 2 to 100 positions, or a Polygon of one ring of 3 to 100 corners that "
        "does not cross itself. The pin is then its middle, whatever is given",
    )


class Anchor(Body):
    """What part of the topic's objects is meant."""

    object: str = Field(description="Id of the object")
    section: str = Field("", description="Id of a section of a text")
    page: PageNumber = 0
    x: float | None = Field(None, strict=True, description="Point on an image, as a part of its width: 0 to 1")
    y: float | None = Field(None, strict=True, description="Point on an image, as a part of its height: 0 to 1")
    second: Second | None = None


def settings_message(body: Settings) -> topic_pb2.TopicSettings:
    """What staff says, for the service."""
    values: dict[str, Any] = {name: getattr(body, name) for name in _PLAIN}
    values |= {name: numbers[getattr(body, name)] for name, numbers in _NUMBERS.items()}
    for name in _CHOICES:
        values[name] = [topic_pb2.Choice(key=choice.key, names=choice.names) for choice in getattr(body, name)]
    return topic_pb2.TopicSettings(**values)


def settings_shown(message: topic_pb2.TopicSettings) -> dict[str, Any]:
    """The settings as the JSON API shows them."""
    return {
        "preset": PRESETS.get(message.preset, "ideas"),
        "categories": _choices(message.categories),
        "category_required": message.category_required,
        "labels": _choices(message.labels),
        "moderation": MODERATION.get(message.moderation, "after"),
        "place": PLACES.get(message.place, "optional"),
        **{name: getattr(message, name) for name in _PLAIN[1:]},
    }


def place_message(body: Place | None) -> place_pb2.Place | None:
    """None stays None. Raises INVALID_ARGUMENT for half a pin."""
    if body is None:
        return None
    if (body.lat is None) != (body.lon is None):
        raise invalid(Violation("place.lon" if body.lon is None else "place.lat", "REQUIRED", "half a pin"))
    point = None
    if body.lat is not None and body.lon is not None:
        point = place_pb2.Point(lat=body.lat, lon=body.lon)
    area = orjson.dumps(body.area).decode() if body.area is not None else ""
    return place_pb2.Place(point=point, address=body.address, area_geojson=area)


def place_shown(message: place_pb2.Place) -> dict[str, Any]:
    """The same form that the service builds for lists as JSON."""
    shown: dict[str, Any] = {}
    if message.HasField("point"):
        shown |= {"lat": message.point.lat, "lon": message.point.lon}
    if message.address:
        shown["address"] = message.address
    if message.area_geojson:
        shown["area"] = orjson.loads(message.area_geojson)
    return shown


def anchor_message(body: Anchor | None) -> place_pb2.Anchor | None:
    """None stays None."""
    if body is None:
        return None
    return place_pb2.Anchor(
        object_id=body.object, section=body.section, page=body.page, x=body.x, y=body.y, second=body.second
    )


def anchor_shown(message: place_pb2.Anchor) -> dict[str, Any]:
    """The same form that the service builds for lists as JSON."""
    shown: dict[str, Any] = {"object": message.object_id}
    if message.section:
        shown["section"] = message.section
    if message.page:
        shown["page"] = message.page
    if message.HasField("x"):
        shown |= {"x": message.x, "y": message.y}
    if message.HasField("second"):
        shown["second"] = message.second
    if message.version:
        shown["version"] = message.version
    return shown


def _choices(choices: Any) -> list[dict[str, Any]]:
    return [{"key": choice.key, "names": dict(sorted(choice.names.items()))} for choice in choices]
