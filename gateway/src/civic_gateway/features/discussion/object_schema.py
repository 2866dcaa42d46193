"""Objects of topics in the JSON API: what it takes and shows."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from civic_gateway.features.files.schemas import Attachment
from civic_gateway.validation import Body, Instant

KindName = Literal["text", "document", "image", "map", "video"]
GapName = Literal["description", "transcript", "captions"]
SplittingName = Literal["headings", "paragraphs"]
Int32 = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
Number = Annotated[float, Field(strict=True)]

_TITLE: Final = "Entwurf der Marktsatzung"


class SectionBody(Body):
    """A section of a text."""

    id: str = Field("", description="Id that it keeps; empty for a new one")
    level: Int32 = Field(0, description="Level of its heading, 1 to 6; 0 without one")
    title: str = Field("", description="Heading, at most 300 characters")
    text: str = Field("", description="Markdown, at most 20,000 characters")


class TextBody(Body):
    """A structured text: sections, or Markdown that is divided into sections."""

    markdown: str = Field("", description="At most 300,000 characters")
    splitting: SplittingName = Field("headings", description="Where a section begins")
    sections: list[SectionBody] = Field([], description="In place of markdown: 1 to 500 sections")


class FileBody(Body):
    """A document or an image."""

    file: str = Field(description="Id of the file")
    page_count: Int32 = Field(0, description="Pages of a document; 0 for unknown")


class MapBody(Body):
    """A section of a map."""

    lat: Number = Field(description="Middle, degrees north")
    lon: Number = Field(description="Middle, degrees east")
    zoom: Number = Field(14, description="0 (the world) to 20 (a house)")
    bounds: list[Number] | None = Field(None, description="West, south, east, north in degrees")
    area: dict[str, Any] | None = Field(None, description="GeoJSON with polygons")


class CaptionsBody(Body):
    """Captions of a video in one language."""

    language: str = Field(description="Code such as de or en-GB")
    label: str = Field(description="Name of the language as players show it, 1 to 60 characters")
    webvtt: str = Field(description="A WebVTT file of at most 200,000 characters")


class VideoBody(Body):
    """A video: its page, or a file."""

    url: str = Field("", description="https address on an allowed host")
    file: str = Field("", description="Id of an MP4 or WebM that was sent with the purpose `video`")
    captions: list[CaptionsBody] = Field(
        [], description="Of a file: at most 4 languages; it is published with them alone"
    )
    duration_seconds: Int32 = 0
    transcript: str = Field("", description="Markdown; a topic is published with it alone")


class ObjectPut(Body):
    """An object, complete: the field named like its kind says what it shows."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"kind": "text", "title": _TITLE, "text": {"markdown": "# § 1 Zweck\n\nDer Markt …"}}]
        },
    )

    kind: KindName
    title: str = Field(description="One line, 1 to 200 characters")
    description: str = Field("", description="What is to be seen, for who does not see it; at most 2,000 characters")
    note: str = Field("", description="What is new, for everybody; at most 500 characters")
    text: TextBody | None = None
    document: FileBody | None = None
    image: FileBody | None = None
    map: MapBody | None = None
    video: VideoBody | None = None
    validate_only: bool = Field(False, strict=True, description="Answers what would be stored, and stores nothing")


class Reorder(Body):
    """Another order."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"ids": ["marktsatzung", "plan"]}]}
    )

    ids: list[str] = Field(description="Keys of all objects, each once")


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ObjectVersion(_Shown):
    """A version of what an object shows."""

    version: int = Field(examples=[1])
    create_time: Instant = Field(examples=["2026-11-23T04:37:56.123456Z"])
    note: str = Field(examples=["Erster Entwurf"])


class ObjectShown(_Shown):
    """An object of a topic."""

    id: str = Field(examples=["marktsatzung"], description="Key within the topic")
    topic_id: str = Field(examples=["01935b5e-7c00-7000-8000-000000000001"])
    etag: str = Field(examples=["1"])
    create_time: Instant = Field(examples=["2026-11-23T04:37:56.123456Z"])
    update_time: Instant = Field(examples=["2026-11-23T04:37:56.123456Z"])
    kind: KindName
    title: str = Field(examples=[_TITLE])
    description: str = Field(examples=[""])
    position: int = Field(examples=[0])
    version: int = Field(examples=[1], description="Version that is shown")
    present_version: int = Field(examples=[1])
    versions: list[ObjectVersion] = Field(examples=[[]], description="Oldest first; empty in lists")
    contribution_count: int = Field(examples=[3])
    gaps: list[Literal["description", "transcript", "captions"]] = Field(
        examples=[[]], description="What it needs in public"
    )
    file: Attachment | None = Field(None, description="Its file, as far as it is")
    notes: list[str] = Field([], examples=[["pdf_untagged"]], description="What its document lacks; for staff")
    content: dict[str, Any] = Field(examples=[{"sections": []}], description="What it shows, by its kind")


class ObjectList(_Shown):
    """The objects of a topic in their order."""

    items: list[ObjectShown]
    next_page_token: None = None


class PieceShown(_Shown):
    """A run of words."""

    kind: Literal["same", "added", "removed"]
    text: str = Field(examples=["Von 8 bis 13 Uhr."])


class ComparedSectionShown(_Shown):
    """A section in two versions."""

    id: str = Field(examples=["s1"])
    level: int = Field(examples=[2])
    change: Literal["same", "added", "removed", "changed"]
    title: list[PieceShown]
    text: list[PieceShown]


class ComparisonShown(_Shown):
    """A text in two versions."""

    from_version: int = Field(examples=[1])
    to_version: int = Field(examples=[2])
    sections: list[ComparedSectionShown]
